"""Whatever the diagnosis tells a person is a phrase, so that a page can say it in Portuguese.

Two nets: real and drawn logs are judged, and every sentence that comes out must be a phrase; and
the sources are read for sentences that nobody says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from granite_ws import Session, judge
from granite_ws.diagnosis.checklist import Answer, Limits
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.verdict import CHECKS, Verdict, diagnose
from granite_ws.events import EventLog
from granite_ws.phrase import Phrase
from granite_ws.reading.plainlog import LogText, read_plain_logs
from tests.diagnosis.ends.ended_server import ended, sampled, watched
from tests.diagnosis.payloads import message_log
from tests.diagnosis.stalls import served_logs as served
from tests.diagnosis.stalls.still_logs import kinds_of_standstill
from tests.log_builder import log, quiet

PACKAGE = Path(__file__).parents[2] / "granite_ws/diagnosis"
# A verdict in a notebook's cell is drawn in English, as a terminal's output is.
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "as_html.py"]
FIXTURES = Path(__file__).parents[1] / "fixtures/logs"
LIMITS = Limits(ping_timeout_s=2, max_http_buffer_bytes=1_000_000)
SAYING = {"say", "say_many", "mark", "join"}
# The texts that these take, by place and by name.
TEXTS = {
    "Finding": ((3,), ("claim", "remedy")),
    "Reading": ((1,), ("words",)),
    "Step": ((0,), ("text",)),
    "Rule": ((3,), ("remedy",)),
    "way": ((), ("last",)),
}


def plain(shape: str) -> EventLog:
    """The plain logs of real runs, one time stamp or another."""
    paths = sorted(FIXTURES.glob(f"*-{shape}.log"))
    return read_plain_logs(
        [LogText(path.name, tuple(path.read_text().splitlines())) for path in paths]
    )


def drawn_logs() -> dict[str, EventLog]:
    """Logs of the other tests, from each corner of the diagnosis."""
    seen = served.look(4, served.SYNC_HANDLER)
    spoken = served.look(4, served.WRITES, served.WAITS_FOR_LOG)
    huge = message_log.emitted(2, bytes=5_000_000, non_finite=3, attachments=20)
    connecting = [served.promised(), served.look(2, served.CONNECTING), served.gone(4)]
    return {
        "empty": EventLog(()),
        "quiet": log(quiet()),
        **kinds_of_standstill(),
        "handler": log(served.watched(), served.unread(seen)),
        "log": log(served.watched(), served.silent(spoken)),
        "connecting": log(served.watched(), connecting),
        "exit": log(watched(), ended(3)),
        "terminated": log(watched(), ended(-15)),
        "crash": log(watched(), ended(-11)),
        "killed": log(watched(), sampled(200, 200, 200, 200), ended(-9)),
        "memory": log(watched(), sampled(200, 600, 1200, 2400), ended(-9)),
        "refused": log(message_log.node(), huge, message_log.refused(2.1, "invalid payload")),
        "stamped": plain("stamped"),
        "tsfm": plain("tsfm"),
    }


LOGS = drawn_logs()


def told_by(finding: Finding) -> Iterator[tuple[str, str]]:
    """Each sentence of a finding, with where it stands."""
    yield f"{finding.cause} {finding.truth} claim", finding.claim
    if finding.remedy:
        yield f"{finding.cause} remedy", finding.remedy
    for step in finding.path:
        yield f"{finding.cause} step", step.text


def told_in(answer: Answer) -> Iterator[tuple[str, str]]:
    """Each sentence of a box of the checklist, with where it stands."""
    for name in ("topic", "question", "figures", "note", "action"):
        text = getattr(answer, name)
        if text:
            yield f"checklist {answer.step} {name}", text


def unsaid(verdict: Verdict) -> list[tuple[str, str]]:
    """The sentences of a verdict that no page could translate."""
    told = [pair for finding in verdict.findings for pair in told_by(finding)]
    told += [pair for answer in verdict.checklist for pair in told_in(answer)]
    told += [(metric.expected.what, metric.comparison) for metric in verdict.metrics]
    assert len(told) > len(CHECKS)
    told += [("summary", verdict.summary)]
    return [(where, text) for where, text in told if not isinstance(text, Phrase)]


@pytest.mark.parametrize("name", LOGS)
def test_every_sentence_about_a_log_is_a_phrase(name: str) -> None:
    """Claims, remedies and steps of all three truths."""
    assert [] == unsaid(diagnose(LOGS[name], LIMITS))


def test_every_sentence_about_a_real_session_is_a_phrase(held: Session, stalled: Session) -> None:
    """One that held, and one whose drop has its whole path."""
    assert [] == unsaid(judge(held))
    assert [] == unsaid(judge(stalled))
    assert judge(stalled).drops[0].causes[0].path


def test_the_logs_meet_all_three_truths() -> None:
    """The net is wide: many causes are supported in it, and each of the three truths is told."""
    findings = [f for made in LOGS.values() for f in diagnose(made, LIMITS).findings]
    supported = {f.cause for f in findings if f.truth is Truth.SUPPORTED}
    assert len(supported) >= 15, sorted(supported)
    assert {Truth.SUPPORTED, Truth.REFUTED, Truth.UNKNOWN} == {f.truth for f in findings}


def test_a_phrase_keeps_its_numbers_as_numbers() -> None:
    """A page writes them with its own decimal sign, so none is text already."""
    verdict = diagnose(LOGS["gil_held_native"], LIMITS)
    claim = verdict.drops[0].causes[0].claim
    assert isinstance(claim, Phrase)
    inner = claim.values["part0"]
    assert isinstance(inner, Phrase)
    assert 4.0 == pytest.approx(inner.values["seconds"])


def name_of(node: ast.expr) -> str:
    """The name of the function that is called here, if one is."""
    called = node.func if isinstance(node, ast.Call) else None
    return called.id if isinstance(called, ast.Name) else ""


def texts_in(call: ast.Call) -> Iterator[ast.expr]:
    """What this call is given to say."""
    places, names = TEXTS.get(name_of(call), ((), ()))
    yield from (call.args[place] for place in places if place < len(call.args))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in names)


def is_raw(text: ast.expr) -> bool:
    """An f-string, a bare literal, or words glued together: the template is lost."""
    return isinstance(text, ast.JoinedStr | ast.BinOp) or (
        isinstance(text, ast.Constant) and bool(text.value)
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_finding_is_given_bare_words(path: Path) -> None:
    """No text of a finding, a reading or a step is an f-string, a literal or a sum of them."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    bare = [ast.unparse(text) for call in calls for text in texts_in(call) if is_raw(text)]
    assert [] == bare


# Two words or more, the second of which is no name in code.
_SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}\b")


def is_quoted(node: ast.AST) -> bool:
    """Whether all texts in here are somebody else's words, or meant for a programmer."""
    if isinstance(node, ast.Compare | ast.Raise):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in {"saying", "why"}
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in {*SAYING, "re.compile", "last_line"}
    # A named pattern of a log: ``_GONE = "Client is gone"``; why a look was taken, as it says.
    names = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(n, ast.Name) and (n.id.isupper() or n.id == "why") for n in names)


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def bare_sentences(node: ast.AST) -> Iterator[str]:
    """Literals that read as English and are given to nobody who says them."""
    for child in ast.iter_child_nodes(node):
        if is_docstring(child) or is_quoted(child):
            continue
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str) and _SENTENCE.search(child.value):
                yield child.value
        else:
            yield from bare_sentences(child)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_sentence_is_left_unsaid(path: Path) -> None:
    """Also parts of sentences, wherever they are made: "took more than" is one."""
    assert [] == list(bare_sentences(ast.parse(path.read_text())))


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ('x = say("It took more than that")', []),
        ('x = say("It {how}", how="took more than")', []),
        (
            'def f():\n    """It took more than."""\n    return "took more than"',
            ["took more than"],
        ),
        ('x = f"It took {s} s"', ["It took "]),
        ('x = f"It took more than {s} s"', ["It took more than "]),
        ('_GONE = "Client is gone"', []),
        ('y = "gone for ever" in line', []),
        ('x = "ping_timeout"', []),
    ],
)
def test_the_reader_of_sources_sees_what_it_should(source: str, bare: list[str]) -> None:
    """It finds a bare part of a sentence and lets a log's own words be."""
    assert bare == list(bare_sentences(ast.parse(source)))


def changed_in(node: ast.AST) -> list[ast.expr]:
    """What a sum, a method or an f-string makes plain text of."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    return [node.value] if isinstance(node, ast.Attribute | ast.FormattedValue) else []


def test_no_phrase_is_changed_after_it_was_said() -> None:
    """``say(...) + x`` and ``say(...).strip()`` are plain text again."""
    lost = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            said = [one for one in changed_in(node) if name_of(one) in SAYING]
            lost += [f"{path.name}: {ast.unparse(one)}" for one in said]
    assert [] == lost
