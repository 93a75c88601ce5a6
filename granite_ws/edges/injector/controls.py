"""How the controls are carried out: load that a healthy server bears."""

from __future__ import annotations

import ctypes
import secrets
import threading

import numpy as np

from granite_ws.edges.injector.stage import Act, Prepare, SceneAct, ServerStage

_THREADS = 8
_SIDE = 300  # of the matrices: about 5 ms each on one core
_PAYLOAD_BYTES = 500_000
_PERIOD_S = 0.5


def _predict_long(stage: ServerStage, seconds: float) -> None:
    """Native code that gives the interpreter lock back while it works (``ctypes.CDLL`` does)."""
    clock = stage.recorder.clock
    begun = clock.now_ns()
    while (left := seconds - (clock.now_ns() - begun) / 1e9) > 0:
        ctypes.CDLL(None).usleep(int(min(left, 0.9) * 1e6))
    stage.effect("seconds in native code", seconds)


def _multiply_in_threads(stage: ServerStage, seconds: float) -> None:
    clock = stage.recorder.clock
    deadline = clock.now_ns() + int(seconds * 1e9)
    done = [0] * _THREADS

    def work(number: int) -> None:
        matrix = np.random.default_rng(number).normal(size=(_SIDE, _SIDE))
        while clock.now_ns() < deadline:
            np.dot(matrix, matrix)
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.effect("matrices multiplied", sum(done))


def _emit_large(stage: ServerStage, seconds: float) -> None:
    count = max(int(seconds / _PERIOD_S), 1)
    for _ in range(count):
        stage.emit("large", {"text": secrets.token_hex(_PAYLOAD_BYTES // 2)})
        stage.recorder.clock.sleep(_PERIOD_S)
    stage.effect("bytes emitted", count * _PAYLOAD_BYTES)


PREPARE: dict[str, Prepare] = {}
ACTS: dict[str, Act] = {
    "long_prediction": _predict_long,
    "eight_busy_threads": _multiply_in_threads,
    "large_payloads": _emit_large,
}
SCENES: dict[str, SceneAct] = {}
