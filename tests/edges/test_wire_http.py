"""Request heads in a stream of bytes."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from granite_ws.edges.wire_http import (
    HeadEditor,
    asks_for_upgrade,
    closing_after,
    without_upgrade,
)

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: here\r\n"
    b"upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: abc\r\n\r\n"
)
POLL = b"POST /socket.io/ HTTP/1.1\r\nHost: here\r\nConnection: keep-alive\r\n\r\n"


def fed(editor: HeadEditor, chunks: list[bytes]) -> bytes:
    return b"".join(map(editor.feed, chunks)) + editor.rest()


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a < b]


def test_an_upgrade_is_stripped_in_any_spelling() -> None:
    """``Upgrade`` is gone, whatever its case, and the server is told to close after its answer."""
    head = without_upgrade(UPGRADE[:-2])
    assert asks_for_upgrade(UPGRADE)
    assert not asks_for_upgrade(head)
    assert b"keep-alive" not in head
    assert b"Sec-WebSocket-Key: abc\r\nConnection: close\r\n" in head
    assert head.endswith(b"close\r\n")


def test_a_poll_is_told_to_close() -> None:
    """One ``Connection`` header is left, and it says close."""
    want = b"POST /socket.io/ HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
    assert want == closing_after(POLL[:-2])


@given(st.lists(st.integers(0, 1000)), st.binary(max_size=60))
def test_a_first_head_may_come_in_any_pieces(cuts: list[int], frames: bytes) -> None:
    """Cut anywhere, the head comes out edited and whole, and what follows it as it was."""
    editor = HeadEditor(without_upgrade, fresh=True)
    whole = without_upgrade(UPGRADE[:-2]) + b"\r\n"
    got = fed(editor, [*pieces(UPGRADE, cuts), frames])
    assert whole + frames == got


@given(st.lists(st.binary(min_size=1, max_size=30).map(lambda data: b"\x81" + data)))
def test_frames_pass_untouched(chunks: list[bytes]) -> None:
    """Bytes that begin no request come out as they went in, at once."""
    editor = HeadEditor(without_upgrade, fresh=False)
    assert chunks == [editor.feed(chunk) for chunk in chunks]


def test_a_later_request_of_a_kept_connection_is_edited() -> None:
    """After a head and a body the next request is found again."""
    editor = HeadEditor(closing_after, fresh=True)
    assert b"Connection: close" in editor.feed(POLL + b"4hello")
    assert b"more body" == editor.feed(b"more body")
    assert b"Connection: close" in editor.feed(POLL)


def test_a_stopped_editor_loses_nothing() -> None:
    """What was held back goes out unedited when the editing has ended."""
    editor = HeadEditor(without_upgrade, fresh=True)
    assert b"" == editor.feed(UPGRADE[:40])
    editor.stop()
    assert UPGRADE == editor.feed(UPGRADE[40:])


def test_a_head_without_end_is_let_through() -> None:
    """70 kB without an empty line are no head of ours: they pass."""
    endless = b"GET /" + b"x" * 70_000
    assert endless == HeadEditor(without_upgrade, fresh=True).feed(endless)
