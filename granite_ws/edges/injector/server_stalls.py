"""How a server is kept from running: from within, and by signals and load from outside."""

from __future__ import annotations

import ctypes
import gc
import threading
from typing import Any

import numpy as np

from granite_ws.contract import StrictJson
from granite_ws.edges.async_mode import GEVENT, native
from granite_ws.edges.injector import outside
from granite_ws.edges.injector.stage import Act, Prepare, SceneAct, ServerStage
from granite_ws.faults import BY_NAME

# Encoded in one go to learn how fast this machine does it; the real message follows from that.
_SAMPLE_FLOATS = 200_000
_LEAST_SAMPLES = 5  # 20 MB of JSON, whatever the machine's speed
_HEAP_OBJECTS = 1_000_000
_SAMPLE_LISTS = 5
_HEAP_BYTES = 3_000_000_000  # a heap's largest size, whatever the machine's speed
_POINTER_BYTES = 8
_THREADS = 96
_NAP_S = 0.05


def _hold_gil(stage: ServerStage, seconds: float) -> None:
    """C code that keeps the GIL: ``usleep`` called through PyDLL, which does not release it."""
    begun = stage.recorder.clock.now_ns()
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    stage.effect("seconds with the GIL held", _since(stage, begun))


# ------------------------------------------------------------------------- the loop, the hub


def _block_loop(stage: ServerStage, seconds: float) -> None:
    """A coroutine that sleeps as a thread would: it never gives the loop back meanwhile."""
    done = threading.Event()

    async def handle() -> None:
        _sleep_natively(stage, seconds, "seconds that the event loop was kept")
        done.set()

    loop = stage.loop
    loop.call_soon_threadsafe(lambda: loop.create_task(handle()))
    done.wait(seconds + 10)


class _Hub:
    """The main thread's gevent hub, kept for a thread that is not the main one."""

    loop: Any = None


def _find_hub(stage: ServerStage) -> None:
    """In the main thread, whose hub serves: a call from another thread would get its own."""
    if stage.settings.async_mode == GEVENT:
        from gevent import get_hub

        _Hub.loop = get_hub().loop


def _block_hub(stage: ServerStage, seconds: float) -> None:
    """A greenlet calls what gevent has not patched, as a database driver in C does."""
    from gevent import spawn

    done = native("_thread", "allocate_lock")()
    done.acquire()

    def work() -> None:
        _sleep_natively(stage, seconds, "seconds that the hub was kept")
        done.release()

    def wait() -> None:
        done.acquire(True, seconds + 10)

    _Hub.loop.run_callback_threadsafe(spawn, work)
    wait()


def _sleep_natively(stage: ServerStage, seconds: float, what: str) -> None:
    begun = stage.recorder.clock.now_ns()
    native("time", "sleep")(seconds)
    stage.effect(what, _since(stage, begun))


# -------------------------------------------------------------- work that keeps the lock long


def _encode_hugely(stage: ServerStage, seconds: float) -> None:
    """One message of so many numbers that encoding it takes this long on this machine."""
    clock = stage.recorder.clock
    sample = np.random.default_rng(stage.settings.seed).random(_SAMPLE_FLOATS).tolist()
    begun = clock.now_ns()
    text = StrictJson.dumps(sample)
    times = max(int(seconds / _since(stage, begun)) + 1, _LEAST_SAMPLES)
    values = sample * times
    begun = clock.now_ns()
    # To a room in which nobody is: what happens when clients get so much is another fault.
    stage.emit("history", {"values": values}, to="archive")
    stage.effect("seconds for one emit", _since(stage, begun))
    stage.effect("bytes of JSON, about", len(text) * times)


_heap: list[Any] = []


def _fill_heap(stage: ServerStage) -> None:
    """So many references that one collection takes the fault's length on this machine."""
    wanted = stage.settings.fault_seconds or BY_NAME[stage.settings.fault].seconds
    gc.disable()  # else the filling itself is interrupted by collections, again and again
    try:
        rows = [[number] for number in range(_HEAP_OBJECTS)]
        empty = _collect(stage)
        # References in another order than the objects' in memory: each visit is a cache miss.
        order = np.random.default_rng(stage.settings.seed).permutation(_HEAP_OBJECTS)
        rows = [rows[number] for number in order.tolist()]
        _heap.extend(list(rows) for _ in range(_SAMPLE_LISTS))
        each = (_collect(stage) - empty) / _SAMPLE_LISTS
        count = int((wanted - empty) / max(each, empty / 20)) + 1
        most = _HEAP_BYTES // (_HEAP_OBJECTS * _POINTER_BYTES)
        _heap.extend(list(rows) for _ in range(min(count, most)))
    finally:
        gc.enable()


def _collect(stage: ServerStage) -> float:
    begun = stage.recorder.clock.now_ns()
    gc.collect()
    return _since(stage, begun)


def _collect_garbage(stage: ServerStage, _seconds: float) -> None:
    """What people write after a prediction "to free memory"."""
    stage.effect("seconds of one collection", _collect(stage))
    _heap.clear()


def _compute_in_threads(stage: ServerStage, seconds: float) -> None:
    """Pure Python in many threads; each waits for its turn of 5 ms, and so does the heartbeat."""
    clock, gate = stage.recorder.clock, threading.Event()
    deadline_ns = 0

    def work() -> None:
        gate.wait()
        total = 0.0
        while clock.now_ns() < deadline_ns:
            for number in range(2_000):
                total += number * 0.5

    threads = [threading.Thread(target=work, name=f"worker-{n}") for n in range(_THREADS)]
    for thread in threads:
        thread.start()
    deadline_ns = clock.now_ns() + int(seconds * 1e9)
    gate.set()
    late: list[float] = []
    while not late or clock.now_ns() < deadline_ns:
        begun = clock.now_ns()
        clock.sleep(_NAP_S)
        late.append(_since(stage, begun) - _NAP_S)
    for thread in threads:
        thread.join()
    stage.effect("mean seconds that a nap came late", sum(late) / len(late))


def _since(stage: ServerStage, begun_ns: int) -> float:
    return float(stage.recorder.clock.now_ns() - begun_ns) / 1e9


PREPARE: dict[str, Prepare] = {"green_hub_blocked": _find_hub, "gc_pause": _fill_heap}
ACTS: dict[str, Act] = {
    "gil_held_native": _hold_gil,
    "pyclient_write_idle": _hold_gil,
    "asyncio_loop_blocked": _block_loop,
    "green_hub_blocked": _block_hub,
    "json_stall": _encode_hugely,
    "gc_pause": _collect_garbage,
    "gil_contention": _compute_in_threads,
}
SCENES: dict[str, SceneAct] = {
    "server_suspended": outside.suspend,
    "cpu_starvation": outside.starve,
}
