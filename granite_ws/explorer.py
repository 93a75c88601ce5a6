"""The heartbeat's law to play with in JupyterLab: move a number, read who gives up and when."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from granite_ws.phrase import say
from granite_ws.report.language import translated
from granite_ws.report.section import style_of_a_cell
from granite_ws.report.whatif import Case, draw_chances, draw_rounds, outlook, predict
from granite_ws.settings import CLIENT_KINDS, DEFAULTS

_TRANSPORTS = ("websocket", "polling", "upgrade")
_WIDE = widgets.Layout(width="36rem", max_width="100%")
_STYLE = {"description_width": "11rem"}
_ROUNDS = say("From the last PING on. pi: ping interval, pt: ping timeout.")
_CHANCES = say(
    "Share of all moments at which a stall drops this client, over the stall's length. The dot is "
    "this stall."
)


class Explorer(widgets.VBox):
    """Controls above, the predicted outcome and two pictures below.

    Set ``explorer.stall.value`` (or another control's) from code, and ``explorer.case`` is what
    is shown, ``explorer.answer.value`` the HTML of the sentence.
    """

    def __init__(self, case: Case) -> None:
        self.kind = widgets.Dropdown(
            options=CLIENT_KINDS, value=case.kind, **_named("Client kind")
        )
        self.ping_interval = _whole("Ping interval (s)", case.ping_interval, 1, 60)
        self.ping_timeout = _slider("Ping timeout (s)", case.ping_timeout, 0.5, 180, 0.5)
        self.stall = _slider("Stall length (s)", case.stall, 0, 300, 0.5)
        self.phase = _slider("Began after a PING (s)", case.phase, 0, case.ping_interval, 0.1)
        self.transport = widgets.Dropdown(
            options=_TRANSPORTS, value=case.transport, **_named("Transport")
        )
        self.answer, self.pictures = widgets.HTML(), widgets.HTML()
        self._controls = (
            self.kind,
            self.ping_interval,
            self.ping_timeout,
            self.stall,
            self.phase,
            self.transport,
        )
        super().__init__([*self._controls, self.answer, self.pictures])
        for control in self._controls:
            control.observe(self._show, names="value")
        self._show()

    @property
    def case(self) -> Case:
        """What the controls say now."""
        return Case(
            kind=self.kind.value,
            ping_interval=self.ping_interval.value,
            ping_timeout=self.ping_timeout.value,
            stall=self.stall.value,
            phase=self.phase.value,
            transport=self.transport.value,
        )

    def _show(self, _change: Any = None) -> None:
        # A phase beyond the interval does not exist; narrowing moves the phase, which shows again.
        self.phase.max = float(self.ping_interval.value)
        case = self.case
        prediction = predict(case)
        look = {True: "dropped", False: "held", None: "open"}[prediction.drops]
        self.answer.value = Markup(
            '<div class="gws">{}<div class="banner {}" role="status" aria-live="polite">'
            '<strong>{}</strong></div><p class="note">{}</p></div>'
        ).format(
            style_of_a_cell(), look, translated(prediction.sentence), translated(outlook(case))
        )
        self.pictures.value = Markup(
            '<div class="gws"><figure>{}<figcaption>{}</figcaption></figure>'
            "<figure>{}<figcaption>{}</figcaption></figure></div>"
        ).format(
            draw_rounds(case, prediction),
            translated(_ROUNDS),
            draw_chances(case, prediction),
            translated(_CHANCES),
        )


def explore(
    *,
    kind: str = "python",
    ping_interval: int = DEFAULTS["ping_interval"],
    ping_timeout: float = DEFAULTS["ping_timeout"],
    stall: float = 130.0,
    phase: float = 10.0,
    transport: str = "websocket",
) -> Explorer:
    """An explorer that begins with these numbers (seconds); show it by ending a cell with it.

    Raises TraitError for a client kind or transport that is none.
    """
    return Explorer(Case(kind, ping_interval, ping_timeout, stall, phase, transport))


def _named(words: str) -> dict[str, Any]:
    return {"description": words, "style": _STYLE, "layout": _WIDE}


def _slider(words: str, value: float, low: float, high: float, step: float) -> Any:
    return widgets.FloatSlider(
        value=value, min=low, max=max(high, value), step=step, readout_format=".1f",
        **_named(words),
    )  # fmt: skip


def _whole(words: str, value: float, low: int, high: int) -> Any:
    return widgets.IntSlider(value=int(value), min=low, max=max(high, int(value)), **_named(words))
