"""The files that install and bound the package agree with each other."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def pins(lines: list[str], python: str) -> dict[str, str]:
    """Package -> pinned version on this Python, the names in their normal form."""
    found = {}
    for line in lines:
        if line and not line.startswith(("#", "-")):
            pin = Requirement(line)
            if pin.marker is None or pin.marker.evaluate({"python_version": python}):
                found[canonicalize_name(pin.name)] = str(pin.specifier).removeprefix("==")
    return found


def constraints(python: str) -> dict[str, str]:
    return pins((ROOT / "constraints.txt").read_text().splitlines(), python)


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in project["dependencies"]]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_constraints_fit_the_ranges(python: str) -> None:
    """Each dependency has a tested pin for each Python, and the pin is within its range."""
    tested = constraints(python)
    for requirement in requirements():
        assert tested[requirement.name] in requirement.specifier, requirement.name


def test_the_conda_environment_has_the_same_pins() -> None:
    """environment.yml names every dependency at the pin of constraints.txt, torch as CPU build."""
    tested = constraints("3.12")
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = pins(entries[-1]["pip"], "3.12")
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


def test_the_installer_takes_the_pinned_torch() -> None:
    """scripts/install.sh names the same torch versions as the constraints."""
    script = (ROOT / "scripts/install.sh").read_text()
    assert f'"{constraints("3.12")["torch"]}" if sys.version_info < (3, 13)' in script
    assert f'else "{constraints("3.13")["torch"]}"' in script
