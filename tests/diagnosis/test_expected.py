"""The seed's expected metrics beside the measured ones."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.expected import Metric, compare_metrics
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import event, log

# The seed's table, in its order: low, high, unit.
SEED = [
    (5, 15, "s"),
    (2, 5, "s"),
    (0.5, 2, "s"),
    (5_000, 20_000, "bytes"),
    (0.1, 0.5, "s"),
    (5_000, 10_000, "bytes"),
]
LOAD, CPU, GPU, SIZE, FALLBACK, FALLBACK_SIZE = range(6)


def metrics(*events: Event) -> tuple[Metric, ...]:
    return compare_metrics(read_timeline(log(*events)))


def ready(device: str, seconds: float = 8.0, engine: str = "granite-demo") -> Event:
    return event(1, Kind.MODEL_READY, engine=engine, model="m", device=device, seconds=seconds)


def test_the_rows_are_the_seeds() -> None:
    """Six rows with the seed's ranges; nothing measured says so."""
    rows = metrics()
    assert SEED == [(m.expected.low, m.expected.high, m.expected.unit) for m in rows]
    assert {("not measured", None, 0)} == {(m.comparison, m.measured, m.count) for m in rows}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.01, "faster than expected"),
        (2.0, "as expected"),
        (3.0, "as expected"),
        (5.0, "as expected"),
        (9.0, "slower than expected"),
    ],
)
def test_times_are_compared(seconds: float, words: str) -> None:
    """Below, within and above the range of a CPU prediction; both ends belong to it."""
    rows = metrics(ready("cpu"), event(2, Kind.ENGINE_DONE, seconds=seconds))
    assert (words, "not measured") == (rows[CPU].comparison, rows[GPU].comparison)


def test_a_gpu_has_its_own_row() -> None:
    """On CUDA the prediction counts for the GPU's row only."""
    rows = metrics(ready("cuda"), event(2, Kind.ENGINE_DONE, seconds=1.0))
    assert ("not measured", "as expected") == (rows[CPU].comparison, rows[GPU].comparison)


def test_sizes_belong_to_their_engine() -> None:
    """A smoothing reply counts for the fallback's rows, a Granite reply for Granite's."""
    rows = metrics(
        event(1, Kind.RESULT_MEASURED, bytes=30_000, engine="granite-hub"),
        event(2, Kind.RESULT_MEASURED, bytes=1_000, engine="exponential-smoothing"),
        event(3, Kind.FALLBACK_DONE, seconds=0.2),
    )
    assert ("larger than expected", "smaller than expected", "as expected") == (
        rows[SIZE].comparison,
        rows[FALLBACK_SIZE].comparison,
        rows[FALLBACK].comparison,
    )


def test_the_measured_figure_is_the_median() -> None:
    """One slow outlier does not decide."""
    times = [event(n, Kind.ENGINE_DONE, seconds=s) for n, s in enumerate((3.0, 3.1, 90.0), 2)]
    row = metrics(ready("cpu"), *times)[CPU]
    assert (3.1, 3, "as expected") == (row.measured, row.count, row.comparison)


def test_smoothing_alone_loads_no_model() -> None:
    """MODEL_READY of the smoothing engine is not a loaded Granite model."""
    assert 0 == metrics(ready("cpu", engine="exponential-smoothing"))[LOAD].count
