"""The diagnosis is blind: what broke things on purpose is invisible to it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from granite_ws.diagnosis.verdict import CHECKS, cause_of, diagnose
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.faults import BY_NAME
from granite_ws.run import judge, limits_of
from granite_ws.session import Session

PACKAGE = Path(__file__).parents[2] / "granite_ws"


def test_what_the_injector_wrote_is_stripped(stalled: Session) -> None:
    """No event of its, and no settings, which would name the fault."""
    assert stalled.log.by(Witness.INJECTOR)
    blind = stalled.log.blind()
    assert blind.by(Witness.INJECTOR) == ()
    assert [dict(event.data) for event in blind.of(Kind.SESSION_STARTED)] == [{}]


def test_no_blind_event_names_the_fault(stalled: Session) -> None:
    """Not in a command line, a path, a thread's name, or a function's."""
    words = "\n".join(event.to_line() for event in stalled.log.blind())
    assert stalled.settings.fault not in words


def renamed(event: Event) -> Event:
    """The event with every frame of the injector as a frame of somebody's app."""
    text = json.dumps(dict(event.data))
    text = re.sub(r"injector/\w+\.py:\d+ \w+", "app/model.py:13 predict", text)
    return replace(event, data=json.loads(text))


def test_the_verdict_does_not_depend_on_our_own_names(stalled: Session) -> None:
    """With the injector's frames renamed to an app's, the same causes are named."""
    other = EventLog(tuple(renamed(event) for event in stalled.log))
    verdict = diagnose(other, limits_of(stalled.settings))
    assert [d.cause for d in verdict.drops] == [d.cause for d in judge(stalled).drops]
    blamed = {finding.blocked_at for drop in verdict.drops for finding in drop.causes}
    assert "injector" not in "".join(blamed)


def test_no_rule_speaks_of_the_injector() -> None:
    """Not one line of the rules mentions it."""
    rules = [*(PACKAGE / "diagnosis").rglob("*.py"), *(PACKAGE / "advice").rglob("*.py")]
    assert [str(path) for path in rules if "injector" in path.read_text()] == []


def test_every_fault_has_its_rule_and_codes_are_unique() -> None:
    """A fault without a rule could never be named; two rules must not share a code."""
    causes = [cause_of(check) for check in CHECKS]
    assert set(BY_NAME) - set(causes) == {
        "long_prediction",
        "eight_busy_threads",
        "large_payloads",
        "high_latency",
    }
    assert len(set(causes)) == len(causes)
    codes = [sys.modules[check.__module__].CODE for check in CHECKS]
    assert len(set(codes)) == len(codes)


def test_the_list_of_causes_is_as_the_code() -> None:
    """``python scripts/list_causes.py`` was run after the last change of a rule."""
    script = PACKAGE.parent / "scripts/list_causes.py"
    ended = subprocess.run([sys.executable, script, "--check"], cwd=PACKAGE.parent, timeout=60)
    assert ended.returncode == 0, "run python scripts/list_causes.py"
