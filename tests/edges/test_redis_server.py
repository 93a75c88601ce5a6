"""A session's own Redis."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.redis_server import find_redis, start_redis
from granite_ws.errors import SettingsError
from granite_ws.events import Witness
from tests.edges.redis_lab import needs_redis


def test_it_answers_and_ends(tmp_path: Path) -> None:
    """On 127.0.0.1 alone, and nothing of it is kept."""
    needs_redis()
    child, url = start_redis(tmp_path, Recorder(Witness.RUNNER, tmp_path / "events.jsonl"))
    try:
        assert redis.Redis.from_url(url).ping()
        assert url.startswith("redis://127.0.0.1:")
    finally:
        child.end()
    assert [] == list(tmp_path.glob("*.rdb"))


def test_without_one_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what to install."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SettingsError) as caught:
        find_redis()
    assert "executor = 'queue': needs redis-server" in str(caught.value)
