"""Log files on disk: what can be read, and one line for what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws import Session
from granite_ws.edges.reader import read_logs
from granite_ws.errors import SessionError
from granite_ws.events import Kind

LINE = "[WebSocket] Emitting data: 15234 bytes (iteration 42)\n"
FIXTURES = Path(__file__).parents[1] / "fixtures/logs"


def test_files_of_a_run_are_read_together() -> None:
    """A server's and a client's file give the events of both."""
    log = read_logs([FIXTURES / "server-stamped.log", FIXTURES / "hold-stamped.log"])
    assert log.of(Kind.CLIENT_DISCONNECTED)
    assert log.of(Kind.DISCONNECTED)


def test_our_own_log_tells_what_the_events_tell(held: Session) -> None:
    """granite_debug.log of a real session gives the same events, in number, order and time."""
    kinds = (Kind.MODEL_READY, Kind.EMIT_BEGUN, Kind.FORECAST_DONE, Kind.CLIENT_DISCONNECTED)
    read = read_logs([held.folder / "granite_debug.log"]).of(*kinds)
    recorded = held.log.of(*kinds)
    assert [event.kind for event in recorded] == [event.kind for event in read]
    iterations = [[e.data.get("iteration") for e in events] for events in (recorded, read)]
    assert iterations[0] == iterations[1]
    spans = [(events[-1].at_ns - events[0].at_ns) / 1e9 for events in (recorded, read)]
    assert spans[0] == pytest.approx(spans[1], abs=0.05)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_shells_are_read(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without a mark, and what PowerShell's > writes."""
    path = tmp_path / "a.log"
    path.write_text(LINE, encoding=encoding)
    (event,) = read_logs([path])
    assert 42 == event.data["iteration"]


def test_bytes_that_are_no_utf8_do_not_hide_the_rest(tmp_path: Path) -> None:
    """A Latin-1 byte in one line leaves the next one readable."""
    path = tmp_path / "a.log"
    path.write_bytes(b"caf\xe9\n" + LINE.encode())
    assert 1 == len(read_logs([path]))


def test_what_is_no_log_is_one_clear_line(tmp_path: Path) -> None:
    """Missing, a folder, binary, twice the same, and text that tells nothing."""
    good, binary, dull = tmp_path / "good.log", tmp_path / "b.bin", tmp_path / "dull.txt"
    good.write_text(LINE)
    binary.write_bytes(b"\x7fELF\0\0\0")
    dull.write_text("nothing here\n")
    for paths, words in (
        ([tmp_path / "absent.log"], "No such file"),
        ([tmp_path], "not a folder"),
        ([good, binary], "not a binary file"),
        ([good, good], "given once"),
        ([dull], "at least one line"),
    ):
        with pytest.raises(SessionError) as refused:
            read_logs(paths)
        assert words in str(refused.value)
        assert "\n" not in str(refused.value)
