"""Sweeps for continuous integration."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.thresholds import judge, parse_threshold
from granite_ws.report.sweep_junit import sweep_as_junit

HELD = CellRecord(
    "0123456789ab",
    1,
    {"ping_timeout": 20},
    ("ping_timeout",),
    1,
    Status.DONE,
    outcome="held",
    summary="held: no drop",
    exit_code=0,
    metrics={"drops": 0.0},
    wall_s=2.25,
)
DROPPED = replace(
    HELD,
    key="dddddddddddd",
    number=2,
    outcome="dropped",
    summary="1 drop, explained",
    causes=("gil_held_native",),
    exit_code=1,
    metrics={"drops": 1.0},
)
UNKNOWN = replace(DROPPED, key="eeeeeeeeeeee", number=3, causes=("unknown",), exit_code=3)


def parsed(
    *records: CellRecord, thresholds: tuple[str, ...] = (), title: str = "A question?"
) -> ElementTree.Element:
    """The suite, with these thresholds judged on the same records."""
    rules = [parse_threshold(text, at="test") for text in thresholds]
    return ElementTree.fromstring(sweep_as_junit(title, records, judge(rules, records)))


def told(suite: ElementTree.Element) -> list[list[str]]:
    """The elements in each test case."""
    return [[child.tag for child in case] for case in suite]


def counts(suite: ElementTree.Element) -> tuple[str | None, ...]:
    """tests, failures, errors."""
    return tuple(suite.get(name) for name in ("tests", "failures", "errors"))


def test_a_cell_that_held_passes() -> None:
    """One test case with the label, the key and the seconds that it took; no child."""
    suite = parsed(HELD)
    assert ("A question?", "2.250") == (suite.get("name"), suite.get("time"))
    assert ("1", "0", "0") == counts(suite)
    [case] = suite
    assert "1 ping_timeout=20 [0123456789ab]" == case.get("name")
    assert ("granite-ws sweep.cells", "2.250") == (case.get("classname"), case.get("time"))
    assert [[]] == told(suite)


def test_without_thresholds_the_verdicts_decide() -> None:
    """Explained drops are a failure with their cause; what is unknown is an error."""
    suite = parsed(HELD, DROPPED, UNKNOWN)
    assert [[], ["failure"], ["error"]] == told(suite)
    assert ("3", "1", "1") == counts(suite)
    assert "gil_held_native" == suite[1][0].get("type")
    assert "1 drop, explained" == suite[1][0].get("message")
    assert "unknown" == suite[2][0].get("type")


def test_where_there_are_thresholds_only_they_decide() -> None:
    """A drop that a threshold expects is no failure; the threshold has a case of its own."""
    suite = parsed(HELD, DROPPED, UNKNOWN, thresholds=("drops <= 1",))
    assert [[], [], [], []] == told(suite)
    assert "drops <= 1" == suite[3].get("name")
    assert "granite-ws sweep.thresholds" == suite[3].get("classname")


def test_a_broken_threshold_fails_and_an_unknown_one_is_an_error() -> None:
    """With the sentence that names the cells."""
    suite = parsed(HELD, DROPPED, thresholds=("drops == 0", "stall_p99_ms < 5"))
    assert [[], [], ["failure"], ["error"]] == told(suite)
    assert ("broken", "unknown") == (suite[2][0].get("type"), suite[3][0].get("type"))
    assert "ping_timeout=20 has 1" in (suite[2][0].get("message") or "")


def test_a_cell_that_is_not_done_is_an_error_whatever_the_thresholds_say() -> None:
    """Its status is the type, its reason the message."""
    killed = replace(HELD, status=Status.DIED, why="signal 9 (out of memory)", metrics={})
    for thresholds in ((), ("drops == 0",)):
        suite = parsed(killed, thresholds=thresholds)
        assert "error" == suite[0][0].tag
        assert "died" == suite[0][0].get("type")
        assert "signal 9 (out of memory)" == suite[0][0].get("message")
    stopped = parsed(replace(HELD, status=Status.STOPPED))
    assert "stopped" == stopped[0][0].get("message")


def test_a_notebook_without_a_session_passes_when_it_is_done() -> None:
    """It has no verdict that could fail."""
    plain = replace(HELD, outcome="", summary="", exit_code=None, metrics={})
    assert [[]] == told(parsed(plain))


def test_cells_of_one_label_have_names_of_their_own() -> None:
    """Repeats differ by place and key."""
    suite = parsed(HELD, replace(HELD, number=2, repeat=2, key="aaaaaaaaaaaa"))
    assert 2 == len({case.get("name") for case in suite})


def test_hostile_words_stay_xml_and_no_sweep_is_nameless() -> None:
    """Control characters, markup and an empty title."""
    hostile = replace(
        UNKNOWN,
        parameters={"data": "a\x00<b>&\x1b"},
        varied=("data",),
        summary="\x07]]>",
        causes=("<\x01>",),
    )
    suite = parsed(hostile, title="")
    assert "granite-ws sweep" == suite.get("name")
    assert "3 data=a�<b>&� [eeeeeeeeeeee]" == suite[0].get("name")
    assert ("�]]>", "<�>") == (suite[0][0].get("message"), suite[0][0].get("type"))


def test_the_same_records_give_the_same_bytes() -> None:
    """Nothing of the moment is in it."""
    assert sweep_as_junit("t", [HELD, DROPPED], ()) == sweep_as_junit("t", [HELD, DROPPED], ())


def test_a_cell_that_was_not_run_is_an_error() -> None:
    """After Ctrl-C a suite is not green."""
    suite = ElementTree.fromstring(sweep_as_junit("t", [HELD], [], missing=["2 seed=2 [k]"]))
    assert ("2", "1") == (suite.get("tests"), suite.get("errors"))
