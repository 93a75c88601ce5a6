"""How long each library waits before it tries to connect again.

    attempt   python-socketio               socket.io-client
              min(2^n, 5) s, then +-0.5 s   2^n s +-50 %, then at most 5 s
       0      0.5 .. 1.5                    0.55 .. 1.5
       1      1.5 .. 2.5                    1.1  .. 3.0
       2      3.5 .. 4.5                    2.2  .. 5.0
       3      4.5 .. 5.5                    4.4  .. 5.0, nine in ten 5.0
       4      4.5 .. 5.5                    5.0

Both are called with 1 s, 5 s and a "randomization factor" of 0.5, and differ: python-socketio
(``client.py``, ``async_client.py``: ``delay += randomization_factor * (2 * random() - 1)``) adds
seconds, socket.io-client (``build/esm/contrib/backo2.js``) a share, and cuts at the maximum
afterwards. So after four failed attempts JavaScript clients no longer spread at all: those that
fail together try again together, every five seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from granite_ws.heartbeat import ClientKind


@dataclass(frozen=True)
class Backoff:
    """The reconnection settings; the defaults are both libraries'. Seconds, factor 0 to 1."""

    delay_s: float = 1.0
    delay_max_s: float = 5.0
    randomization: float = 0.5

    def without_jitter(self) -> Backoff:
        """The same, and everybody waits equally long."""
        return replace(self, randomization=0.0)

    def wait_s(self, kind: str, attempt: int, chance: float) -> float:
        """Seconds before this attempt (the first is 0) of this client. chance: 0 <= chance < 1,
        what the library's own generator would have drawn.
        """
        grown = self.delay_s * 2.0 ** min(attempt, 60)
        if ClientKind(kind) is ClientKind.NODE:
            return self._javascript(grown, chance)
        return max(min(grown, self.delay_max_s) + self.randomization * (2 * chance - 1), 0.0)

    def _javascript(self, grown: float, chance: float) -> float:
        deviation = math.floor(chance * self.randomization * grown * 1000) / 1000
        # One draw gives size and sign: an even first digit is minus.
        waited = grown - deviation if math.floor(chance * 10) % 2 == 0 else grown + deviation
        return math.floor(min(waited, self.delay_max_s) * 1000) / 1000


@dataclass(frozen=True)
class Patience:
    """How long an attempt may take, in seconds, before the client gives it up and waits again.

    opening: until the Engine.IO connection is open.  joining: from there until the server has
    taken it into the Socket.IO namespace.
    """

    opening_s: float
    joining_s: float


# socket.io-client manager.js ``timeout``: 20 s until open, nothing afterwards. python-socketio:
# ``connect(wait_timeout=1)``, which a reconnect does not change; until open, engineio's
# ``request_timeout`` of 5 s (synchronous) or aiohttp's own total of 300 s (asyncio).
PATIENCE = {
    ClientKind.NODE: Patience(20.0, math.inf),
    ClientKind.PYTHON: Patience(5.0, 1.0),
    ClientKind.PYTHON_ASYNC: Patience(300.0, 1.0),
}
