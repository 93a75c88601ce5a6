"""Every threshold and expectation of the diagnosis, each with its unit, reason and origin."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.phrase import say


@dataclass(frozen=True)
class Range:
    """What the seed document expects of one figure, from ``low`` to ``high`` in ``unit``."""

    what: str
    unit: str
    low: float
    high: float


# The seed's table "expected metrics", in its order. Its sizes are kilobytes of 1,000 bytes.
EXPECTED_LOAD = Range(say("Granite: model loading, first time"), "s", 5.0, 15.0)
EXPECTED_CPU = Range(say("Granite: prediction of 96 steps, CPU"), "s", 2.0, 5.0)
EXPECTED_GPU = Range(say("Granite: prediction of 96 steps, GPU"), "s", 0.5, 2.0)
EXPECTED_SIZE = Range(say("Granite: response per prediction"), "bytes", 5_000, 20_000)
EXPECTED_FALLBACK = Range(say("Exponential smoothing: prediction"), "s", 0.1, 0.5)
EXPECTED_FALLBACK_SIZE = Range(say("Exponential smoothing: response"), "bytes", 5_000, 10_000)

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

# Both sides learn of a TCP connection that was ended between them within milliseconds (measured:
# 1 to 15 ms on loopback, on two busy cores); this leaves room for a network (seconds).
CUT_WINDOW_S = 0.5

# A proxy's clock is exact: idle and connection ages at a cut were measured to spread by 3 to 60 ms
# on loopback. Chance ages spread by far more (seconds).
CONSTANT_AGE_SPREAD_S = 0.3

# A stall this long before a handshake may have kept the client waiting for it (seconds; measured:
# a handshake 0.35 s late after a stall of 0.42 s that ended 0.06 s before it).
OPENING_S = 1.0

# Losses further apart than this are several events, nearer ones may be one (seconds). A constant
# age needs two such events where traffic moved the cut about, three where it was to no avail.
APART_S = 1.0
CONSTANT_IDLE_LOSSES = 2
CONSTANT_AGE_LOSSES = 3

# A stall of less than this is no reason for a loss whose limits are whole seconds (seconds).
NO_STALL_S = 0.5

# A client that answers a PING in this time stands by (seconds; measured: under 1 ms, 20 ms busy).
PROMPT_PONG_S = 0.2

# A client gave up by a rule when it did so within this of the rule's end (seconds; measured: 2 to
# 60 ms after it, 0.2 s on two cores with twenty processes).
SAME_MOMENT_S = 0.5

# An interval is no whole number of seconds when every PING comes later by at least this (seconds;
# measured: 1 to 15 ms late on a healthy, busy server).
INTERVAL_SLACK_S = 0.1

# The way takes "the same" time when its round trips spread by less than this share of the mean;
# under load on two cores a constant 1 s was measured at 1.00 to 1.03 s.
SAME_TRIP_SHARE = 0.25

# The wall clock is slewed by at most 0.5 ms/s (NTP); a jump of this is a step (seconds).
CLOCK_STEP_S = 0.5

# A server that knows a session refuses no request for it: refusals this soon after its handshake
# came from another one (seconds; measured: 4 to 40 ms).
REFUSED_AT_ONCE_S = 2.0

# So long may data that was emitted still be under way before a PING (seconds), and so many packets
# may wait before it without holding it up (a message of a feed, its greeting, a status).
UNDER_WAY_S = 5.0
FEW_PACKETS = 4

# Stalls so near to each other are one standstill to a client (seconds; a heartbeat beats every
# 0.05 s, and under load a beat or two slip in between).
STALL_GAP_S = 0.3

# A look at the stacks is written once Python runs again, under contention a second later
# (seconds; measured: 0.02 to 1.1).
LATE_LOOK_S = 2.0

# What makes up this share of a standstill is what it was (share; measured: the processor was
# waited for in 0.97 to 1.0 of a starved server's stalls, 0.0 to 0.1 of any other; the collector
# ran in 0.82 of its own).
MOST_OF = 0.5

# A process that computes gets at least this share of a core, even among many others; one that is
# stopped or waits gets next to none (share; measured: 0.45 at a load of 10 a core, 0.02 stopped).
ON_A_PROCESSOR = 0.2

# A client's timer that fires so late or early still counts as its deadline (seconds; measured on
# two shared cores: up to 0.4).
TIMER_LATE_S = 1.0

# How far the beginning of a stall is known (seconds; measured: the heartbeat reads a stall 20 ms
# short, 45 ms in the 90th percentile), with the last packets still under way.
STALL_BLUR_S = 0.3

# A client that waits whole seconds is not lost by a standstill of less than this; where it waits
# less, its own numbers are the trouble (seconds; measured: 0.3 to 0.8 s on a busy machine beside
# drops that a ping_timeout of 0.5 s or a ping_interval of 1.9 s had made by themselves).
SHORTEST_BLAMED_S = 1.0

# From so many threads that all have something to do, it is their number that makes each wait
# (measured with 5 ms a turn: 16 drop few, 64 nearly all; a prediction or two are far below).
MANY_BUSY_THREADS = 8

# A message from which encoding takes a good part of a second (bytes; measured: 39 to 43 MB/s).
HUGE_MESSAGE_BYTES = 5_000_000

# A disconnect handler takes milliseconds; a look is taken when one takes this long (seconds, as
# ``CLOSING_S`` of the taps).
SLOW_DISCONNECT_S = 1.0

# A log line of this size takes a good part of a second in a handler that sends 1 MB/s (bytes);
# the library's other lines have a few hundred.
LARGE_LINE_BYTES = 1_000_000

# A large message that was logged in one go began at most so long before the last PONG that was
# still recorded: PONGs are recorded before they wait for the log (seconds).
LOGGED_BEFORE_S = 2.0

# A receive loop that falls over an error ends its connection in the same thread (seconds;
# measured: 1 to 3 ms).
FELL_OVER_S = 0.5

# A Python client waits this long for the answer to its first request (seconds; python-engineio
# ``request_timeout``), and an attempt begins a moment before it is sent.
REQUEST_PATIENCE_S = 5.0
ATTEMPT_SLACK_S = 0.3

# Refused sessions, and measured intervals or round trips, that make a rule and not an accident.
FEW_REFUSALS = 2
FEW_INTERVALS = 2

# One way that alone takes this share of ping_timeout is what matters (without unit).
LONG_WAY_SHARE = 0.25

# A client that could not run: of the time that it stood still, at least this share went into work
# or into waiting for a core (share; measured: 0.99 to 1.0, of it 0.4 work on two cores that three
# want, 0.09 on two that thirty want), and one that was not run at all used less than this of it
# (share; measured: 0.00006).
BUSY_STALL_SHARE = 0.7
WORKING_STALL_SHARE = 0.05
IDLE_STALL_SHARE = 0.05

# A client answers a PING before it is blocked, or not at all: its stall begins at the latest this
# long after the PING was written, and lasts until this shortly before the loss (seconds).
STALL_SLACK_S = 0.3

# The server's own code that ends a connection is seen by its client within milliseconds; this
# leaves room for a network and a busy client (seconds).
CALL_WINDOW_S = 5.0

# The memory of a server before it was killed is looked at for this long (seconds: ten samples),
# and the last sample must be this fresh (seconds; one is taken each second, later when busy).
MEMORY_WINDOW_S = 10.0
FRESH_SAMPLE_S = 2.5

# Growth in that time that looks like the way to the kernel's OOM killer (bytes; a healthy server
# grew by 50 MB, when its first forecast imported statsmodels), and what each of the last two
# samples must add, so that it grew to the very end (bytes).
MEMORY_RAMP_BYTES = 150_000_000
MEMORY_STEP_BYTES = 10_000_000
# Growth below which memory explains no kill (bytes; twice the healthy growth above).
MEMORY_FLAT_BYTES = 100_000_000

# From gunicorn's WORKER TIMEOUT to the worker's end: SIGABRT at once, SIGKILL one round of its
# master's loop later (seconds; measured on two busy cores: 1.1).
WORKER_END_WINDOW_S = 4.0

# A polling client is lost at the answer that refuses it (seconds; measured: 0.002).
REFUSAL_WINDOW_S = 1.0

# A line of the terminal is read this much after it was written (seconds; the watch looks each
# 0.05 s, later when busy).
LINE_SLACK_S = 0.5

# The feed is silent when a forecast is under way for at least this long (seconds; a forecast by
# TTM-R2 on a processor takes up to 5 s), and for this many of the feed's own intervals.
SILENT_FEED_S = 5.0
SILENT_INTERVALS = 10

# So many forecasts must have come to nothing before "every time" may be said.
FORECASTS_EVERY_TIME = 3
