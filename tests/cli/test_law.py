"""``granite-ws law``: its refusals, its verdicts, what it prints and keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from granite_ws.cli import law as cli
from granite_ws.droplaw import Law, Observation, points_of
from granite_ws.settings import Settings


def observation(phase_s: float, *, dropped: bool) -> Observation:
    return Observation(
        kind="node",
        asked_s=2.5,
        held_s=2.5,
        phase_s=phase_s,
        led=True,
        excess_s=phase_s - 0.5,
        limit="ping_timeout",
        dropped=dropped,
    )


def law_of(*dropped: bool) -> Law:
    """Stalls of 2.5 s at 1 s and 2 s, evenly spread; the law says that the later half drops."""
    seen = tuple(
        observation((number + 0.5) / len(dropped), dropped=gone)
        for number, gone in enumerate(dropped)
    )
    return Law(len(seen), seen, points_of(seen, (1, 2.0)))


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, ...]]:
    """What would have been run; its outcome is that of ``tried.law``."""
    plans: list[tuple[Settings, ...]] = []

    def instead(planned: tuple[Settings, ...], **_: object) -> Law:
        plans.append(planned)
        return law_of(False, True)

    monkeypatch.setattr(cli, "try_law", instead)
    return plans


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.command, words)


def test_the_default_is_two_hundred_sessions(tried: list[tuple[Settings, ...]]) -> None:
    """Ten stalls, ten phases, two kinds of clients; exit code 0 when the law holds."""
    ended = run()
    assert (0, 200) == (ended.exit_code, len(tried[0]))
    assert "mean absolute error 0.000" in ended.stdout
    assert "wrong in 0 of 2" in " ".join(ended.stdout.split())


def test_what_was_seen_is_kept_with_versions_and_machine(
    tried: list[tuple[Settings, ...]], tmp_path: Path
) -> None:
    """--out keeps law.json and law.svg; --json prints the same."""
    ended = run("--out", str(tmp_path), "--json")
    kept = json.loads((tmp_path / "law.json").read_text())
    assert kept == json.loads(ended.stdout)
    assert {"made_utc", "versions", "machine", "command", "points", "observations"} <= set(kept)
    assert (tmp_path / "law.svg").read_text().startswith("<svg")


def test_exact_phases_are_judged_one_by_one(
    tried: list[tuple[Settings, ...]], tmp_path: Path
) -> None:
    """--phase-s gives a table of verdicts, and no share of phases to draw."""
    ended = run("--phase-s", "2,24.4", "--stalls", "7", "--ping-interval", "25", "--ping-timeout",
                "20", "--client-kinds", "node", "--out", str(tmp_path))  # fmt: skip
    assert 0 == ended.exit_code
    assert [2.0, 24.4] == [settings.fault_at_s for settings in tried[0]]
    assert ["law.json"] == [path.name for path in tmp_path.iterdir()]
    kept = json.loads((tmp_path / "law.json").read_text())
    assert ([], None, 2) == (
        kept["points"],
        kept["mean_absolute_error"],
        kept["observations_count"],
    )
    assert "beyond" in ended.stdout


def test_a_law_that_does_not_hold_is_exit_code_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything dropped where half should have; each wrong verdict is printed."""
    monkeypatch.setattr(cli, "try_law", lambda *_, **__: law_of(True, True))
    by_share, by_phase = run(), run("--phase-s", "0.5")
    assert [1, 1] == [by_share.exit_code, by_phase.exit_code]
    assert "Wrong: node" in by_share.stdout


def test_nothing_observed_is_not_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions in which no stall happened prove nothing."""
    monkeypatch.setattr(cli, "try_law", lambda *_, **__: Law(2, (), ()))
    assert [1, 1] == [run().exit_code, run("--phase-s", "0.5").exit_code]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--stalls", "2,x"), "stalls '2,x' must be numbers with commas"),
        (("--stalls", "0"), "stalls '0' must be from 0 to 3600 seconds"),
        (("--phase-s", "1,-1"), "phase-s '1,-1' must be from 0 to 3600 seconds"),
    ],
)
def test_a_bad_number_is_one_line(words: tuple[str, ...], told: str) -> None:
    """Exit code 2; option, value and what is allowed."""
    ended = run(*words)
    assert 2 == ended.exit_code
    assert told in ended.output
