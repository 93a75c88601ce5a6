"""``granite-ws doctor``."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import asdict, dataclass, replace
from typing import Any

import click
import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from granite_ws.cli.options import settings_from, settings_options
from granite_ws.cli.serve import DEFAULT_PORT
from granite_ws.diagnosis.limits import LOW_MEMORY_BYTES
from granite_ws.edges import host
from granite_ws.edges.clients import check_client_kinds
from granite_ws.edges.granite import cuda_description
from granite_ws.edges.model_source import Weights, find_weights
from granite_ws.edges.networks.graph import difference_of, find_graph
from granite_ws.edges.onlooker import can_look
from granite_ws.edges.server import VENDOR
from granite_ws.errors import ModelError, SettingsError
from granite_ws.forecast import Skipped
from granite_ws.report.words import size
from granite_ws.settings import Settings


@dataclass(frozen=True)
class Check:
    """One line: ``good``, ``note`` (works, but know it) or ``bad`` (a session would fail)."""

    name: str
    state: str
    words: str


@click.command(name="doctor")
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON on stdout.")
def command(as_json: bool, **options: Any) -> None:
    """Check this machine: Python, packages, model, GPU, memory, port.

    Takes the same settings as a session, so that it answers for that session: which model would
    run, and why not a better one. Exit code 0 when a session can run, 1 when it cannot.
    """
    if options["port"] is None:
        options["port"] = DEFAULT_PORT
    settings = settings_from(options)
    checks = [
        _python(),
        _packages(),
        *_model(settings),
        _gpu(settings),
        _memory(),
        _port(settings),
        _page(),
        _javascript_clients(settings),
        _stacks(),
    ]
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        _show(checks)
    sys.exit(1 if any(check.state == "bad" for check in checks) else 0)


def _python() -> Check:
    version = sys.version_info
    fits = (3, 11) <= version[:2] < (3, 14)
    words = f"{version.major}.{version.minor}.{version.micro}"
    return Check("Python", "good" if fits else "bad", words if fits else f"{words}: 3.11 to 3.13")


def _packages() -> Check:
    versions = host.versions()
    missing = [name for name, version in versions.items() if version == "missing"]
    if missing:
        return Check("Packages", "bad", f"missing: {', '.join(missing)} (make install)")
    shown = ", ".join(
        f"{name} {versions[name]}" for name in ("torch", "granite-tsfm", "papermill")
    )
    return Check("Packages", "good", f"all {len(versions)} installed ({shown})")


def _model(settings: Settings) -> list[Check]:
    """Every place that would be tried, down to the first that has a model."""
    if settings.engine == "smoothing":
        return [Check("Model", "note", "exponential smoothing, as asked for")]
    checks = []
    try:
        for found in find_weights(settings):
            if isinstance(found, Skipped):
                checks.append(Check("Model, not used", "note", f"{found.engine}: {found.reason}"))
                continue
            real = found.engine != "granite-demo"
            words = f"{found.engine} will run: {found.name}"
            model = Check("Model", "good" if real else "note", words)
            return [*checks, model, _runtime(found, settings)]
    except ModelError as error:
        return [*checks, Check("Model", "bad", str(error))]
    state = "bad" if settings.engine == "granite" else "note"
    return [*checks, Check("Model", state, "no TTM model; exponential smoothing will run")]


def _runtime(weights: Weights, settings: Settings) -> Check:
    """What will compute the network; the fastest way needs a graph that was exported once."""
    if settings.device == "cuda":
        on_cpu = settings.runtime in ("onnx", "pipeline")
        words = f"{settings.runtime} runs on the CPU; torch is what runs on CUDA"
        return Check("Runtime", "bad" if on_cpu else "good", words if on_cpu else "torch")
    if settings.runtime not in ("auto", "onnx"):
        return Check("Runtime", "note", settings.runtime)
    try:
        difference = difference_of(find_graph(weights, export=False))
    except ModelError as error:
        after = "exported at the start" if settings.runtime == "onnx" else "torch until then"
        return Check("Runtime", "note", f"{error}; {after}")
    return Check("Runtime", "good", f"ONNX Runtime; differs from torch by {difference:.1g}")


def _gpu(settings: Settings) -> Check:
    name = cuda_description()
    if name is not None:
        return Check("GPU", "good", name)
    wanted = settings.device == "cuda"
    return Check("GPU", "bad" if wanted else "note", "torch sees no CUDA device; Granite uses CPU")


def _memory() -> Check:
    free = psutil.virtual_memory().available
    state = "good" if free > LOW_MEMORY_BYTES else "bad"
    return Check("Memory", state, f"{size(free)} free; a session needs about 1 GB")


def _port(settings: Settings) -> Check:
    try:
        with socket.create_server((settings.host, settings.port)):
            return Check("Port", "good", f"{settings.host}:{settings.port} is free for serve")
    except OSError as error:
        words = f"{settings.host}:{settings.port}: {error.strerror}; serve --port takes another"
        return Check("Port", "note", words)


def _page() -> Check:
    missing = [name for name, path in VENDOR.items() if not path.is_file()]
    if missing:
        return Check("Live page", "note", f"{', '.join(missing)} missing (make web, needs Node)")
    return Check("Live page", "good", "JavaScript libraries are there")


def _javascript_clients(settings: Settings) -> Check:
    """Faults of JavaScript clients, and most of the exam, need Node."""
    try:
        check_client_kinds(replace(settings, client_kinds="node"))
    except SettingsError as error:
        return Check("JavaScript clients", "note", str(error))
    return Check("JavaScript clients", "good", "Node and socket.io-client are there")


def _stacks() -> Check:
    """Without the look from outside nobody knows which function held the interpreter lock."""
    if can_look():
        return Check("Stacks", "good", "py-spy may read the server while it stands still")
    words = "py-spy may not read our own processes (a container without SYS_PTRACE?)"
    return Check("Stacks", "note", f"{words}: what blocked will stay unknown")


def _show(checks: list[Check]) -> None:
    marks = {"good": "[green]good[/]", "note": "[yellow]note[/]", "bad": "[red]bad[/]"}
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for check in checks:
        table.add_row(marks[check.state], check.name, escape(check.words))
    Console().print(table)
