"""The executor that the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges.executors.choice import create_executor
from granite_ws.edges.recorder import Recorder
from granite_ws.errors import SettingsError
from granite_ws.events import Witness
from granite_ws.settings import EXECUTORS, Settings


@pytest.mark.parametrize("name", EXECUTORS)
def test_each_has_its_own_name(name: str, tmp_path: Path) -> None:
    """Nothing is started, nothing is asked: a queue's Redis need not be there yet."""
    settings = Settings(executor=name, redis_url="redis://127.0.0.1:1/0")
    executor = create_executor(settings, Recorder(Witness.SERVER), period=1)
    assert (name, 0) == (executor.name, executor.open_jobs())


def test_a_queue_needs_its_redis() -> None:
    """One line that names the setting and shows what it looks like."""
    with pytest.raises(SettingsError) as caught:
        create_executor(Settings(executor="queue"), Recorder(Witness.SERVER), period=1)
    assert "redis_url = '': executor = queue needs a Redis, as in redis://" in str(caught.value)
