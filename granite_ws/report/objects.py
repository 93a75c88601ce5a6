"""A session, its log, timeline, verdict, finding and proof, each as a section for a cell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from granite_ws import proof_words
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.verdict import Drop, Verdict
from granite_ws.events import Event, EventLog
from granite_ws.feed import SECOND
from granite_ws.phrase import Phrase, say, say_many
from granite_ws.report import figures
from granite_ws.report.environment import templates
from granite_ws.report.facts import Fact
from granite_ws.report.section import Section, picture
from granite_ws.report.words import figure
from granite_ws.session import Session
from granite_ws.settings import Settings
from granite_ws.timeline import Timeline

# Enough to see how a log begins and ends; the file has the rest.
_FIRST, _LAST = 8, 8
_LONGEST_DATA = 160
_MOST_DROPS = 20
_UNKNOWN = say("unknown")
_NOTHING = say("nothing")


def session_section(session: Session) -> Section:
    """What was run and recorded; what came of it is the verdict's to say."""
    log = session.log
    facts = [
        Fact(say("Recorded"), _recorded(session)),
        Fact(say("duration"), _span(log)),
        Fact(say("events"), len(log)),
        *_by_witness(log),
    ]
    settings = sorted(session.settings.changed().items())
    versions = sorted(session.provenance.get("versions", {}).items())
    words = f"Session {session.name}: {_span(log)}, {len(log)} events"
    return _drawn("session", words, session.name, facts, settings, versions)


def settings_section(settings: Settings) -> Section:
    """Only what differs from the defaults: all others are known."""
    changed = ", ".join(f"{k}={v!r}" for k, v in settings.changed().items())
    rows = sorted(settings.changed().items())
    words = f"Settings({changed})"
    return _drawn("session", words, "Settings", [], rows, [])


def log_section(log: EventLog) -> Section:
    """How many events of which kind and witness, and how the log begins and ends."""
    facts = [Fact(say("events"), len(log)), Fact(say("duration"), _span(log))]
    facts += [Fact(say("Lines that were no events"), log.skipped)]
    heads = {"kind": say("Kind"), "witness": say("Witness"), "count": say("Events")}
    counted = Counter((event.kind.value, event.witness.value) for event in log)
    counts = [
        {"kind": kind, "witness": witness, "count": count}
        for (kind, witness), count in counted.most_common()
    ]
    left_out = max(len(log) - _FIRST - _LAST, 0)
    shown = log.events if not left_out else (*log.events[:_FIRST], None, *log.events[-_LAST:])
    begun = log.events[0].at_ns if log.events else 0
    lines = [None if event is None else _line(event, begun) for event in shown]
    words = f"EventLog: {len(log)} events in {_span(log)}"
    return _drawn("event_log", words, facts, list(heads.items()), counts, lines, left_out)


def timeline_section(timeline: Timeline) -> Section:
    """Both sides on one clock, and how much of everything there is."""
    done = [p.seconds for p in timeline.predictions if p.seconds is not None]
    facts = [
        Fact(say("duration"), _seconds(timeline.seconds(timeline.ended_ns))),
        Fact(say("connections"), len(timeline.connections)),
        Fact(say("drops"), len(timeline.drops)),
        Fact(say("PINGs"), len(timeline.pings)),
        Fact(say("forecasts"), len(done)),
        Fact(say("stalls"), len(timeline.stalls_while_connected)),
    ]
    words = "Timeline: " + ", ".join(f"{fact.label} {fact.value}" for fact in facts)
    drawn = picture(
        "timeline",
        say("What happened, and when?"),
        figures.draw_timeline,
        timeline,
        alt=say(
            "Timeline of both sides: {connections}, {drops}.",
            connections=say_many(
                "{count} connection", "{count} connections", len(timeline.connections)
            ),
            drops=say_many("{count} drop", "{count} drops", len(timeline.drops)),
        ),
        caption=say("Client above, server below, on one clock."),
    )
    return _drawn("timeline", words, facts, drawn.html)


def verdict_section(verdict: Verdict) -> Section:
    """The sentence, the causes, and a row for each drop."""
    supported = [one for one in verdict.findings if one.truth is Truth.SUPPORTED]
    heads = {
        "at": say("At"),
        "client": say("Client"),
        "cause": say("Cause"),
        "client_side": say("The client's side"),
        "server_side": say("The server's side"),
    }
    rows = [_drop(drop, verdict.timeline) for drop in verdict.drops[:_MOST_DROPS]]
    more = len(verdict.drops) - len(rows)
    words = "\n".join([verdict.summary, *(f"{one.code} {one.cause}" for one in supported)])
    return _drawn("verdict", words, verdict, supported, list(heads.items()), rows, more)


def finding_section(finding: Finding) -> Section:
    """One cause: how sure, why, and what helps."""
    words = f"{finding.code} {finding.cause}: {finding.truth.value}. {finding.claim}"
    return _drawn("finding", words, finding)


def proof_section(known: Mapping[str, Any]) -> Section:
    """A proof from its plain values (``Proof.to_dict``): the decision, and its re-runs.

    The sentence is made anew from the counts, so that a page can say it in its own language.
    """
    told = ((one["part"], one["failed"], one["void"]) for one in known["reruns"])
    sentence = proof_words.proof_sentence(
        known["decision"],
        known["cause"],
        proof_words.count_reruns(told),
        impossible=known["impossible"],
    )
    heads = {
        "part": say("part"),
        "failed": say("failed"),
        "void": say("void"),
        "folder": say("Session"),
    }
    yes, no = say("yes"), say("no")
    rows = [
        {
            "part": one["part"],
            "failed": yes if one["failed"] else no,
            "void": one["void"] or "–",
            "folder": one["folder"],
        }
        for one in known["reruns"]
    ]
    return _drawn("proof", sentence, known["decision"], sentence, list(heads.items()), rows)


def _drawn(macro: str, words: str, *values: Any) -> Section:
    module = templates().get_template("objects.html.j2").make_module()
    html = Markup('<div class="gws">{}</div>').format(getattr(module, macro)(*values))
    return Section(macro, "", html, str(words))


def _recorded(session: Session) -> str | Phrase:
    """To the second: nobody reads the rest."""
    created = session.provenance.get("created_utc")
    return f"{created[:19].replace('T', ' ')} UTC" if created else _UNKNOWN


def _by_witness(log: EventLog) -> Sequence[Fact]:
    counts = Counter(event.witness.value for event in log)
    return [
        Fact(say("events of the {witness}", witness=name), count)
        for name, count in sorted(counts.items())
    ]


def _span(log: EventLog) -> Phrase:
    if not log.events:
        return _UNKNOWN
    return _seconds((log.events[-1].at_ns - log.events[0].at_ns) / SECOND)


def _seconds(seconds: float) -> Phrase:
    return say("{seconds:.1f} s", seconds=seconds)


def _line(event: Event, begun_ns: int) -> Mapping[str, str]:
    data = json.dumps(dict(event.data), ensure_ascii=False)
    if len(data) > _LONGEST_DATA:
        data = f"{data[:_LONGEST_DATA]}…"
    return {
        "at": figure((event.at_ns - begun_ns) / SECOND, "s"),
        "witness": event.witness.value,
        "kind": event.kind.value,
        "data": data,
    }


def _drop(drop: Drop, timeline: Timeline) -> Mapping[str, str]:
    gone = drop.connection
    return {
        "at": _seconds(timeline.seconds(gone.lost_ns or timeline.ended_ns)),
        "client": f"{gone.client} ({gone.client_kind})",
        "cause": drop.cause,
        "client_side": gone.client_log or gone.client_reason or _NOTHING,
        "server_side": gone.server_reason or _NOTHING,
    }
