"""Processes forked from a warm server: like fresh ones, only sooner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from granite_ws.edges import forking
from granite_ws.edges.networks.graph import VARIABLE

LIMIT_S = 60
HERE = "tests.edges.test_forking"


@pytest.fixture(scope="module", autouse=True)
def _warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For this module alone: other tests start fresh interpreters. Without a graph, so that the
    warm server has torch, which is what a fork must be right about.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("graphs")))
        patch.setattr(forking, "_warm", False)
        forking.warm()
        yield


def tell(arguments: list[str]) -> int:
    """In the child: what it is, to its output."""
    print("argv", sys.argv[1:], arguments)
    print("torch", "torch" in sys.modules)
    print("cwd", os.getcwd(), "cpus", sorted(os.sched_getaffinity(0)))
    print("word", os.environ.get("WORD"), "session", os.getsid(0) == os.getpid())
    print("input", sys.stdin.read().strip())
    sys.stderr.write("error output\n")
    return 7


def count(_: list[str]) -> int:
    """In the child: how many threads torch computes with."""
    threads: int = sys.modules["torch"].get_num_threads()
    return threads


def sleep(_: list[str]) -> None:
    """In the child: nothing, for long."""
    time.sleep(LIMIT_S)


def echo(arguments: list[str]) -> None:
    """In the child: each line of its input, until that ends."""
    for line in sys.stdin:
        print(arguments[0], line.strip(), flush=True)


def nest(_: list[str]) -> int:
    """In the child: forks one of its own."""
    return forking.fork(f"{HERE}:tell_server", [str(os.getppid())]).wait(LIMIT_S)


def tell_server(arguments: list[str]) -> int:
    """In the child's child: 5 where its parent is the same server and torch is there."""
    return 5 if os.getppid() == int(arguments[0]) and "torch" in sys.modules else 6


def leave(arguments: list[str]) -> None:
    """In the child: ends with this exit code."""
    raise SystemExit(int(arguments[0]))


def test_a_child_is_what_was_asked_for(tmp_path: Path) -> None:
    """Arguments, environment, cores, input, outputs, folder, a session of its own, exit code."""
    child = forking.fork(
        f"{HERE}:tell",
        ["a", "b"],
        output=tmp_path / "out",
        stdin=True,
        environment={**os.environ, "WORD": "spoken"},
        cpus=[0],
    )
    assert child.stdin is not None
    child.stdin.write(b"hello\n")
    child.stdin.close()
    assert child.wait(LIMIT_S) == 7
    said = (tmp_path / "out").read_text().splitlines()
    assert sorted(said) == sorted(
        [
            "argv ['a', 'b'] ['a', 'b']",
            "torch True",
            f"cwd {os.getcwd()} cpus [0]",
            "word spoken session True",
            "input hello",
            "error output",
        ]
    )


@pytest.mark.parametrize("told", [{}, {"OMP_NUM_THREADS": "1"}])
def test_a_child_computes_with_its_own_cores(told: dict[str, str]) -> None:
    """As many threads as a fresh interpreter would have there, not as the warm server has."""
    cpus = None if told else [0]
    child = forking.fork(f"{HERE}:count", [], environment={**os.environ, **told}, cpus=cpus)
    assert child.wait(LIMIT_S) == 1


def test_a_child_forks_from_the_same_server() -> None:
    """What a kernel does for its session's server and clients; they, too, find torch there."""
    assert forking.fork(f"{HERE}:nest", []).wait(LIMIT_S) == 5


def test_ends_are_told_as_a_popen_tells_them() -> None:
    """None while it runs, the signal's negative afterwards, to every thread that asks."""
    child = forking.fork(f"{HERE}:sleep", [])
    assert child.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.01)
    child.terminate()
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: child.wait(LIMIT_S), range(4)))
    assert [-signal.SIGTERM] * 4 == codes
    assert child.returncode == -signal.SIGTERM
    child.kill()  # one that is gone gets no signal


def test_an_input_ends_with_its_writer_although_siblings_live(tmp_path: Path) -> None:
    """No child holds another one's pipe open."""
    first = forking.fork(f"{HERE}:echo", ["first"], output=tmp_path / "first", stdin=True)
    second = forking.fork(f"{HERE}:echo", ["second"], output=tmp_path / "second", stdin=True)
    assert first.stdin is not None
    assert second.stdin is not None
    first.stdin.write(b"1\n")
    first.stdin.close()
    assert first.wait(LIMIT_S) == 0
    assert second.poll() is None
    second.stdin.write(b"2\n")
    second.stdin.close()
    assert second.wait(LIMIT_S) == 0
    assert "second 2" in (tmp_path / "second").read_text()


def test_many_threads_may_fork_at_once() -> None:
    """Each gets its own child and its own exit code."""
    with ThreadPoolExecutor(6) as pool:
        codes = list(
            pool.map(lambda n: forking.fork(f"{HERE}:leave", [str(n)]).wait(LIMIT_S), range(12))
        )
    assert list(range(12)) == codes


def test_nothing_outlives_an_owner_that_was_killed(tmp_path: Path) -> None:
    """The process that warmed the server is killed with SIGKILL: its grandchildren go, too."""
    code = (
        "import sys, time\n"
        "from granite_ws.edges import forking\n"
        "if __name__ == '__main__':\n"
        "    forking.warm()\n"
        f"    print(forking.fork('{HERE}:sleep', []).pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    script = tmp_path / "owner.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert runs(pid)
        owner.kill()
    deadline = time.monotonic() + LIMIT_S
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(pid)


def runs(pid: int) -> bool:
    """Whether it does more than wait for whoever adopted it to ask for its exit code."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_can_be_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """GRANITE_WS_START=fresh: no warm server is used."""
    monkeypatch.setenv(forking.VARIABLE, "fresh")
    assert not forking.available()
