"""What several tests share: folders without a hub, and one recorded session that held."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import engineio.packet
import pytest
import socketio.packet

from granite_ws import Session, Settings, run_session
from granite_ws.faults import BY_NAME
from tests.edges.redis_lab import RedisServer

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _BROWSERS)), None)
# Small but real: the demo model, a real series, both heartbeats, a PING each second.
QUICK = {
    "data": "elnino",
    "hub_timeout_s": 0,
    "ping_interval": 1,
    "ping_timeout": 2,
    "point_interval_s": 0.1,
    "duration_s": 4,
}


@pytest.fixture(autouse=True, scope="session")
def _own_hub_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the developer's own hub cache, nor asks a real hub by accident."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub-cache")))
        cache = str(tmp_path_factory.mktemp("hub-cache-files"))
        patch.setenv("HF_HUB_CACHE", cache)
        # The library reads the environment once, when it is imported.
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", cache)
        patch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        yield


@pytest.fixture(autouse=True)
def _own_json() -> Iterator[None]:
    """The libraries keep a server's JSON module on a class: the next test gets it back."""
    kept = engineio.packet.Packet.json, socketio.packet.Packet.json
    yield
    engineio.packet.Packet.json, socketio.packet.Packet.json = kept


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A real session of a few seconds in which nothing went wrong."""
    return run_session(Settings(**QUICK), out=tmp_path_factory.mktemp("session") / "held")


@pytest.fixture(scope="session")
def stalled(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A real session in which native code kept the interpreter lock and a client gave up."""
    own = BY_NAME["gil_held_native"].session(client_kinds="python", duration_s=10)
    return run_session(Settings(**own), out=tmp_path_factory.mktemp("session") / "stalled")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis for the tests that only use it; keys of other tests may be there."""
    with RedisServer() as server:
        yield server.url


def needs_chromium() -> str:
    """Chromium's path; skips without one, except in CI, where that is a failure."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Chromium (make browser)")
        pytest.skip("no Chromium here (make browser)")
    return CHROMIUM


def alive(pid: int) -> bool:
    """Whether a process with this id still runs."""
    return Path(f"/proc/{pid}").exists()
