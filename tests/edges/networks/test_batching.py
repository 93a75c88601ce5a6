"""Forecasts that are asked for at the same time are computed together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from granite_ws import Settings
from granite_ws.edges.networks import batching
from granite_ws.edges.networks.batching import BatchedNetwork
from granite_ws.edges.networks.network import open_network
from tests.edges.networks.network_lab import CONTEXT, demo

_LIMIT_S = 30


class Gated:
    """A network that doubles its windows, each run only when it is let."""

    runtime, device = "gated", "cpu"

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.batches: list[int] = []

    def forecast(self, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        assert values.shape == mask.shape
        self.batches.append(len(values))
        self.begun.release()
        assert self.gate.acquire(timeout=_LIMIT_S)
        if (values < 0).any():
            raise FloatingPointError("a negative window")
        return values * 2


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> Gated:
    """On a machine with one core: one run at a time."""
    monkeypatch.setattr(batching, "usable_cores", lambda: [0])
    return Gated()


def ask(batched: BatchedNetwork, number: float) -> np.ndarray:
    return batched.forecast(np.full((1, 4), number), np.ones((1, 4)))


def waiting(batched: BatchedNetwork, count: int) -> None:
    """Returns once so many wait."""
    until = threading.Event()
    for _ in range(_LIMIT_S * 100):
        if len(batched._waiting) == count:
            return
        until.wait(0.01)
    raise AssertionError(f"{len(batched._waiting)} wait, not {count}")


def begin(gated: Gated, pool: ThreadPoolExecutor, numbers: list[float], most: int) -> Any:
    """One run is under way, and the others wait behind it, in order."""
    batched = BatchedNetwork(gated, Settings(batch_windows=most))
    asked = []
    for place, number in enumerate(numbers):
        asked.append(pool.submit(ask, batched, number))
        if place == 0:
            assert gated.begun.acquire(timeout=_LIMIT_S)
        else:
            waiting(batched, place)
    for _ in numbers:
        gated.gate.release()
    return batched, asked


def test_who_comes_meanwhile_is_the_next_batch(gated: Gated) -> None:
    """At most ``batch_windows`` of them in one, in their order, and each gets his own rows."""
    with ThreadPoolExecutor(8) as pool:
        batched, asked = begin(gated, pool, [1, 2, 3, 4, 5, 6], most=4)
        answers = [one.result(_LIMIT_S)[0, 0] for one in asked]
    assert [2, 4, 6, 8, 10, 12] == answers
    assert [1, 4, 1] == gated.batches
    assert 1 == batched._free_runs


def test_an_error_is_everybodys_who_was_in_the_batch(gated: Gated) -> None:
    """And nobody's else; the next run goes on."""
    with ThreadPoolExecutor(8) as pool:
        _, asked = begin(gated, pool, [1, -2, 3, 4], most=2)
        errors = [type(one.exception(_LIMIT_S)) for one in asked]
    none = type(None)
    assert [none, FloatingPointError, FloatingPointError, none] == errors


class Ended(BaseException):
    """As gevent ends a greenlet."""


def test_who_is_ended_on_the_way_leaves_nobody_waiting(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """His company gets an error, and who comes later is served."""
    compute = BatchedNetwork._compute

    def ended(self: BatchedNetwork, batch: list[Any]) -> None:
        if len(batch) == 2:
            raise Ended
        compute(self, batch)

    monkeypatch.setattr(BatchedNetwork, "_compute", ended)
    with ThreadPoolExecutor(8) as pool:
        batched, asked = begin(gated, pool, [1, 2, 3], most=2)
        errors = [type(one.exception(_LIMIT_S)) for one in asked]
        assert 8 == pool.submit(ask, batched, 4).result(_LIMIT_S)[0, 0]
    assert [type(None), Ended, RuntimeError] == errors


def test_a_real_network_gives_each_asker_what_it_gives_him_alone() -> None:
    """Forty threads, forty windows, ONNX Runtime."""
    windows = np.random.default_rng(0).normal(size=(40, CONTEXT))
    mask = np.ones((1, CONTEXT))
    alone = open_network(demo(), Settings(runtime="onnx", batch_windows=1)).network
    together = open_network(demo(), Settings(runtime="onnx")).network
    assert isinstance(together, BatchedNetwork)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda window: together.forecast(window[None], mask), windows))
    expected = alone.forecast(windows, np.ones_like(windows))
    assert np.concatenate(answers) == pytest.approx(expected, abs=1e-4)


def test_the_pipeline_is_not_batched() -> None:
    """It computes a batch window by window: company would only be waited for."""
    assert (
        "PipelineNetwork"
        == type(open_network(demo(), Settings(runtime="pipeline")).network).__name__
    )
