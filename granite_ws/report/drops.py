"""One lost connection as a row: what each side knows of it."""

from __future__ import annotations

from typing import Any

from granite_ws.diagnosis.verdict import Drop
from granite_ws.timeline import Timeline


def drop_row(drop: Drop, timeline: Timeline) -> dict[str, Any]:
    """Cause, and the facts of the client's and of the server's side."""
    connection = drop.connection
    ended = connection.ended_ns or timeline.ended_ns
    pings = [p for p in timeline.pings if p.sid == connection.sid]
    heard = [p.received_ns for p in pings if p.received_ns is not None and p.received_ns <= ended]
    answered = [p.pong_received_ns for p in pings if p.pong_received_ns is not None]
    client = [
        f"reason: {connection.client_reason}",
        f"last words: {connection.client_log or 'none'}",
        f"last PING in: {_before(ended, heard)}",
        f"connected for {(ended - connection.connected_ns) / 1e9:.1f} s, {connection.transport}",
    ]
    server = [
        f"reason: {connection.server_reason or 'it never noticed'}",
        f"noticed by: {connection.server_thread or 'nobody'}",
        f"last PONG in: {_before(ended, answered)}",
        f"stalls in the 10 s before: {_stalls_before(ended, timeline)}",
    ]
    return {
        "at": f"{timeline.seconds(ended):.1f} s",
        "client": connection.client,
        "cause": drop.cause,
        "client_facts": client,
        "server_facts": server,
    }


def _before(ended_ns: int, times: list[int]) -> str:
    return f"{(ended_ns - max(times)) / 1e9:.1f} s before" if times else "none"


def _stalls_before(ended_ns: int, timeline: Timeline) -> str:
    near = [s.seconds for s in timeline.stalls if 0 <= ended_ns - s.began_ns <= 10e9]
    return f"{len(near)}, longest {max(near):.2f} s" if near else "none"
