"""The terminal, read from outside: whose words are kept, and a crash's frames."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.edges.output_watch import OutputReader, OutputWatch
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness

CRASH = b"""2026-01-01 INFO    [Background] Forecast starting
Fatal Python error: Segmentation fault

Thread 0x00007f01 (most recent call first):
  File "/srv/lib/threading.py", line 331 in wait

Current thread 0x00007f02 (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at
  File "/srv/app/model.py", line 12 in predict

Thread 0x00007f03 (most recent call first):
  File "/srv/lib/socket.py", line 1 in accept

Extension modules: numpy (total: 1)
"""
FRAMES = ["ctypes/__init__.py:519 string_at", "app/model.py:12 predict"]


def read(data: bytes) -> list[dict[str, object]]:
    reader = OutputReader()
    return [*reader.feed(data), *reader.rest()]


def test_a_crash_is_one_fact_with_the_frames_of_its_thread() -> None:
    """Frames of other threads, before or after, are not the crash's."""
    (fact,) = read(CRASH)
    assert ("faulthandler", "Fatal Python error: Segmentation fault", FRAMES) == (
        fact["logger"],
        fact["line"],
        fact["frames"],
    )


@given(st.lists(st.integers(1, len(CRASH) - 1), max_size=6))
def test_it_does_not_matter_how_the_bytes_come(cuts: list[int]) -> None:
    """A line may be read in pieces."""
    reader, edges = OutputReader(), [0, *sorted(cuts), len(CRASH)]
    pieces = [CRASH[a:b] for a, b in pairwise(edges)]
    facts = [fact for piece in pieces for fact in reader.feed(piece)]
    assert read(CRASH) == [*facts, *reader.rest()]


@given(st.binary(max_size=300))
def test_it_takes_any_bytes(data: bytes) -> None:
    """No output of a server breaks the reader."""
    assert isinstance(read(data), list)


@pytest.mark.parametrize(
    ("line", "logger", "kept"),
    [
        (
            "[2026-01-01 00:00:00 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)",
            "gunicorn.error",
            "WORKER TIMEOUT (pid:9)",
        ),
        (
            "[2026-01-01 00:00:00 +0000] [7] [ERROR] Worker (pid:9) was sent SIGKILL!",
            "gunicorn.error",
            "Worker (pid:9) was sent SIGKILL!",
        ),
        (
            "2026-01-01 00:00:00,000 INFO    werkzeug:  * Detected change in '/a b.py', reloading",
            "werkzeug",
            "* Detected change in '/a b.py', reloading",
        ),
    ],
)
def test_whoever_ends_a_server_is_heard(line: str, logger: str, kept: str) -> None:
    """The stamp before the words is left out."""
    (fact,) = read(line.encode() + b"\n")
    assert (logger, kept) == (fact["logger"], fact["line"])


def test_other_lines_are_not_kept() -> None:
    """Our own lines and the libraries' have events of their own."""
    assert [] == read(b"2026 INFO engineio.server: A: Sending packet PING data None\n* Running\n")


def test_a_real_crash_is_recorded(tmp_path: Path) -> None:
    """What CPython itself writes is understood; the watch reads what was appended."""
    output, events = tmp_path / "out", tmp_path / "events.jsonl"
    code = "import ctypes, faulthandler\nfaulthandler.enable()\n"
    code += "def predict():\n    ctypes.string_at(0)\npredict()\n"
    recorder = Recorder(Witness.RUNNER, events)
    watch = OutputWatch(output, recorder)
    watch.start()
    with output.open("wb") as sink:
        ended = subprocess.run([sys.executable, "-c", code], stderr=sink)
    watch.stop()
    recorder.close()
    (told,) = read_events(events).of(Kind.SERVER_LOG)
    assert (-11, "Fatal Python error: Segmentation fault") == (ended.returncode, told.data["line"])
    assert "string_at" in told.data["frames"][0]
    assert told.data["frames"][1].endswith(":4 predict")


def test_a_server_without_a_file_is_no_error(tmp_path: Path) -> None:
    """Its output may go into a pipe that nobody reads."""
    recorder = Recorder(Witness.RUNNER, tmp_path / "events.jsonl")
    watch = OutputWatch(tmp_path / "absent", recorder)
    watch.start()
    watch.stop()
    recorder.close()
    assert 0 == len(read_events(tmp_path / "events.jsonl"))
