"""The waits are the libraries' own, draw by draw."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import socketio
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.capacity.backoff import PATIENCE, Backoff
from granite_ws.heartbeat import ClientKind

BACKO2 = (
    Path(__file__).parents[2]
    / "granite_ws/web/node_modules/socket.io-client/build/esm/contrib/backo2.js"
)
CHANCES = [n / 40 for n in range(40)] + [0.999999]
ATTEMPTS = 8
KINDS = st.sampled_from(list(ClientKind))


def waits(kind: str, chance: float, backoff: Backoff | None = None) -> list[float]:
    return [(backoff or Backoff()).wait_s(kind, n, chance) for n in range(ATTEMPTS)]


class Recorder:
    """An event that nobody sets, and that notes how long it was waited for."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def clear(self) -> None:
        pass

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return False


@pytest.mark.parametrize("chance", CHANCES)
def test_python_waits_as_python_socketio_does(
    chance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own reconnect loop, told the same draws, asks for the same waits."""

    def refused(*_: object, **__: object) -> None:
        raise socketio.exceptions.ConnectionError("refused")

    client = socketio.Client(handle_sigint=False, reconnection_attempts=ATTEMPTS)
    client._reconnect_abort = seen = Recorder()
    client.connection_namespaces = []
    for name in ("url", "headers", "auth", "transports"):
        setattr(client, f"connection_{name}", None)
    client.socketio_path = "socket.io"
    monkeypatch.setattr(client, "connect", refused)
    monkeypatch.setattr("socketio.client.random.random", lambda: chance)
    client._handle_reconnect()
    assert waits(ClientKind.PYTHON, chance) == pytest.approx(seen.waited)


@pytest.mark.skipif(not BACKO2.is_file(), reason="make web")
def test_javascript_waits_as_socket_io_client_does() -> None:
    """``backo2.js``, with the manager's numbers and the same draws, gives the same waits."""
    script = f"""
        import {{ Backoff }} from {json.dumps(BACKO2.as_uri())};
        const all = {json.dumps(CHANCES)}.map((chance) => {{
          Math.random = () => chance;
          const backoff = new Backoff({{ min: 1000, max: 5000, jitter: 0.5 }});
          return Array.from({{ length: {ATTEMPTS} }}, () => backoff.duration());
        }});
        console.log(JSON.stringify(all));
    """
    command = ["node", "--input-type=module", "-e", script]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    for chance, expected in zip(CHANCES, json.loads(told.stdout), strict=True):
        ours = [1000 * waited for waited in waits(ClientKind.NODE, chance)]
        assert ours == pytest.approx(expected, abs=1.001)


def test_javascript_stops_spreading_after_four_attempts() -> None:
    """From the fifth wait on every draw gives five seconds; Python's still differ by a second."""
    late = {kind: {Backoff().wait_s(kind, 4, chance) for chance in CHANCES} for kind in ClientKind}
    assert late[ClientKind.NODE] == {5.0}
    python = late[ClientKind.PYTHON]
    assert (min(python), max(python)) == pytest.approx((4.5, 5.5), abs=0.001)


@given(kind=KINDS, attempt=st.integers(0, 2000), chance=st.floats(0, 1, exclude_max=True))
def test_without_jitter_everybody_waits_equally_long(
    kind: str, attempt: int, chance: float
) -> None:
    """The draw decides nothing; waits double up to the maximum."""
    waited = Backoff().without_jitter().wait_s(kind, attempt, chance)
    assert waited == min(2.0 ** min(attempt, 10), 5.0)


@given(kind=KINDS, attempt=st.integers(0, 2000), chance=st.floats(0, 1, exclude_max=True))
def test_no_wait_is_negative_or_longer_than_the_maximum_and_its_jitter(
    kind: str, attempt: int, chance: float
) -> None:
    """Between nothing and 5.5 s at the defaults."""
    assert 0 <= Backoff().wait_s(kind, attempt, chance) <= 5.5


def test_every_kind_of_client_has_its_patience() -> None:
    """None is forgotten, and only JavaScript waits for the namespace without a limit."""
    assert set(PATIENCE) == set(ClientKind)
    unlimited = {kind for kind, patience in PATIENCE.items() if patience.joining_s > 1e9}
    assert unlimited == {ClientKind.NODE}
