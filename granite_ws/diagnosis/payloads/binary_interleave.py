"""GWS304: another thread's text got between a binary message's header and its bytes."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.payloads.messages import Refusal, judge_refusal, name_of
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say, say_many
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
            str(other.data.get("thread"))
            for other in emitted
            if abs(other.at_ns - message.at_ns) <= near
        } - {str(message.data.get("thread"))}

    def guilty(message: Event) -> bool:
        # A log of plain lines names no threads; the parser's words then stand alone.
        several = "thread" not in message.data or bool(others(message))
        return message.data.get("attachments", 0) > 0 and several

    def blame(message: Event) -> Phrase:
        if "thread" not in message.data:
            return say(
                "the binary {name}, and text from elsewhere got into it", name=name_of(message)
            )
        return say_many(
            "the binary {name} in thread {thread} while {count} other thread emitted as well",
            "the binary {name} in thread {thread} while {count} other threads emitted as well",
            len(others(message)),
            name=name_of(message),
            thread=message.data["thread"],
        )

    wanted = Refusal(
        CODE,
        CAUSE,
        saying=("got plaintext data when", "got binary data when"),
        guilty=guilty,
        blame=blame,
        remedy=say(
            "Let one thread emit (a queue and one emitter), or hold one lock around every "
            "emit: python-socketio queues a binary message's header and its parts one by one."
        ),
        references=("python-socketio#37", "python-socketio#403"),
        sure=False,
    )
    return judge_refusal(timeline, wanted)
