"""The pen of a witness."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from granite_ws.edges.recorder import Recorder, plain
from granite_ws.edges.store import read_events
from granite_ws.errors import OutputError
from granite_ws.events import Kind, Witness
from granite_ws.loglines import LOGGER_NAME


def test_an_event_is_on_disk_when_record_returns(tmp_path: Path) -> None:
    """No buffer of ours lies between the event and the file."""
    path = tmp_path / "events.jsonl"
    made = Recorder(Witness.PROBE, path).record(Kind.PONG_SENT, sid="A", client=1)
    assert made.to_line() + "\n" == path.read_text()


def test_processes_and_threads_share_one_file(tmp_path: Path) -> None:
    """Two processes with four threads each write 4,000 long lines; none is torn or lost."""
    path = tmp_path / "events.jsonl"
    code = (
        "import sys, threading; from pathlib import Path\n"
        "from granite_ws.edges.recorder import Recorder\n"
        "from granite_ws.events import Kind, Witness\n"
        f"pen = Recorder(Witness.PROBE, Path({str(path)!r}))\n"
        "def write():\n"
        "    for n in range(500): pen.record(Kind.CLIENT_LOG, line='x' * 3000)\n"
        "threads = [threading.Thread(target=write) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [0, 0] == [writer.wait(60) for writer in writers]
    log = read_events(path)
    assert (4_000, 0) == (len(log), log.skipped)


def test_what_json_does_not_know_is_made_plain(tmp_path: Path) -> None:
    """NaN and infinity become null; numpy, paths and tuples become plain values."""
    path = tmp_path / "events.jsonl"
    Recorder(Witness.SERVER, path).record(
        Kind.SAMPLE,
        nan=float("nan"),
        inf=np.float32("inf"),
        count=np.int64(3),
        pair=(1, np.float64(0.5)),
        array=np.array([1.5, np.nan]),
        path=Path("a"),
    )
    expected = {
        "nan": None,
        "inf": None,
        "count": 3,
        "pair": [1, 0.5],
        "array": [1.5, None],
        "path": "a",
    }
    assert expected == json.loads(path.read_text())["data"]


def test_log_lines_have_their_levels(caplog: pytest.LogCaptureFixture) -> None:
    """An event with rows is logged at each row's level; one without rows is not logged."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)
    pen = Recorder(Witness.SERVER, logger=logging.getLogger(LOGGER_NAME))
    pen.record(Kind.EMIT_DONE, iteration=3)
    pen.record(Kind.EMIT_FAILED, iteration=4, error="gone", exception="X", trace="T")
    pen.record(Kind.PING_QUEUED, sid="A", waiting=0)
    assert [("INFO", "[WebSocket] Data emitted successfully (iteration 3)")] == [
        (r.levelname, r.getMessage()) for r in caplog.records[:1]
    ]
    assert ["ERROR"] * 3 == [record.levelname for record in caplog.records[1:]]


def test_a_silent_pen_writes_events_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The native heartbeat's pen never touches the logger, but shares the file."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)
    path = tmp_path / "events.jsonl"
    pen = Recorder(Witness.SERVER, path, logger=logging.getLogger(LOGGER_NAME)).silent()
    pen.record(Kind.EMIT_DONE, iteration=3)
    assert (1, []) == (len(read_events(path)), caplog.records)


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"events\.jsonl"):
        Recorder(Witness.SERVER, tmp_path / "file/events.jsonl")


def test_after_close_the_log_goes_on(tmp_path: Path) -> None:
    """A closed pen writes no more events and raises nothing."""
    pen = Recorder(Witness.SERVER, tmp_path / "events.jsonl")
    pen.close()
    pen.record(Kind.EMIT_DONE, iteration=1)
    assert "" == (tmp_path / "events.jsonl").read_text()


def test_plain_keeps_plain_values() -> None:
    """Text, whole numbers, flags and None are themselves."""
    assert ["a", 1, True, None] == [plain(value) for value in ("a", 1, True, None)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_does_not_end_what_is_watched(caplog: pytest.LogCaptureFixture) -> None:
    """Events are counted as lost and that is said once; the application goes on."""
    logger = logging.getLogger(LOGGER_NAME)
    pen = Recorder(Witness.SERVER, Path("/dev/full"), logger=logger)
    pen.record(Kind.PING_QUEUED, sid="A", waiting=0)
    pen.record(Kind.PING_QUEUED, sid="A", waiting=0)
    assert 2 == pen.lost
    assert ["[Recorder] Events are being lost: No space left on device"] == caplog.messages
