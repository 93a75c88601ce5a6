"""GWS404: the server's own code ended the connection; nothing broke."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.clients.unanswered import in_order, loss_steps
from granite_ws.diagnosis.evidence import events_of, own_frame
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind, Witness
from granite_ws.phrase import say, say_many
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS404", "app_disconnect"
# JavaScript's and Python's word for it; the server's own is Python's.
_SHOWN_OUT = ("io server disconnect", "server disconnect")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when ``disconnect(sid)`` was called in the server and the client was told so."""
    shown_out = [drop for drop in timeline.drops if _was_told(drop)]
    if not shown_out:
        return _say(Truth.REFUTED, say("No client was told that the server ended its connection."))
    found = [
        (drop, call) for drop in shown_out if (call := _call_before(timeline, drop)) is not None
    ]
    if not found:
        if not timeline.log.of(Kind.HANDSHAKE):
            return _say(
                Truth.UNKNOWN, say("A client was shown out, and nobody watched the server.")
            )
        return _say(
            Truth.REFUTED, say("A client was shown out, and not by the application's code.")
        )
    drop, call = found[0]
    frames = tuple(call.data.get("frames") or ())
    where = own_frame(frames) if frames else ""
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        _claim(len(found), where),
        evidence=tuple(call for _, call in found),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=_remedy(where),
        path=in_order(
            Step(
                say("disconnect() was called in thread {thread}", thread=call.data.get("thread")),
                call,
            ),
            *loss_steps(timeline, drop),
        ),
        references=("Flask-SocketIO#1109",),
    )


def _claim(count: int, where: str) -> str:
    if where:
        return say_many(
            "The server's own code ended {count} connection with disconnect(), called in "
            "{where}. Nothing broke, and a client that is shown out does not reconnect by itself.",
            "The server's own code ended {count} connections with disconnect(), called in "
            "{where}. Nothing broke, and a client that is shown out does not reconnect by itself.",
            count,
            where=where,
        )
    return say_many(
        "The server's own code ended {count} connection with disconnect(). Nothing broke, and a "
        "client that is shown out does not reconnect by itself.",
        "The server's own code ended {count} connections with disconnect(). Nothing broke, and a "
        "client that is shown out does not reconnect by itself.",
        count,
    )


def _remedy(where: str) -> str:
    if where:
        return say(
            "Intended: the application asked for it. If not, look at the caller ({where}); if the "
            "client shall come back, it must call connect() in its disconnect handler.",
            where=where,
        )
    return say(
        "Intended: the application asked for it. If not, look at the caller; if the client shall "
        "come back, it must call connect() in its disconnect handler."
    )


def _was_told(drop: Connection) -> bool:
    return drop.client_reason in _SHOWN_OUT or drop.server_reason in _SHOWN_OUT


def _call_before(timeline: Timeline, drop: Connection) -> Event | None:
    """The application's call for this very connection."""
    lost = drop.lost_ns or timeline.ended_ns
    for event in events_of(timeline, drop.sid, Kind.DISCONNECT_CALLED):
        near = abs(lost - event.at_ns) <= limits.CALL_WINDOW_S * SECOND
        if event.witness is Witness.SERVER and near:
            return event
    return None


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)
