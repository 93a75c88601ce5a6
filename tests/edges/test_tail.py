"""The tail of a file that others still write."""

from __future__ import annotations

from pathlib import Path

from granite_ws.edges.tail import EventTail
from granite_ws.events import Kind
from tests.log_builder import connected


def test_a_line_is_read_once_and_only_when_whole(tmp_path: Path) -> None:
    """Half a line waits for its other half; a line that is no event is passed over."""
    path, line = tmp_path / "events.jsonl", connected(1).to_line()
    with path.open("a") as file, EventTail(path) as tail:
        file.write("nonsense\n" + line[:20])
        file.flush()
        assert tail.new() == []
        file.write(line[20:] + "\n")
        file.flush()
        assert [e.kind for e in tail.new()] == [Kind.CONNECTED]
        assert tail.new() == []
