"""What an episode was like."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode, episodes
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import (
    ENCODER,
    HOLDER,
    RESTING,
    emitted,
    everything,
    look,
    sample,
    still,
    timeline_of,
)


def of(kind: str) -> Episode:
    """The one episode of one of the logs."""
    [episode] = episodes(timeline_of(kind))
    return episode


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("server_suspended", signs.stopped_samples),
        ("cpu_starvation", signs.starved),
        ("gc_pause", signs.collecting),
        ("gil_contention", signs.crowded),
        ("json_stall", signs.encoding_frames),
    ],
)
def test_each_sign_is_there_in_its_own_kind_alone(kind: str, sign: object) -> None:
    """Stopped, starved, collecting, crowded and encoding do not look alike."""
    others = {"gil_held_native", "server_suspended", "cpu_starvation", "gc_pause"}
    others |= {"gil_contention", "json_stall"}
    assert callable(sign)
    assert {kind} == {other for other in others if sign(of(other))}


def test_a_process_under_a_debugger_is_stopped() -> None:
    """Linux's state t counts as T does; another process's state does not."""
    [episode] = episodes(read_timeline(still(everything(), sample(5, "tracing-stop"))))
    assert 1 == len(signs.stopped_samples(episode))


def test_a_process_stopped_in_a_collection_did_not_collect() -> None:
    """The collector's clock runs on while the process is stopped; its processor's does not."""
    stopped = still(everything(cpu_s=0.05, collected_s=4.0))
    [episode] = episodes(read_timeline(stopped))
    assert not signs.collecting(episode)


def test_the_crowd_is_the_largest_of_all_looks() -> None:
    """Threads at rest do not count."""
    few, many = look(HOLDER, seconds=4), look(HOLDER, HOLDER, RESTING, seconds=5)
    [episode] = episodes(read_timeline(still(everything(), few, many)))
    assert (2, many) == signs.crowd(episode)


def test_the_crowd_counts_those_without_the_lock_too() -> None:
    """Only one thread has it at a time; the others at work are the crowd."""
    seen = look(HOLDER, HOLDER, HOLDER, RESTING, owner=0)
    [episode] = episodes(read_timeline(still(everything(), seen)))
    assert (3, seen) == signs.crowd(episode)


def test_a_collection_on_a_crowded_machine_is_one() -> None:
    """It gets a part of a core, and the collector's clock tells the rest."""
    [episode] = episodes(read_timeline(still(everything(cpu_s=1.6, collected_s=3.6))))
    assert signs.collecting(episode)


def test_a_message_of_a_megabyte_is_not_huge() -> None:
    """Its encoding takes some 25 ms."""
    [episode] = episodes(read_timeline(still(everything(), emitted(1_000_000))))
    assert signs.huge_message(episode) is None


def test_a_thread_far_below_the_encoder_is_not_encoding() -> None:
    """JSON among the callers of something else is not what stands still."""
    deep = ["app/hook.py:3 default", "app/hook.py:9 walk", "app/hook.py:12 each", *ENCODER]
    [episode] = episodes(read_timeline(still(everything(), look(deep))))
    assert signs.encoding_frames(episode) is None
