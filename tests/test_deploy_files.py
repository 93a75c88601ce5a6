"""What is deployed: the units and the image name real commands, and run without rights."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from granite_ws.settings import DEFAULTS

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(path)
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_has_no_rights_and_gives_forecasts_their_time(path: Path) -> None:
    """Its own user, nothing to write but its state, and more time to end than shutdown_s."""
    service = unit(path)["Service"]
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp"):
        assert service[name] == "yes"
    assert ("strict", "") == (service["ProtectSystem"], service["CapabilityBoundingSet"])
    assert int(service["TimeoutStopSec"]) > DEFAULTS["shutdown_s"]
    assert re.search(r"granite-ws (serve|worker) --config ", service["ExecStart"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_knows_every_line(path: Path) -> None:
    """Only that the program is not installed here may be said."""
    shown = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False
    )
    complaints = [line for line in shown.stderr.splitlines() if path.name in line]
    assert [] == [line for line in complaints if "is not executable" not in line]


def test_the_image_runs_without_root_and_says_whether_it_lives() -> None:
    """Pinned by the constraints, a user of its own, a health check, no tag ``latest``."""
    text = (DEPLOY / "Dockerfile").read_text()
    last = text.split("\nFROM ")[-1]
    assert "latest" not in text
    assert "--constraint constraints.txt" in text
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\n\s+CMD .*/healthz", last, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["granite-ws"\]$', last, re.MULTILINE)
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    for name in " ".join(sources).split():
        assert (DEPLOY.parent / name).exists(), name
