"""What the documentation tells people to type, to write and to copy is true of the program."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from granite_ws.cli import granite_ws
from granite_ws.matrix.results import RERUNS
from granite_ws.matrix.sweepfile import KEYS, read_sweep
from granite_ws.metrics import BY_NAME

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ACTIONS, HOOKS = DOCS / "examples/github-actions.yml", DOCS / "examples/pre-commit-config.yaml"
GUIDES = (DOCS / "sweeps.md", DOCS / "ci.md")
SWEEPS = (DOCS / "sweeps.md").read_text()


def loaded(path: Path) -> dict[str, Any]:
    """An example as YAML."""
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def steps(job: str = "sweep") -> list[dict[str, Any]]:
    """Of the job that sweeps."""
    found: list[dict[str, Any]] = loaded(ACTIONS)["jobs"][job]["steps"]
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each ``granite-ws`` command of the guides and the examples: where, and its words."""
    for path in GUIDES:
        text = path.read_text()
        lines = [line[4:] for line in text.splitlines() if line.startswith("    granite-ws ")]
        for command in [*lines, *re.findall(r"`(granite-ws [^`]+)`", text)]:
            yield path.name, shlex.split(command.replace("FILE", "sweeps/smoke.yaml"))
    runs = [step["run"] for step in steps() if "run" in step]
    for command in re.findall(r"granite-ws [^\n]+", "\n".join(runs)):
        yield ACTIONS.name, shlex.split(command)
    [entry] = [hook["entry"] for hook in local_hooks()]
    for command in re.findall(r"granite-ws [^>;]+", entry):
        yield HOOKS.name, shlex.split(command.replace("$file", "sweeps/smoke.yaml"))


def local_hooks() -> list[dict[str, Any]]:
    """The hooks that are commands of this machine."""
    return [
        hook
        for repo in loaded(HOOKS)["repos"]
        if repo["repo"] == "local"
        for hook in repo["hooks"]
    ]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        pytest.param(where, words, id=f"{where}: {' '.join(words)}"[:80])
        for where, words in commands()
    ],
)
def test_every_command_that_is_named_exists(where: str, words: list[str]) -> None:
    """The command, each option by its name, each choice; sweep files that are shipped."""
    _, name, *arguments = words
    command = granite_ws.get_command(click.Context(granite_ws), name)
    assert command is not None, (where, name)
    context = click.Context(command, info_name=name)
    command.make_parser(context).parse_args(list(arguments))
    for word in arguments:
        assert not word.startswith("sweeps/") or (ROOT / word).is_file(), word
    if "--rerun" in arguments:
        assert arguments[arguments.index("--rerun") + 1] in RERUNS


def test_the_commands_are_found() -> None:
    """In each of the four files, so that the test above can fail."""
    found = [where for where, _ in commands()]
    assert {path.name for path in (*GUIDES, ACTIONS, HOOKS)} == set(found)
    assert len(found) >= 12


def test_the_workflow_keeps_what_a_failed_run_left() -> None:
    """Triggers, and the steps that run although a sweep failed; no action without a version."""
    workflow = loaded(ACTIONS)
    # YAML 1.1 reads the key ``on`` as true.
    assert {"push", "pull_request", "schedule"} == set(workflow[True])
    always = [step.get("name") or step["uses"] for step in steps() if step.get("if") == "always()"]
    assert ["One page over all runs", "actions/upload-artifact@v4"] == always
    for step in steps():
        assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])
        assert {"uses", "run"} & set(step)


def test_each_schedule_belongs_to_one_job() -> None:
    """The week's runs the guard and nothing else; the guard is a target of the Makefile."""
    workflow = loaded(ACTIONS)
    [_, week] = [entry["cron"] for entry in workflow[True]["schedule"]]
    assert f"github.event.schedule == '{week}'" == workflow["jobs"]["guard"]["if"]
    assert f"github.event.schedule != '{week}'" == workflow["jobs"]["sweep"]["if"]
    assert "make guard" == steps("guard")[-1]["run"]
    assert re.search(r"^guard: ", (DOCS.parent / "Makefile").read_text(), re.MULTILINE)


def test_the_hook_runs_each_sweep_file_and_fails_with_its_error(tmp_path: Path) -> None:
    """As pre-commit calls it: words of the entry, then the files. A good file, then a bad one."""
    [hook] = local_hooks()
    assert re.fullmatch(hook["files"] + ".*", "sweeps/smoke.yaml")
    log = tmp_path / "called"
    fake = tmp_path / "granite-ws"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$2" in bad*) exit 2;; esac\n')
    fake.chmod(0o755)
    for files, code in ((["a.yaml", "b.yaml"], 0), (["bad.yaml", "b.yaml"], 2)):
        ended = subprocess.run(
            [*shlex.split(hook["entry"]), *files],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            check=False,
        )
        assert code == ended.returncode
    called = log.read_text().splitlines()
    assert ["a.yaml", "b.yaml", "bad.yaml"] == [line.split()[1] for line in called]
    assert all(line.startswith("sweep ") and line.endswith(" --dry-run") for line in called)


def test_the_hooks_strip_notebooks() -> None:
    """nbstripout, at a version."""
    [repo] = [repo for repo in loaded(HOOKS)["repos"] if repo["repo"] != "local"]
    assert ["nbstripout"] == [hook["id"] for hook in repo["hooks"]]
    assert repo["rev"]


def test_the_guides_example_is_a_sweep() -> None:
    """It is read, has every key that there is, and the cells that its rules make."""
    [text] = re.findall(r"```yaml\n(.*?)```", SWEEPS, flags=re.DOTALL)
    sweep = read_sweep(text, where="docs/sweeps.md")
    left_out = {"at_once", "share_cores"}
    assert set(KEYS) - left_out == set(yaml.safe_load(text))
    # 3 x 2 less one, twice for the seeds, and one that is included without a seed.
    assert 11 == len(sweep.combinations)


def test_the_guide_names_every_key_and_every_metric() -> None:
    """And no other metric."""
    for key in KEYS:
        assert f"`{key}`" in SWEEPS, key
    listed = SWEEPS.partition("Metrics: ")[2].partition(". ")[0]
    assert list(BY_NAME) == re.findall(r"`(\w+)`", listed)


def test_the_guide_names_every_shipped_sweep() -> None:
    """With its question."""
    for path in (ROOT / "sweeps").glob("*.yaml"):
        assert f"`sweeps/{path.name}`" in SWEEPS
