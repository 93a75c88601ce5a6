"""One session from start to end: server and probe in processes of their own, watched from here."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granite_ws.diagnosis.checklist import Limits
from granite_ws.diagnosis.verdict import Verdict, diagnose
from granite_ws.edges import host, store
from granite_ws.edges.cast import Cast
from granite_ws.edges.clients import check_client_kinds
from granite_ws.edges.clock import Clock
from granite_ws.edges.model_source import check_named_model
from granite_ws.edges.process import wait_for, watch_until
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.session_processes import SESSIONS_VARIABLE
from granite_ws.errors import SessionFailed
from granite_ws.events import Kind, Witness
from granite_ws.reproduce import command_for
from granite_ws.serve import load_for
from granite_ws.session import Session
from granite_ws.settings import Settings

MODEL_WAIT_S = 120.0
CONNECT_WAIT_S = 30.0

Progress = Callable[[float, str], None]


def run_session(
    settings: Settings, *, out: Path | None = None, progress: Progress | None = None
) -> Session:
    """Runs one session and returns it with its whole log.

    out:      a new or empty folder (default: a new one under ``reports/sessions``).
    progress: called with a share from 0 to 1 and a few words.

    Raises BadInput before anything is started; SessionFailed when the server or the probe does
    not come up. A drop, or a server that dies on the way, is data and raises nothing.
    """
    tell = progress or _tell_nobody
    check_named_model(settings)
    check_client_kinds(settings)
    provenance = provenance_of(settings)
    session = store.create_session(out or new_folder(settings), settings, provenance)
    recorder = Recorder(Witness.RUNNER, session.folder / store.EVENTS_FILE)
    recorder.record(Kind.SESSION_STARTED, settings=settings.to_dict())
    try:
        why = _watch(session, recorder, tell)
        recorder.record(Kind.SESSION_ENDED, why=why)
    finally:
        recorder.close()
    tell(1.0, "recorded")
    return store.read_session(session.folder)


def _tell_nobody(_share: float, _words: str) -> None:
    """The default: no progress is shown."""


def judge(session: Session) -> Verdict:
    """The verdict on a session, against the limits that it was configured with."""
    # A million events are here to stay: the collector need not look through them again and again
    # while the diagnosis makes small objects (measured: a third of its time).
    gc.freeze()
    try:
        return diagnose(session.log, limits_of(session.settings))
    finally:
        gc.unfreeze()


def limits_of(settings: Settings) -> Limits:
    """What the checklist compares against."""
    return Limits(
        ping_timeout_s=settings.ping_timeout, max_http_buffer_bytes=settings.max_http_buffer_size
    )


def _watch(session: Session, recorder: Recorder, tell: Progress) -> str:
    settings, clock = session.settings, recorder.clock
    events = session.folder / store.EVENTS_FILE
    with Cast(session, recorder) as cast:
        cast.start_queue()
        tell(0.0, "starting the server")
        server = cast.start_server()
        listening = wait_for(events, Kind.LISTENING, server, clock, seconds=CONNECT_WAIT_S)
        tell(0.0, "loading the model")
        loads = cast.workers[0] if cast.workers else server
        ready = wait_for(events, Kind.MODEL_READY, loads, clock, seconds=MODEL_WAIT_S)
        tell(0.0, f"model: {ready.data['model']}")
        cast.start_relay(listening.data)
        cast.start_director_of_standing_fault()
        cast.start_probes()
        cast.start_sampler()
        if cast.may_never_connect:
            cast.wait_for_probes(CONNECT_WAIT_S)
        else:
            # The time that is watched begins when the slowest kind of client is there, too.
            for kind, probe in cast.probes.items():
                wait_for(
                    events, Kind.CONNECTED, probe, clock, seconds=CONNECT_WAIT_S, client_kind=kind
                )
        cast.start_director()
        return _until_over(settings, clock, cast, tell)


def _until_over(settings: Settings, clock: Clock, cast: Cast, tell: Progress) -> str:
    begun = clock.now_ns()
    deadline = begun + int(settings.duration_s * 1e9)

    def all_alive() -> bool:
        share = (clock.now_ns() - begun) / 1e9 / settings.duration_s
        tell(min(share, 1.0), "watching")
        return not cast.server_is_gone() and cast.some_probe_lives()

    watch_until(deadline, clock, all_alive)
    if cast.server_is_gone():
        # The clients need a moment to notice; what they say is half of the evidence.
        settle = min(deadline, clock.now_ns() + int(cast.settle_s * 1e9))
        watch_until(settle, clock, cast.some_probe_lives)
        return "the server ended"
    return "the time was over" if cast.some_probe_lives() else "the probe ended"


def provenance_of(settings: Settings) -> dict[str, Any]:
    """What a session of these settings would be run on, now. Raises SeriesError."""
    series = load_for(settings)
    path = Path(settings.data)
    return {
        "created_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": command_for(settings),
        "seed": settings.seed,
        "data": {
            "name": series.name,
            "source": series.source,
            "unit": series.unit,
            "points": len(series),
            "period": series.period,
            "repairs": list(series.repairs),
            "sha256": host.sha256(path) if path.is_file() else host.digest(series.values),
        },
    }


def new_folder(settings: Settings) -> Path:
    """A folder for a session that nobody named: under ``$GRANITE_WS_SESSIONS`` where that is set
    (a sweep keeps a cell's sessions beside its notebook), else under ``reports/sessions``.
    """
    stamp = Clock().utc()[:19].replace("-", "").replace(":", "").replace("T", "-")
    name = Path(settings.data).stem
    base = f"{stamp}-{name}-pi{settings.ping_interval}-pt{settings.ping_timeout:g}"
    named = os.environ.get(SESSIONS_VARIABLE)
    sessions = Path(named) if named else home() / "reports/sessions"
    for number in range(1, 1000):
        folder = sessions / (base if number == 1 else f"{base}-{number}")
        if not folder.exists():
            return folder
    raise SessionFailed(f"1000 sessions in one second under {sessions}")


def home() -> Path:
    """The project's folder, also for a kernel that was started in ``notebooks``; else the cwd."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "notebooks").is_dir() and (folder / "reports").is_dir():
            return folder
    return here
