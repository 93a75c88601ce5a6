"""Every threshold and expectation of the diagnosis, each with its unit, reason and origin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """What the seed document expects of one figure, from ``low`` to ``high`` in ``unit``."""

    what: str
    unit: str
    low: float
    high: float


# The seed's table "expected metrics", in its order. Its sizes are kilobytes of 1,000 bytes.
EXPECTED_LOAD = Range("Granite: model loading, first time", "s", 5.0, 15.0)
EXPECTED_CPU = Range("Granite: prediction of 96 steps, CPU", "s", 2.0, 5.0)
EXPECTED_GPU = Range("Granite: prediction of 96 steps, GPU", "s", 0.5, 2.0)
EXPECTED_SIZE = Range("Granite: response per prediction", "bytes", 5_000, 20_000)
EXPECTED_FALLBACK = Range("Exponential smoothing: prediction", "s", 0.1, 0.5)
EXPECTED_FALLBACK_SIZE = Range("Exponential smoothing: response", "bytes", 5_000, 10_000)

# Below this much free memory the kernel may end a process at any moment (bytes; a rule of thumb:
# granite-tsfm with torch was measured at about 0.6 GB resident).
LOW_MEMORY_BYTES = 500_000_000

# A loopback or LAN round trip is milliseconds; the heartbeat only suffers when one takes a good
# part of ping_timeout. Half of it is called unstable (share of ping_timeout).
SLOW_ROUND_TRIP_SHARE = 0.5

# The server's end precedes the drops it causes by far less than this (seconds; measured: the
# client's TCP closes within milliseconds of a killed server).
SERVER_END_WINDOW_S = 2.0
