"""Orders: JSON lines on standard input, heard beside everything else."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.edges import orders
from granite_ws.edges.orders import listen, read_order

HEARER = """
import sys, threading
if "gevent" in sys.argv:
    from gevent import monkey; monkey.patch_all()
from granite_ws.edges.orders import listen
import _thread, threading
native = _thread if "gevent" not in sys.argv else None
def act(order):
    if order["fault"] == "fails":
        raise RuntimeError("on purpose")
    print(order["fault"], flush=True)
    if order["fault"] == "last":
        import os; os._exit(0)
listen(act)
while True:  # the main thread is busy: under gevent the hub never gets to run
    sum(range(1000))
"""


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_orders_are_heard_while_the_main_thread_is_busy(mode: str) -> None:
    """A native thread hears them, also under gevent; a bad or failing order stops nothing."""
    lines = ['{"fault": "first"}', "no order", "[]", '{"fault": "fails"}', '{"fault": "last"}']
    ended = subprocess.run(
        [sys.executable, "-c", HEARER, mode],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ["first", "last"] == ended.stdout.split()
    told = ended.stderr.splitlines()
    assert 3 == len(told)
    assert all(line.startswith("order not carried out: ") for line in told)
    assert told[-1].endswith("RuntimeError: on purpose")


def test_a_terminal_gives_no_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a terminal nor a closed input is read; nothing is started."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    started: list[Any] = []
    monkeypatch.setattr(orders, "native", lambda *_: lambda *call: started.append(call))
    for source in (Terminal(), None):
        monkeypatch.setattr(sys, "stdin", source)
        listen(lambda order: None)
    assert [] == started


FOLLOWER = """
import subprocess, sys, time
from granite_ws.edges import orders
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
orders.listen(print)
print(other.pid, flush=True)
time.sleep(60)
"""


def test_a_runners_child_ends_with_its_orders() -> None:
    """At once, without a word, and what it started goes with it."""
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOWER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, orders.RUNNER_VARIABLE: "1"},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        other = psutil.Process(int(child.stdout.readline()))
        child.stdin.close()
        assert -signal.SIGKILL == child.wait(30)
    gone, _ = psutil.wait_procs([other], timeout=30)
    assert gone or other.status() == psutil.STATUS_ZOMBIE


def test_nobody_else_ends_with_its_input() -> None:
    """Started by hand, it goes on when its input is over: another line of it comes."""
    code = FOLLOWER.replace("time.sleep(60)\n", "time.sleep(0.5); print('still there')\n")
    ended = subprocess.run(
        [sys.executable, "-c", code.replace("sleep(60)", "sleep(0)")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    assert (0, "still there") == (ended.returncode, ended.stdout.splitlines()[-1])


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text()), st.text())
def test_an_order_is_read_as_it_was_written(facts: dict[str, Any], fault: str) -> None:
    """Whatever the runner says beyond the fault arrives unchanged."""
    order = {**facts, "fault": fault}
    assert order == read_order(json.dumps(order).encode())


@given(st.binary() | st.sampled_from([b"{}", b"[]", b"1", b'{"fault": 1}', b"null"]))
def test_anything_else_is_refused(line: bytes) -> None:
    """What is no order raises ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"."):
        read_order(line)
