"""Taps that see what may end a connection: messages, refusals, calls, and the libraries' lines.

They sit on python-socketio 5 and python-engineio 4 without changing what these do, and write to
the witness's own file, never through a logger: a full log pipe is one of the causes.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from engineio.exceptions import ContentTooLongError
from socketio import packet as socketio_packet

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stacks import frames_of
from granite_ws.events import Kind

# ``NaN`` or ``Infinity`` where JSON has a value, so not inside a text.
_NON_FINITE = re.compile(r"(?<=[:\[,])\s*-?(?:NaN|Infinity)(?=\s*[,\]}])")
_EVENTS = (socketio_packet.EVENT, socketio_packet.BINARY_EVENT)
_LIBRARIES = ("engineio.server", "socketio.server", "werkzeug", "uvicorn.error")
_TELLING = re.compile(
    r"gone|error|invalid|closing|fail|too many|abort|cannot|bad |timed out|exception|refus",
    re.IGNORECASE,
)
# What a line says stands at its beginning (characters).
_READ_CHARS = 1_000
_PACKET_LINE = re.compile(r"(Sending|Received) packet|emitting event|received event")


def tap_messages(socketio_server: Any, recorder: Recorder) -> None:
    """Records MESSAGE_EMITTED (or MESSAGE_REFUSED) for every event that is encoded to be sent."""
    plain = socketio_server.packet_class

    class TappedPacket(plain):  # type: ignore[misc, valid-type]
        def encode(self) -> Any:
            if self.packet_type not in _EVENTS:
                return super().encode()
            try:
                encoded = super().encode()
            except (TypeError, ValueError) as error:
                recorder.record(
                    Kind.MESSAGE_REFUSED,
                    event=_event_name(self.data),
                    error=str(error),
                    exception=type(error).__name__,
                    thread=threading.current_thread().name,
                )
                raise
            recorder.record(
                Kind.MESSAGE_EMITTED,
                event=_event_name(self.data),
                thread=threading.current_thread().name,
                **measure(encoded),
            )
            return encoded

    socketio_server.packet_class = TappedPacket


def _event_name(data: Any) -> str | None:
    return str(data[0])[:100] if isinstance(data, list | tuple) and data else None


def measure(encoded: Any) -> dict[str, Any]:
    """Bytes, binary attachments and non-finite numbers of one encoded message."""
    parts = encoded if isinstance(encoded, list) else [encoded]
    texts = [part for part in parts if isinstance(part, str)]
    attachments = [part for part in parts if not isinstance(part, str)]
    return {
        "bytes": sum(len(part) for part in parts),
        "attachments": len(attachments),
        "bytearrays": sum(isinstance(part, bytearray) for part in attachments),
        "non_finite": sum(_count_non_finite(text) for text in texts),
    }


def _count_non_finite(text: str) -> int:
    """Cheap first: nearly no message holds these words at all."""
    if "NaN" not in text and "Infinity" not in text:
        return 0
    return len(_NON_FINITE.findall(text))


def tap_disconnect(socketio_server: Any, recorder: Recorder) -> None:
    """Records DISCONNECT_CALLED with the caller's stack whenever the application asks for it."""
    disconnect = socketio_server.disconnect

    def tapped(client_id: str, *arguments: Any, **options: Any) -> Any:
        sid = socketio_server.manager.eio_sid_from_sid(client_id, "/")
        recorder.record(
            Kind.DISCONNECT_CALLED,
            sid=sid,
            client_id=client_id,
            thread=threading.current_thread().name,
            frames=_callers(),
        )
        return disconnect(client_id, *arguments, **options)

    socketio_server.disconnect = tapped


def _callers() -> list[str]:
    return frames_of(sys._getframe(2))[:8]  # beyond this function and the tap itself


def tap_requests(engineio_server: Any, recorder: Recorder) -> None:
    """Records REQUEST_REFUSED for every HTTP request that Engine.IO answers with 4xx or 5xx."""
    handle = engineio_server.handle_request

    def tapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def told(status: str, headers: Any, *rest: Any) -> Any:
            if status[:1] in "45":
                record_refusal(recorder, environ, status)
            return start_response(status, headers, *rest)

        return handle(environ, told)

    engineio_server.handle_request = tapped


def tap_posts(engineio_socket: Any, recorder: Recorder) -> None:
    """Records REQUEST_REFUSED of a POST that is too long when the server finds it so.

    engineio closes that session before it answers, and then waits until someone has fetched all
    that was queued: a client that is told of the closing never does, and no answer is ever sent.
    """
    handle = engineio_socket.handle_post_request

    def tapped(environ: dict[str, Any]) -> Any:
        try:
            return handle(environ)
        except ContentTooLongError:
            record_refusal(recorder, environ, "400 too long")
            raise

    engineio_socket.handle_post_request = tapped


def record_refusal(recorder: Recorder, environ: dict[str, Any], status: str) -> None:
    """REQUEST_REFUSED of one request; ``status`` is its status line, as in WSGI."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    recorder.record(
        Kind.REQUEST_REFUSED,
        sid=query.get("sid", [None])[0],
        status=int(status.split(maxsplit=1)[0]),
        method=environ.get("REQUEST_METHOD"),
        bytes=int(environ.get("CONTENT_LENGTH") or 0),
        transport=query.get("transport", [None])[0],
    )


class LogListener(logging.Handler):
    """Keeps the telling lines of the server's libraries as SERVER_LOG events."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        # No lock of ours may hold a thread that logs while another one is stuck in its handler.
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the line when it may explain something; packets have events of their own."""
        # Every emit logs a packet for each client: by its format it is known before it is made.
        if _PACKET_LINE.search(str(record.msg)[:_READ_CHARS]):
            return
        # Some have a whole payload in them: searching 16 MB would hold the GIL for seconds.
        text = record.getMessage()[:_READ_CHARS]
        telling = record.levelno >= logging.WARNING or bool(_TELLING.search(text))
        if not telling or _PACKET_LINE.search(text):
            return
        trace = ""
        if record.exc_info and record.exc_info[1] is not None:
            trace = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        self._recorder.record(
            Kind.SERVER_LOG,
            sid=_sid_in(text),
            logger=record.name,
            level=record.levelname,
            line=text[:500],
            exception=trace[:500],
        )


def _sid_in(text: str) -> str | None:
    found = re.match(r"([\w-]{20}): ", text) or re.search(r"(?:session|sid) ([\w-]{20})\b", text)
    return found[1] if found else None


def listen_to_libraries(recorder: Recorder, loggers: Iterable[str] = _LIBRARIES) -> None:
    """Puts a listener before every other handler, so that a stuck one cannot silence it."""
    listener = LogListener(recorder)
    for name in loggers:
        logging.getLogger(name).handlers.insert(0, listener)


class TappedSock:
    """A TCP socket that tells when ``send`` took less than it was given."""

    def __init__(self, sock: Any, sid: str, recorder: Recorder) -> None:
        self._sock, self._sid, self._recorder = sock, sid, recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: Any, *flags: Any) -> Any:
        """As the socket's own, with a SHORT_SEND event where bytes were left over."""
        sent = self._sock.send(data, *flags)
        if sent < len(data):
            self._recorder.record(
                Kind.SHORT_SEND, sid=self._sid, asked_bytes=len(data), sent_bytes=sent
            )
        return sent


def tap_websocket(engineio_socket: Any, recorder: Recorder) -> None:
    """Records SHORT_SEND, and WEBSOCKET_ENDED with its close code, of one connection.

    ``refused_bytes`` is there where a message was above ``max_http_buffer_size``: its size.
    """
    handle = engineio_socket._websocket_handler

    def tapped(websocket: Any) -> Any:
        refused: dict[str, int] = {}
        inner = getattr(websocket, "ws", None)
        wait = getattr(websocket, "wait", None)

        def measured_wait() -> Any:
            data = wait()  # type: ignore[misc]
            refused.update(too_large(data, engineio_socket))
            return data

        if wait is not None:
            websocket.wait = measured_wait
        if inner is not None and hasattr(inner, "sock"):
            inner.sock = TappedSock(inner.sock, engineio_socket.sid, recorder)
        try:
            return handle(websocket)
        finally:
            code = getattr(inner, "close_reason", None)
            recorder.record(
                Kind.WEBSOCKET_ENDED,
                sid=engineio_socket.sid,
                close_code=None if code is None else int(code),
                message=str(getattr(inner, "close_message", None) or ""),
                **refused,
            )

    engineio_socket._websocket_handler = tapped


def too_large(data: Any, engineio_socket: Any) -> dict[str, int]:
    """The size of a message that python-engineio is about to refuse; empty for any other.

    In asyncio mode it does so without a line in its log.
    """
    if data and len(data) > engineio_socket.server.max_http_buffer_size:
        return {"refused_bytes": len(data)}
    return {}
