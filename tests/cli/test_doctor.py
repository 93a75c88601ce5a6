"""``granite-ws doctor``: what would run here, and what would not."""

from __future__ import annotations

import json

from tests.cli.test_init import granite_ws

NO_HUB = ("--hub-timeout-s", "0")


def test_it_names_the_model_that_will_run() -> None:
    """Without a hub the doctor says that the demo weights run, and why nothing better does."""
    ended = granite_ws("doctor", *NO_HUB, "--json")
    checks = {check["name"]: check for check in json.loads(ended.stdout)}
    assert ended.returncode == 0
    assert "granite-demo will run" in checks["Model"]["words"]
    assert "the hub is not asked" in checks["Model, not used"]["words"]
    assert {"Python", "Packages", "GPU", "Memory", "Port", "Live page"} <= set(checks)
    assert {"JavaScript clients", "Stacks"} <= set(checks)


def test_a_session_that_could_not_run_is_exit_code_1() -> None:
    """engine = granite with a horizon that nothing here serves is bad, and says so."""
    ended = granite_ws("doctor", *NO_HUB, "--engine", "granite", "--forecast-horizon", "720")
    assert ended.returncode == 1
    assert "bad" in ended.stdout


def test_it_says_what_will_compute_the_network() -> None:
    """And that ONNX Runtime, as it is here, runs on the CPU alone."""
    said = {}
    for options in (("--runtime", "torch"), ("--runtime", "onnx", "--device", "cuda")):
        ended = granite_ws("doctor", *NO_HUB, *options, "--json")
        said[options] = {check["name"]: check for check in json.loads(ended.stdout)}["Runtime"]
    torch, cuda = said.values()
    assert ("note", "torch") == (torch["state"], torch["words"])
    assert "bad" == cuda["state"]
    assert "runs on the CPU" in cuda["words"]
