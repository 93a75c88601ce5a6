"""What is known of a session while it runs: told of each event, it says how things stand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from granite_ws.events import Event, Kind, Witness
from granite_ws.feed import SECOND
from granite_ws.phrase import Phrase, say, say_many
from granite_ws.report.environment import templates
from granite_ws.report.facts import Fact
from granite_ws.report.section import Section
from granite_ws.report.words import figure

_SHOWN_LINES = 6
_SERVER_GAVE_UP = ("ping timeout", "server disconnect")


class Pulse:
    """Tell it of events in any order, and of progress; it draws itself.

    It does not judge: a drop is named here as soon as one side tells of it, its cause is the
    verdict's to find.
    """

    def __init__(self) -> None:
        self.percent, self.stage, self.over = 0, "", False
        self.connected: dict[str, str] = {}
        self.drops: dict[str, str] = {}
        self.stalls = self.forecasts = self.pings = 0
        self.lines: deque[tuple[Phrase, Phrase]] = deque(maxlen=_SHOWN_LINES)
        self._begun_ns: int | None = None
        self._left_ns = 0
        self._queued: dict[str, int] = {}
        self._last_ping: Phrase = say("none yet")
        self._last_forecast: Phrase = say("none yet")
        self._see: Mapping[Kind, Callable[[Event], None]] = {
            Kind.CONNECTED: self._connected,
            Kind.DISCONNECTED: self._disconnected,
            Kind.CLIENT_DISCONNECTED: self._given_up,
            Kind.PING_QUEUED: self._pinged,
            Kind.PONG_RECEIVED: self._ponged,
            Kind.FORECAST_DONE: self._forecast,
            Kind.STALL: self._stalled,
        }

    def progress(self, share: float, words: str) -> None:
        """A share from 0 to 1 and a few words, as ``run_session`` tells them."""
        self.percent, self.stage = round(share * 100), words
        self.over = words == "recorded"

    def see(self, event: Event) -> None:
        """One event; those that say nothing about how things stand change nothing."""
        if self._begun_ns is None:
            self._begun_ns = event.at_ns
        if event.kind in self._see:
            self._see[event.kind](event)

    @property
    def sentence(self) -> Phrase:
        """How things stand in one line, without the numbers that change all the time."""
        return say(
            "{stage}: {clients} connected, {drops}",
            stage=self.stage,
            clients=say_many("{count} client", "{count} clients", len(self.connected)),
            drops=say_many("{count} drop", "{count} drops", len(self.drops)),
        )

    @property
    def facts(self) -> Sequence[Fact]:
        """The numbers."""
        return [
            Fact(say("clients connected"), len(self.connected)),
            Fact(say("PINGs"), self.pings),
            Fact(say("last PING to PONG"), self._last_ping),
            Fact(say("forecasts"), self.forecasts),
            Fact(say("last prediction"), self._last_forecast),
            Fact(say("stalls"), self.stalls),
            Fact(say("drops"), len(self.drops)),
        ]

    def section(self) -> Section:
        """As a cell shows it; what clients and logs said is escaped."""
        drawn = templates().get_template("objects.html.j2").make_module()
        html = drawn.pulse(self)  # type: ignore[attr-defined]
        words = [f"{self.percent} % {self.sentence}"]
        words += [f"{fact.label} {fact.value}" for fact in self.facts[1:-1]]
        return Section(
            "pulse", "", Markup('<div class="gws">{}</div>').format(html), ", ".join(words)
        )

    # ------------------------------------------------------------------------------- events

    def _connected(self, event: Event) -> None:
        kind = str(event.data.get("client_kind", "python"))
        self.connected[str(event.sid)] = kind
        self._note(event, say("client connected ({kind})", kind=kind))

    def _disconnected(self, event: Event) -> None:
        self.connected.pop(str(event.sid), None)
        self._left_ns = event.at_ns
        if not event.data.get("own"):
            self._drop(event, str(event.data.get("reason")))

    def _given_up(self, event: Event) -> None:
        if event.data.get("reason") in _SERVER_GAVE_UP and str(event.sid) in self.connected:
            self._drop(event, str(event.data["reason"]))

    def _drop(self, event: Event, reason: str) -> None:
        if str(event.sid) not in self.drops:
            self.drops[str(event.sid)] = reason
            self._note(event, say("DROP: {reason}", reason=reason))

    def _pinged(self, event: Event) -> None:
        self.pings += 1
        self._queued[str(event.sid)] = event.at_ns

    def _ponged(self, event: Event) -> None:
        queued = self._queued.pop(str(event.sid), None)
        if queued is not None:
            self._last_ping = figure((event.at_ns - queued) / SECOND, "s")

    def _forecast(self, event: Event) -> None:
        self.forecasts += 1
        if isinstance(seconds := event.data.get("seconds"), int | float):
            self._last_forecast = figure(seconds, "s")

    def _stalled(self, event: Event) -> None:
        # As in a timeline: a model that loads before anybody is connected disturbs nobody, and
        # a stall is told when it is over, when those whom it cost may be gone.
        felt = self.connected or event.data["began_ns"] < self._left_ns
        if event.witness is Witness.PROBE or not felt:
            return
        self.stalls += 1
        seconds = figure(float(event.data["seconds"]), "s")
        self._note(event, say("the server stood still for {seconds}", seconds=seconds))

    def _note(self, event: Event, words: Phrase) -> None:
        at = (event.at_ns - (self._begun_ns or 0)) / SECOND
        self.lines.append((say("{seconds:.1f} s", seconds=at), words))
