"""GWS304: another thread's text got between a binary message's header and its bytes."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.payloads.messages import Refusal, judge_refusal, name_of
from granite_ws.events import Event, Kind
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS304", "binary_interleave"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a JavaScript client met plain text inside a binary message, and several
    threads were emitting just then.
    """
    emitted = timeline.log.of(Kind.MESSAGE_EMITTED)

    def others(message: Event) -> set[str]:
        """Other threads that emitted at the same time."""
        near = limits.INTERLEAVE_WINDOW_S * SECOND
        return {
            str(other.data["thread"])
            for other in emitted
            if abs(other.at_ns - message.at_ns) <= near
        } - {str(message.data["thread"])}

    wanted = Refusal(
        CODE,
        CAUSE,
        saying=("got plaintext data when", "got binary data when"),
        guilty=lambda message: message.data.get("attachments", 0) > 0 and bool(others(message)),
        blame=lambda message: (
            f"the binary {name_of(message)} in thread {message.data['thread']} while "
            f"{len(others(message))} other threads emitted as well"
        ),
        remedy="Let one thread emit (a queue and one emitter), or hold one lock around every "
        "emit: python-socketio queues a binary message's header and its parts one by one.",
        references=("python-socketio#37", "python-socketio#403"),
    )
    return judge_refusal(timeline, wanted)
