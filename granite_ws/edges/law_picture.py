"""The drop law as a picture: the line that is predicted, the points that were observed."""

from __future__ import annotations

import io

import numpy as np

from granite_ws.heartbeat import Heartbeat, drop_probability
from granite_ws.law import Law

_COLOURS = {"python": "#1f5fa8", "python-async": "#1b7f4b", "node": "#b3540b"}


def draw_law(law: Law, ping_interval_s: float, ping_timeout_s: float) -> str:
    """An SVG: probability of a drop over the length of the stall, for each kind of client."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib.figure import Figure

    heartbeat = Heartbeat(ping_interval_s, ping_timeout_s)
    longest = 1.25 * max([*(p.stall_s for p in law.points), ping_interval_s + ping_timeout_s])
    stalls = np.linspace(0, longest, 400)
    with mpl.rc_context({"svg.hashsalt": "granite_ws", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 3.6))
        axes = figure.subplots()
        for kind in sorted({point.kind for point in law.points}):
            colour = _COLOURS[kind]
            chances = [drop_probability(kind, heartbeat, float(stall)) for stall in stalls]
            axes.plot(stalls, chances, color=colour, label=f"{kind}: predicted")
            own = [point for point in law.points if point.kind == kind]
            axes.plot(
                [p.stall_s for p in own],
                [p.observed for p in own],
                "o",
                color=colour,
                mfc="white",
                label=f"{kind}: observed",
            )
        axes.set_xlabel("the server stood still, seconds")
        axes.set_ylabel("share of connections dropped")
        axes.set_title(f"ping interval {ping_interval_s:g} s, ping timeout {ping_timeout_s:g} s")
        axes.legend(frameon=False, fontsize=8)
        figure.tight_layout()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
