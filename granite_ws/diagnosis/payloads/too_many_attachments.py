"""GWS303: one message held more binary parts than the JavaScript client takes."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.payloads.messages import Refusal, judge_refusal, name_of
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS303", "too_many_attachments"

WANTED = Refusal(
    CODE,
    CAUSE,
    saying=("too many attachments",),
    guilty=lambda message: message.data.get("attachments", 0) > limits.MOST_ATTACHMENTS,
    blame=lambda message: say(
        "{name} with {count} binary parts, where {most} are taken",
        name=name_of(message),
        count=message.data["attachments"],
        most=limits.MOST_ATTACHMENTS,
    ),
    remedy=say(
        "Join the parts into one buffer, send at most {most} bytes objects in one message, or "
        "give the JavaScript client a parser with a larger maxAttachments.",
        most=limits.MOST_ATTACHMENTS,
    ),
    references=("socket.io#5504", "socket.io#5489", "reflex-dev/xy#386"),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a JavaScript client refused a message for the number of its parts."""
    return judge_refusal(timeline, WANTED)
