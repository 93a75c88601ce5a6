"""Who lives on after a process, and which sockets it holds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from granite_ws.edges.survivors import survivors

LIMIT_S = 20.0
# Connects to the port it is told, forks, and tells the child's pid.
FORKS = """
import os, socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(60)
"""


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_fork_and_its_inherited_connection_are_seen() -> None:
    """The leader is killed; its child lives, with the connection established."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        leader = subprocess.Popen(
            [sys.executable, "-c", FORKS, str(listener.getsockname()[1])],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert leader.stdout is not None
        child = int(leader.stdout.readline())
        try:
            accepted, _ = listener.accept()
            leader.kill()
            leader.wait()
            assert [{"pid": child, "connections": 1}] == survivors(leader.pid)
            accepted.close()
        finally:
            os.kill(child, signal.SIGKILL)
            leader.stdout.close()
    until(lambda: not psutil.pid_exists(child) or survivors(leader.pid) == [])
    assert [] == survivors(leader.pid)


def test_a_process_that_leads_no_session_leaves_nobody() -> None:
    """Only the session's own processes count."""
    assert [] == survivors(2**22 - 1)
