"""Who drops in an outage, and when each notices: the heartbeat law over many clients at once."""

from __future__ import annotations

import numpy as np

from granite_ws.capacity.plan import Outage
from granite_ws.heartbeat import Heartbeat, Limit, limits


def noticed_s(
    kind: str, heartbeat: Heartbeat, outage: str, outage_s: float, phases_s: np.ndarray
) -> np.ndarray:
    """Seconds from the beginning of the outage until each client of this kind knows that its
    connection is lost; infinite for a client that keeps it.

    phases_s: since each one's last PING (and PONG) when the outage begins; no other messages.

    After a death the kernel closes the sockets, and everybody knows at once. In a silence nothing
    comes any more, so everybody waits for pi + pt. A stall drops whom it outlasts. A Python client
    past its own write limit still looks connected, until the next packet or until pi + pt.
    """
    if outage == Outage.DEATH:
        return np.zeros(len(phases_s))
    borne = limits(kind, heartbeat)
    heard = borne[Limit.PING_TIMEOUT] - phases_s
    if outage == Outage.SILENCE:
        return heard
    first = np.minimum(heard, borne.get(Limit.WRITE_IDLE, np.inf) - phases_s)
    return np.where(outage_s > first, np.minimum(heard, outage_s), np.inf)
