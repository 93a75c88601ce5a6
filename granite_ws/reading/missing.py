"""Which evidence a log lacks, each with how to get it the next time."""

from __future__ import annotations

from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.phrase import say

_SERVER_LOG = say(
    "the server's log is missing: start it with SocketIO(app, logger=True, engineio_logger=True) "
    "and keep what it prints"
)
_CLIENT_LOG = say(
    "the client's log is missing: socketio.Client(logger=True, engineio_logger=True), in a page "
    'socket.on("disconnect", (reason, details) => console.log("disconnect", reason, details))'
)
_PINGS = say(
    "no PING lines and no packets of the server: engineio_logger is off, "
    "set engineio_logger=True on SocketIO"
)
_CLIENT_PINGS = say(
    "no PING lines of the Python client: engineio_logger is off, set engineio_logger=True on it"
)
# Any of these shows that the library's logger was on, or that a tap was there.
_SERVER_WIRE = {Kind.HANDSHAKE, Kind.PING_QUEUED, Kind.PONG_RECEIVED, Kind.MESSAGE_EMITTED}
_CLIENT_WIRE = {Kind.PING_RECEIVED, Kind.PONG_SENT, Kind.MESSAGE_RECEIVED}
_REASONS = say(
    "no disconnect lines of the server: log the reason that the disconnect handler is given"
)
_TIMES = say("no time stamps: logging.basicConfig(format='%(asctime)s %(levelname)s %(message)s')")
_SOME_TIMES = say(
    "some lines have no time stamp: durations are told only where both ends have one"
)
_DETAILS = say("the client's disconnect has no details: print the handler's second argument too")
_FORECASTS = say("no lines of the forecasts: log each one's begin and end with its iteration")
_STALLS = say("no stall monitor: whether the server stood still is only guessed from late PINGs")
_ENDS = say("nobody watched the server process: its exit code is not known")


def what_is_missing(log: EventLog) -> tuple[str, ...]:
    """The evidence that is not there, by name, the most useful first; empty where all of it is."""
    seen = {event.kind for event in log}
    server = [event for event in log if event.witness is Witness.SERVER]
    client = [event for event in log if event.witness is Witness.PROBE]
    lacks = (
        (_SERVER_LOG, not server),
        (_CLIENT_LOG, not client),
        (_TIMES, len(log) > 0 and all(_timeless(event) for event in log)),
        (_SOME_TIMES, 0 < sum(map(_timeless, log)) < len(log)),
        (_PINGS, bool(server) and not seen & _SERVER_WIRE),
        (_CLIENT_PINGS, _is_python(client) and not seen & _CLIENT_WIRE),
        (_REASONS, bool(server) and Kind.CLIENT_DISCONNECTED not in seen),
        (_DETAILS, any(map(_without_details, log.of(Kind.DISCONNECTED)))),
        (_FORECASTS, bool(server) and not seen & {Kind.FORECAST_BEGUN, Kind.PREDICTION_BEGUN}),
        (_STALLS, not seen & {Kind.MONITOR_STARTED, Kind.STALL}),
        (_ENDS, Kind.PROCESS_ENDED not in seen),
    )
    return tuple(words for words, lacking in lacks if lacking)


def _timeless(event: Event) -> bool:
    return bool(event.data.get("timeless"))


def _is_python(client: list[Event]) -> bool:
    return any(event.data.get("client_kind") == "python" for event in client)


def _without_details(event: Event) -> bool:
    told = event.data.get("details") or event.data.get("close_code")
    return event.data.get("reason") in {"parse error", "transport close"} and not told
