"""Processes forked from a warm server: it has imported everything, and has run nothing.

Importing what a kernel and a server need takes seconds of a core, with torch and granite-tsfm five
to nine, each time. Here it happens once: ``multiprocessing``'s fork server (standard library)
imports ``granite_ws.preloaded`` and then forks whatever is asked for in some ten milliseconds.
Such a child knows the server's address, so the kernel of a notebook forks its session's server
and clients from the very same one.

Linux only; elsewhere, or with ``GRANITE_WS_START=fresh``, each process is a fresh interpreter.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import connection, forkserver, process
from pathlib import Path
from queue import Queue
from typing import Any, BinaryIO

VARIABLE = "GRANITE_WS_START"
_PRELOADED = "granite_ws.preloaded"
_PR_SET_NAME, _PR_SET_PDEATHSIG = 15, 1

_lock = threading.Lock()
_warm = False


def supported() -> bool:
    """Whether this system can, and the user does not forbid it."""
    return sys.platform == "linux" and os.environ.get(VARIABLE) != "fresh"


def available() -> bool:
    """Whether there is a warm server to fork from: this process warmed one, or is its child."""
    return supported() and _warm


def warm() -> None:
    """Starts the server and returns when it has imported everything; does nothing where it runs,
    or where it is not supported. A server that could not import everything is not used.
    """
    global _warm
    with _lock:
        if _warm or not supported():
            return
        started: Queue[bool] = Queue()
        # The system watches over the thread that started the server, not over its process: this
        # one lives as long as the process does.
        keeper = threading.Thread(target=_keep, args=(started,), name="fork server", daemon=True)
        keeper.start()
        _warm = started.get()


def _keep(started: Queue[bool]) -> None:
    try:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([_PRELOADED])
        child = _start(_Birth(f"{__name__}:_is_cold"))
        child.join()
        started.put(child.exitcode == 0)
    except OSError:
        started.put(False)
    threading.Event().wait()


def fork(
    target: str,
    arguments: Sequence[str],
    *,
    output: Path | None = None,
    stdin: bool = False,
    environment: Mapping[str, str] | None = None,
    cpus: Collection[int] | None = None,
) -> Forked:
    """Starts ``module:function`` in a new process, in a session of its own.

    The function is called with the arguments; what it returns, or ``SystemExit``, is the exit
    code. It works in this process's folder.

    output:      both its outputs are appended here (None: thrown away).
    stdin:       whether it is given a pipe to read from, else it reads nothing.
    environment: the whole of it (None: this process's).
    cpus:        the cores that it may use (None: those of this thread).

    It is killed when the warm server ends, and that one when the process ends that warmed it,
    whatever ended it: nothing is left behind by a kill.
    """
    reader, writer = connection.Pipe(duplex=False) if stdin else (None, None)
    birth = _Birth(
        target,
        tuple(arguments),
        None if output is None else str(output),
        reader,
        dict(os.environ if environment is None else environment),
        cpus=tuple(os.sched_getaffinity(0) if cpus is None else cpus),
    )
    with _lock:
        child = _start(birth)
    if reader is not None:
        reader.close()
    return Forked(child, None if writer is None else os.fdopen(os.dup(writer.fileno()), "wb", 0))


class Forked:
    """A forked process, with what callers use of ``subprocess.Popen``."""

    stdout = stderr = None

    def __init__(self, child: Any, stdin: BinaryIO | None) -> None:
        self._child = child
        self.pid: int = child.pid
        self.stdin = stdin

    @property
    def returncode(self) -> int | None:
        """The exit code (negative: the signal) if it is known by now."""
        return self.poll()

    def poll(self) -> int | None:
        """The exit code (negative: the signal), None while it runs."""
        # The code is read from a pipe, and is there once: two readers must not meet, and
        # whoever starts a process makes multiprocessing read the codes of all others.
        with _lock:
            code: int | None = self._child.exitcode
            return code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code once it has ended. Raises subprocess.TimeoutExpired."""
        connection.wait([self._child.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(f"forked process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """One that has ended gets none: its id may be another's by now."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class _Birth:
    """All that a child needs to know, as it is sent through the fork server."""

    target: str
    arguments: tuple[str, ...] = ()
    output: str | None = None
    stdin: Any = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: str = field(default_factory=os.getcwd)
    cpus: tuple[int, ...] = field(default_factory=lambda: tuple(os.sched_getaffinity(0)))


def _share_the_server() -> None:
    """Has this child fork from the server that it was forked from.

    ``multiprocessing`` means to do so ("a child process will just reuse the forkserver started by
    its parent"), but looks for the server among its own children, finds none, and starts another
    one, which has imported nothing.
    """
    server: Any = forkserver._forkserver  # type: ignore[attr-defined, unused-ignore]
    server.ensure_running = lambda: None


def _start(birth: _Birth) -> Any:
    # multiprocessing forbids children to processes that it calls daemons, so that none is left
    # when they are killed. A Dask worker is one; what is forked here ends with the fork server.
    process.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    context = multiprocessing.get_context("forkserver")
    child = context.Process(target=_become, args=(birth,), daemon=True)
    child.start()
    return child


# ------------------------------------------------------------------------------ in the child


def _become(birth: _Birth) -> None:
    global _warm, _lock
    _warm, _lock = True, threading.Lock()
    process.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    _share_the_server()
    os.setsid()
    die_with_parent(birth.target.partition(":")[0])
    _take_outputs(birth.output)
    _take_input(birth.stdin)
    os.environ.clear()
    os.environ.update(birth.environment)
    os.chdir(birth.folder)
    os.sched_setaffinity(0, birth.cpus)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _seed_anew()
    _count_cores_anew()
    module, _, name = birth.target.partition(":")
    sys.argv = [module, *birth.arguments]
    sys.exit(getattr(import_module(module), name)(list(birth.arguments)))


def die_with_parent(name: str) -> None:
    """Has this process killed when the thread ends that started it; ``ps`` shows it by the last
    part of the name.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NAME, name.rpartition(".")[2].encode()[:15])


def _take_outputs(path: str | None) -> None:
    sink = os.open(path or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number in (1, 2):
        os.dup2(sink, number)
    os.close(sink)


def _take_input(pipe: Any) -> None:
    """Real descriptor 0: libraries and orders read from there."""
    source = os.open(os.devnull, os.O_RDONLY) if pipe is None else os.dup(pipe.fileno())
    os.dup2(source, 0)
    os.close(source)
    if pipe is not None:
        pipe.close()
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)


def _seed_anew() -> None:
    """A fork has its parent's random numbers; a fresh interpreter would not."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _count_cores_anew() -> None:
    """torch has counted the warm server's cores; a fresh interpreter would take the variable's
    word, or count its own. Two threads on one core are slower than one.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isascii() and told.isdigit() and int(told):
        torch.set_num_threads(int(told))
    else:
        own = len(os.sched_getaffinity(0))
        torch.set_num_threads(min(own, torch.get_num_threads()))


def _is_cold(_: list[str]) -> int:
    """What ``warm`` forks to learn whether the server is there and has imported everything: the
    server itself says nothing where it could not.
    """
    return int(_PRELOADED not in sys.modules)
