"""Memory before an end: a ramp, flat, neither, or too little seen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from granite_ws.diagnosis.ends.memory import megabytes, memory_before
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import ended, sampled
from tests.log_builder import log


@pytest.mark.parametrize(
    ("sizes", "ramp", "flat"),
    [
        ((150, 150, 151, 152), False, True),
        ((150, 160, 250, 340), True, False),
        ((150, 250, 340, 341), False, False),  # it had stopped growing
        ((150, 190, 230, 260), False, False),  # neither much nor little
        ((400, 150, 151, 152), False, False),  # it had just let go of much
    ],
)
def test_a_ramp_grows_by_much_and_to_the_end(
    sizes: tuple[float, ...], ramp: bool, flat: bool
) -> None:
    """What is neither a ramp nor flat is neither."""
    memory = memory_before(read_timeline(log(sampled(*sizes), end := ended(-9))), end)
    assert memory is not None
    assert (ramp, flat) == (memory.ramp, memory.flat)


def test_a_host_without_memory_is_not_flat() -> None:
    """A small process may be the victim of others."""
    end = ended(-9)
    memory = memory_before(read_timeline(log(sampled(150, 150, 150, free=1e8), end)), end)
    assert memory is not None
    assert not memory.flat


def test_too_few_or_stale_looks_tell_nothing() -> None:
    """Three are needed, and the last must be fresh."""
    end = ended(-9)
    assert memory_before(read_timeline(log(sampled(150, 150), end)), end) is None
    stale = sampled(150, 150, 150, last_s=1)
    assert memory_before(read_timeline(log(stale, end)), end) is None


def test_another_process_is_not_looked_at() -> None:
    """Only samples of the process that ended count."""
    end = ended(-9)
    foreign = [replace(look, data={**look.data, "pid": 7}) for look in sampled(150, 250, 350)]
    assert memory_before(read_timeline(log(foreign, end)), end) is None


def test_bytes_for_people() -> None:
    """Millions of bytes, without decimals."""
    assert "160 MB" == megabytes(160_400_000)
