"""The house: floors, sizes, and a test module for every module."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "granite_ws"
# Modules whose behaviour shows only through another one's tests.
SHOWN_BY = {
    "__init__": "test_packaging",
    "__main__": "cli/test_init",
    "session": "test_run",
    "feed": "test_timeline",
    "judging": "cli/test_diagnose",
    "trial": "cli/test_inject",
    "cli/progress": "cli/test_run",
    "report/drops": "report/test_sections",
    "report/facts": "report/test_sections",
    "reading/told": "reading/test_packetlines",
    "report/section": "report/test_sections",
    "faults/controls": "faults/test_fault",
    "edges/injector/stage": "edges/injector/test_within",
    "cli/serve": "test_serve",
    "cli/show": "cli/test_run",
    "cli/options": "test_reproduce",
    "edges/notebook": "test_notebooks",
    "edges/kernel": "edges/test_cell_run",
    "edges/process": "test_run",
    "edges/cluster": "test_scale",
    "edges/ask_handlers": "edges/test_rest",
    "edges/http_api": "edges/test_rest",
    "edges/problems": "edges/test_rest",
    "edges/job_queue": "edges/executors/test_queue",
    "edges/queue_worker": "edges/executors/test_queue",
    "edges/process_worker": "edges/executors/test_process",
    "cli/worker": "edges/executors/test_queue",
    "metric": "test_metrics",
    "report/bench": "cli/test_bench",
    "edges/networks/onnx": "edges/networks/test_network",
    "edges/networks/reference": "edges/networks/test_network",
    "edges/networks/pipeline": "edges/networks/test_network",
    "edges/networks/export": "edges/networks/test_graph",
}


def modules() -> list[str]:
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py"))
    return sorted(str(path) for path in paths if "node_modules" not in path.parts)


def test_every_module_has_its_tests() -> None:
    """Each module has a test module of its name, or says whose tests show it."""
    for module in modules():
        folder, _, name = module.rpartition("/")
        own = f"{folder}/test_{name}" if folder else f"test_{name}"
        if name == "__init__" and folder:
            own = f"{folder}/test_init" if folder == "cli" else ""
        shown = SHOWN_BY.get(module, own)
        assert not shown or (ROOT / "tests" / f"{shown}.py").is_file(), module


def test_no_module_is_too_long() -> None:
    """Nobody wants to live in a room of more than 300 lines."""
    long = {m: len((PACKAGE / f"{m}.py").read_text().splitlines()) for m in modules()}
    assert {module: lines for module, lines in long.items() if lines > 300} == {}


def test_imports_only_go_down() -> None:
    """The import contracts hold."""
    linter = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_every_test_states_the_fact_it_proves() -> None:
    """No test function without a docstring."""
    silent = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            if is_test and not ast.get_docstring(node):
                silent.append(f"{path.name}: {node.name}")
    assert silent == []
