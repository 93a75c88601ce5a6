"""A server with round figures, for tests of the capacity model."""

from __future__ import annotations

from granite_ws.capacity.cost import ServerCost
from granite_ws.capacity.plan import Plan
from granite_ws.heartbeat import Heartbeat

SEED_HEARTBEAT = Heartbeat(25, 20)
# 500 handshakes in a second.
ROUND = ServerCost(
    open_s=0.0015,
    join_s=0.0005,
    resync_s=0.002,
    heartbeat_s=0.0002,
    message_s=0.0001,
    client_mb=0.1,
    base_mb=200.0,
    backlog=4096,
)


def plan(**changed: object) -> Plan:
    """Two hundred clients of one server that dies for two seconds; nothing is sent to them."""
    small = {
        "audience": 200,
        "servers": 1,
        "outage_s": 2.0,
        "warm_s": 0.0,
        "messages_per_s": 0.0,
    }
    return Plan(**(small | changed))  # type: ignore[arg-type]
