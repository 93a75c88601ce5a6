"""Causes: what was sent, by the server or by a client."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Check
from granite_ws.diagnosis.payloads import (
    async_client_4mb,
    binary_interleave,
    bytearray_payload,
    gevent_partial_send,
    inbound_too_big_polling,
    inbound_too_big_ws,
    nonfinite_json,
    pyclient_utf8_stall,
    reserved_event_name,
    slow_consumer_backlog,
    too_many_attachments,
    too_many_packets_down,
    too_many_packets_up,
    unserialisable_result,
)

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (
    nonfinite_json.check,
    reserved_event_name.check,
    too_many_attachments.check,
    binary_interleave.check,
    bytearray_payload.check,
    unserialisable_result.check,
    inbound_too_big_ws.check,
    inbound_too_big_polling.check,
    too_many_packets_down.check,
    too_many_packets_up.check,
    async_client_4mb.check,
    gevent_partial_send.check,
    pyclient_utf8_stall.check,
    slow_consumer_backlog.check,
)
