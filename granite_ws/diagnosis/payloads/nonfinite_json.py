"""GWS301: a message held NaN or Infinity, which is no JSON to a JavaScript client."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.payloads.messages import Refusal, judge_refusal, name_of
from granite_ws.events import Event
from granite_ws.phrase import Phrase, say, say_many
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS301", "nonfinite_json"


def _blame(message: Event) -> Phrase:
    return say_many(
        "{name} with {count} number that are NaN or Infinity",
        "{name} with {count} numbers that are NaN or Infinity",
        message.data["non_finite"],
        name=name_of(message),
    )


# Python's ``json`` writes a bare NaN; ``JSON.parse`` refuses it, socket.io-parser throws "invalid
# payload", and the manager closes. Python's own client reads it without a word.
WANTED = Refusal(
    CODE,
    CAUSE,
    saying=("invalid payload",),
    guilty=lambda message: message.data.get("non_finite", 0) > 0,
    blame=_blame,
    remedy=say(
        "Send null instead of NaN and Infinity (math.isfinite before you emit), and give "
        "SocketIO(json=...) a module whose dumps passes allow_nan=False, so that one that slips "
        "through fails on the server with a traceback."
    ),
    references=("python-socketio#1438", "Flask-SocketIO#544", "socket.io#3050"),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a JavaScript client refused a message that held a non-finite number."""
    return judge_refusal(timeline, WANTED)
