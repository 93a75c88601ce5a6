"""Causes: the server process lives, and cannot run; or runs, and does not serve."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Check
from granite_ws.diagnosis.stalls import (
    ack_callback_blocks_receive,
    asyncio_loop_blocked,
    cpu_starvation,
    gc_pause,
    gil_contention,
    gil_held_native,
    green_hub_blocked,
    json_stall,
    log_pipe_full,
    payload_logging_cost,
    pyclient_connect_timeout,
    pyclient_write_idle,
    server_suspended,
    slow_connect_handler,
    slow_disconnect_handler,
    sync_handlers_block_receive,
    thread_exhaustion,
)

# A heartbeat of the server stood still. A client's own limit comes first, because it alone
# decided that this stall was too long.
_STOOD_STILL: tuple[Check, ...] = (
    pyclient_write_idle.check,
    server_suspended.check,
    cpu_starvation.check,
    json_stall.check,
    gc_pause.check,
    gil_contention.check,
    asyncio_loop_blocked.check,
    green_hub_blocked.check,
    gil_held_native.check,
)

# No heartbeat of the server stands still, and a connection is not served.
_NOT_SERVED: tuple[Check, ...] = (
    sync_handlers_block_receive.check,
    ack_callback_blocks_receive.check,
    slow_connect_handler.check,
    slow_disconnect_handler.check,
    payload_logging_cost.check,
    log_pipe_full.check,
    thread_exhaustion.check,
    pyclient_connect_timeout.check,
)

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (*_STOOD_STILL, *_NOT_SERVED)
