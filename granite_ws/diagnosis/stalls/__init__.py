"""Causes: the server process lives, and cannot run; or runs, and does not serve."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Check
from granite_ws.diagnosis.stalls import (
    ack_callback_blocks_receive,
    log_pipe_full,
    payload_logging_cost,
    pyclient_connect_timeout,
    slow_connect_handler,
    slow_disconnect_handler,
    sync_handlers_block_receive,
    thread_exhaustion,
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
CHECKS: tuple[Check, ...] = (*_NOT_SERVED,)
