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

# A client refuses a message within milliseconds of its arrival (measured: 2 to 30 ms on loopback);
# this leaves room for a network and a busy client (seconds).
REFUSAL_WINDOW_S = 2.0

# Binary parts in one message that a JavaScript client takes (socket.io-parser 4.2.6 and later,
# ``maxAttachments``), and packets in one poll or POST (engineio ``Payload.max_decode_packets``).
MOST_ATTACHMENTS = 10
MOST_PACKETS = 16

# Two emits so near to each other may have been queued through each other (seconds; an emit to one
# client was measured at 0.1 to 5 ms with the libraries' logging on).
INTERLEAVE_WINDOW_S = 0.05

# What was under way when something broke may still arrive for so long (seconds, loopback and LAN).
IN_FLIGHT_S = 0.5

# websocket-client checks the UTF-8 of a text in pure Python: measured at 2.5 to 5.5 MB/s. Below
# this size (bytes) that is less than 0.4 s and drops nobody.
LONG_TEXT_BYTES = 1_000_000

# A PING that reached the writer within this time was not behind a queue (seconds; measured: under
# 1 ms when idle, 60 ms behind the writing of 12 MB).
PROMPT_WRITE_S = 0.5

# A client that only waits for bytes uses 0 to 5 % of a core; one that checks a text all of it,
# unless others share the core (percent, mean over the time; measured: 38 to 100).
BUSY_CLIENT_PERCENT = 25.0

# A client that is behind: the last message before its loss was so late (seconds; on loopback and
# LAN it is milliseconds), and later than the first after the PING by so much (seconds; measured:
# 1.0 to 1.6 s at two and a half times what the line carries). Fewer arrivals show no trend.
BACKLOG_LATE_S = 1.0
BACKLOG_GROWTH_S = 0.3
BACKLOG_ARRIVALS = 3
