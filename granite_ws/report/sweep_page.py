"""A sweep as one page: what was asked, what came out, what failed, and how to run it again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from granite_ws.matrix.plan import Sweep
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.thresholds import Judged, Truth
from granite_ws.phrase import Phrase, join, say, say_many
from granite_ws.report import language
from granite_ws.report.many import whole_page
from granite_ws.report.overview import RESULTS, overview_section, row_of
from granite_ws.report.phasemap import phase_map
from granite_ws.report.sections import Section, templates

_TRUTHS = {
    Truth.HOLDS: (say("holds"), "yes"),
    Truth.BROKEN: (say("broken"), "no"),
    Truth.UNKNOWN: (say("unknown"), "unknown"),
}
# A server that was ready and had no core for more than this share of its time was disturbed.
# docs/results/lanes.json: 2 % on a core of its own, 4 % among three sessions for each core; with a
# load of 4 to 5 on two cores it was 11 to 50 %.
WAITED_SHARE = 0.10
COMMAND = "granite-ws sweep sweep.yaml --out ."


def sweep_page(
    sweep: Sweep,
    records: Sequence[CellRecord],
    judged: Sequence[Judged],
    *,
    command: str = COMMAND,
    source: str = "",
    versions: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> str:
    """The index page of a sweep's results folder: no request, the same bytes for the same input.

    source:   the sweep file's text, of which the page names the hash.
    versions: of packages, by name. defaults: the notebook's own parameters, which the phase map's
    law needs where no cell names them.
    """
    ordered = sorted(records, key=lambda record: record.number)
    planned = max(len(sweep.combinations) * sweep.repeats, len(ordered))
    sections = [_banner(ordered, judged, planned)]
    if sweep.axes is not None and ordered:
        axes = sweep.axes
        sections.append(phase_map(ordered, axes.x, axes.y, axes.metric, defaults=defaults))
    if judged:
        sections.append(_thresholds(judged))
    rows = [row_of(record, link=page_of(record)) for record in ordered]
    sections.append(overview_section(rows, question=say("What became of each cell?")))
    failed = [record for record in ordered if record.status is not Status.DONE]
    if failed:
        sections.append(_failed(failed))
    waited = [record for record in done_of(ordered) if (record.waited or 0) > WAITED_SHARE]
    if waited:
        sections.append(_waited(waited))
    sections.append(_reproduction(sweep, command, source, versions or {}))
    title = sweep.title or language._("What came of this sweep?")
    return whole_page(title, sections, wide=True, with_script=True)


def page_of(record: CellRecord) -> str:
    """Where a cell's page is kept, else its folder, relative to the sweep's."""
    return quote(f"cells/{record.key}/{record.files.get('page', '')}")


# ---------------------------------------------------------------------------------- sections


def _drawn(name: str, question: str, macro: str, words: str, *values: Any) -> Section:
    module = templates().get_template("sweep.html.j2").module
    html = getattr(module, macro)(*values)
    return Section(name, question, Markup('<div class="gws">{}</div>').format(html), str(words))


def _banner(records: Sequence[CellRecord], judged: Sequence[Judged], planned: int) -> Section:
    done = done_of(records)
    outcomes = Counter(record.outcome or "unknown" for record in done)
    truths = Counter(one.truth for one in judged)
    words = _summary(done, planned, outcomes, truths)
    drops = [record.drops for record in done if record.drops is not None]
    facts: list[tuple[str, Any]] = [
        (say("cells done"), f"{len(done)} / {planned}"),
        (say("cells not done"), planned - len(done)),
        (say("cells with drops"), outcomes["dropped"]),
        (say("drops"), sum(drops) if drops else "–"),
    ]
    if judged:
        facts += [
            (say("thresholds that hold"), truths[Truth.HOLDS]),
            (say("thresholds broken"), truths[Truth.BROKEN]),
            (say("thresholds unknown"), truths[Truth.UNKNOWN]),
        ]
    colour = _colour(outcomes, truths, whole=len(done) == planned)
    return _drawn("summary", "", "banner", words, words, colour, facts)


def _colour(outcomes: Counter[str], truths: Counter[Truth], *, whole: bool) -> str:
    """Broken is red, unknown or incomplete is open; without thresholds the outcomes speak."""
    if truths[Truth.BROKEN]:
        return "dropped"
    if not whole or truths[Truth.UNKNOWN]:
        return "open"
    if truths:
        return "held"
    if outcomes["dropped"] or outcomes["troubled"]:
        return "dropped"
    return "open" if outcomes["unknown"] else "held"


def _summary(
    done: Sequence[CellRecord], planned: int, outcomes: Counter[str], truths: Counter[Truth]
) -> Phrase:
    parts = [
        say("{done} of {planned} cells are done", done=len(done), planned=planned),
        say_many("{count} lost a connection", "{count} lost a connection", outcomes["dropped"]),
    ]
    if truths[Truth.BROKEN]:
        broken = truths[Truth.BROKEN]
        parts.append(
            say_many("{count} threshold is broken", "{count} thresholds are broken", broken)
        )
    if truths[Truth.UNKNOWN]:
        unknown = truths[Truth.UNKNOWN]
        parts.append(
            say_many("{count} threshold is unknown", "{count} thresholds are unknown", unknown)
        )
    if truths and not (truths[Truth.BROKEN] or truths[Truth.UNKNOWN]):
        parts.append(say("every threshold holds"))
    return say("{told}.", told=join("; ", parts))


def _thresholds(judged: Sequence[Judged]) -> Section:
    rows = [(str(one.threshold), *_TRUTHS[one.truth], one.sentence) for one in judged]
    words = "\n".join(f"{rule}: {sentence}" for rule, _, _, sentence in rows)
    return _drawn("thresholds", say("Do the thresholds hold?"), "thresholds", words, rows)


def _failed(records: Sequence[CellRecord]) -> Section:
    rows = [
        (record.number, record.label, page_of(record), RESULTS[record.status.value], record.why)
        for record in records
    ]
    words = "\n".join(f"{number} {label}: {why}" for number, label, _, _, why in rows)
    return _drawn("failed", say("Which cells did not end well, and why?"), "failed", words, rows)


def _waited(records: Sequence[CellRecord]) -> Section:
    """Cells whose server was kept from its work by whoever else ran on its core."""
    rows = [
        (
            record.number,
            record.label,
            page_of(record),
            say("{percent:.0f} %", percent=100 * (record.waited or 0)),
        )
        for record in records
    ]
    words = "\n".join(f"{number} {label}: {share}" for number, label, _, share in rows)
    return _drawn(
        "waited", say("Which cells may have measured a neighbour?"), "waited", words, rows
    )


def done_of(records: Sequence[CellRecord]) -> list[CellRecord]:
    """Those that ended as they should."""
    return [record for record in records if record.status is Status.DONE]


def _reproduction(sweep: Sweep, command: str, source: str, versions: Mapping[str, str]) -> Section:
    facts: list[tuple[str, Any]] = [(say("Notebook"), sweep.notebook)]
    if source:
        facts.append((say("Sweep file SHA-256"), hashlib.sha256(source.encode()).hexdigest()))
    facts.append((say("Repeats"), sweep.repeats))
    return _drawn(
        "reproduce",
        say("How can this be reproduced?"),
        "reproduce",
        command,
        command,
        facts,
        sorted((name, str(value)) for name, value in sweep.parameters.items()),
        [(name, ", ".join(map(str, values))) for name, values in sweep.matrix.items()],
        sorted(versions.items()),
    )
