"""The files that install and bound the package agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def pins(lines: list[str]) -> dict[str, str]:
    found = (re.match(r"([\w.-]+)(?:\[[\w,]+\])?==(\S+)", line.strip()) for line in lines)
    return {re.sub(r"[-_.]+", "-", m[1]).lower(): m[2] for m in found if m}


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in project["dependencies"]]


def test_the_constraints_fit_the_ranges() -> None:
    """Each dependency has a tested pin, and the pin is within its range."""
    tested = pins((ROOT / "constraints.txt").read_text().splitlines())
    for requirement in requirements():
        assert tested[requirement.name] in requirement.specifier, requirement.name


def test_the_conda_environment_has_the_same_pins() -> None:
    """environment.yml names every dependency at the pin of constraints.txt, torch as CPU build."""
    tested = pins((ROOT / "constraints.txt").read_text().splitlines())
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = pins(entries[-1]["pip"])
    wanted = {requirement.name for requirement in requirements()} - {"torch"}
    assert {name: tested[name] for name in wanted} == conda
    assert any(str(entry).startswith("pytorch-cpu") for entry in entries)


def test_the_front_door_opens_without_torch() -> None:
    """``import granite_ws`` brings neither torch nor pandas nor flask."""
    code = (
        "import sys, granite_ws\n"
        "print([n for n in ('torch', 'pandas', 'numpy', 'flask') if n in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_every_name_of_the_front_door_is_there() -> None:
    """Each name in ``__all__`` can be had, and no other."""
    import granite_ws

    for name in granite_ws.__all__:
        assert getattr(granite_ws, name) is not None
    assert sorted(granite_ws.__all__) == dir(granite_ws)
