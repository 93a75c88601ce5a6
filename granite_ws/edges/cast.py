"""Everybody who plays in one session: server, relay, clients, sampler, and who breaks things."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import ExitStack
from typing import Any

from granite_ws.edges import store
from granite_ws.edges.async_mode import GEVENT
from granite_ws.edges.clients import probe_commands
from granite_ws.edges.injector.director import Director
from granite_ws.edges.injector.launch import LAUNCHES, UNREAD
from granite_ws.edges.injector.stage import Scene
from granite_ws.edges.onlooker import Onlooker
from granite_ws.edges.output_watch import OutputWatch
from granite_ws.edges.process import ChildProcess, wait_for
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.redis_server import start_redis
from granite_ws.edges.sampler import Sampler
from granite_ws.errors import SessionFailed
from granite_ws.events import Kind, Witness
from granite_ws.faults import BY_NAME, Fault, Place
from granite_ws.session import Session

_RELAY_WAIT_S = 15.0
_LOOK_S = 0.02
# After the server is gone, its clients are watched this long (seconds) where no fault asks more.
_SETTLE_S = 2.0


class Cast:
    """Starts the processes of one session, and ends every one of them on leaving the block."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        self.settings = session.settings
        self.folder = session.folder
        self.events = session.folder / store.EVENTS_FILE
        self.fault: Fault | None = BY_NAME.get(session.settings.fault)
        self.servers: list[ChildProcess] = []
        self.workers: list[ChildProcess] = []
        self.probes: dict[str, ChildProcess] = {}
        self._redis: ChildProcess | None = None
        self._redis_url = session.settings.redis_url
        self._relay: ChildProcess | None = None
        self._recorder = recorder
        self._sampler: Sampler | None = None
        self._onlooker: Onlooker | None = None
        self._director: Director | None = None
        self._output = OutputWatch(session.folder / store.LOG_FILE, recorder)
        self._injector = Recorder(Witness.INJECTOR, self.events)
        self._watching = Recorder(Witness.SAMPLER, self.events)
        self._over = threading.Event()
        self._url = ""

    def __enter__(self) -> Cast:
        self._output.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # The last comes first, and whatever fails on the way, the others are ended all the same.
        with ExitStack() as ends:
            ends.callback(self._injector.close)
            ends.callback(self._watching.close)
            ends.callback(self._output.stop)
            # The probes first: their clients then leave on purpose, before their server goes.
            # Redis and its workers after all of them.
            behind = (*self.workers, self._redis)
            for child in reversed((*self.probes.values(), self._relay, *self.servers, *behind)):
                if child is not None:
                    ends.callback(child.end)
            # Those of one kind need not wait until those of another have left.
            for probe in self.probes.values():
                ends.callback(probe.ask_to_end)
            for watcher in (self._sampler, self._onlooker):
                if watcher is not None:
                    ends.callback(watcher.stop)
            if self._director is not None and self._director.is_alive():
                ends.callback(self._director.join)

    # ----------------------------------------------------------------------------- who is who

    @property
    def server(self) -> ChildProcess:
        """The server that runs now, or ran last."""
        return self.servers[-1]

    @property
    def settle_s(self) -> float:
        """How long clients are watched after the server is gone, seconds."""
        return self.fault.settle_s if self.fault else _SETTLE_S

    @property
    def may_never_connect(self) -> bool:
        """Whether the fault may keep clients from ever connecting."""
        return self.fault is not None and self.fault.standing

    def server_is_gone(self) -> bool:
        """Whether the last server has ended and no fault is about to start another one."""
        return self.server.ended() is not None and not self._restarting

    @property
    def _restarting(self) -> bool:
        return self._director is not None and self._director.restarting

    def some_probe_lives(self) -> bool:
        """Whether any client process still runs; True where there is to be none."""
        return not self.probes or any([probe.ended() is None for probe in self.probes.values()])

    # -------------------------------------------------------------------------------- starting

    @property
    def _forkable(self) -> bool:
        """gevent must come before everything else, and a launcher is another program."""
        return self.settings.async_mode != GEVENT and self.settings.fault not in LAUNCHES

    def start_queue(self) -> None:
        """Redis, where the settings name none, and the workers of the job queue."""
        if self.settings.executor != "queue":
            return
        if not self._redis_url:
            self._redis, self._redis_url = start_redis(self.folder, self._recorder)
        command = [sys.executable, "-m", "granite_ws", "worker", "--session", str(self.folder)]
        for _ in range(self.settings.workers):
            self.workers.append(
                ChildProcess(
                    "worker",
                    [*command, "--redis-url", self._redis_url],
                    self._recorder,
                    output=self.folder / store.LOG_FILE,
                )
            )

    def start_server(self) -> ChildProcess:
        """The server process; a later call starts its successor on the same port."""
        name = self.settings.fault
        command = [sys.executable, "-m", "granite_ws", "serve", "--session", str(self.folder)]
        if self._redis_url:
            command += ["--redis-url", self._redis_url]
        if name in LAUNCHES:
            command = LAUNCHES[name](self.folder, self.settings)
        server = ChildProcess(
            "server",
            command,
            self._recorder,
            output=self.folder / store.LOG_FILE,
            unread=name in UNREAD,
            forkable=self._forkable,
        )
        self.servers.append(server)
        return server

    def start_relay(self, listening: Any) -> None:
        """The TCP relay, where the fault is one of the wire; clients then connect to it."""
        self._url = f"http://{listening['host']}:{listening['port']}"
        if self.fault is None or self.fault.place is not Place.WIRE:
            return
        targets = [listening]
        while len(targets) < self.fault.order.get("servers", 1):
            targets.append(self._start_another_server())
        chosen = [word for at in targets for word in ("--to", f"{at['host']}:{at['port']}")]
        self._relay = ChildProcess(
            "relay",
            [sys.executable, "-m", "granite_ws.edges.wire", str(self.events), *chosen],
            self._recorder,
            output=self.folder / "relay.log",
        )
        there = wait_for(
            self.events,
            Kind.RELAY_LISTENING,
            self._relay,
            self._recorder.clock,
            seconds=_RELAY_WAIT_S,
        )
        self._url = f"http://{there.data['host']}:{there.data['port']}"

    def _start_another_server(self) -> Any:
        """One more of the same, on a port of its own; where it listens."""
        command = [sys.executable, "-m", "granite_ws", "serve", "--session", str(self.folder)]
        with socket.create_server((self.settings.host, 0)) as free:
            command += ["--port", str(free.getsockname()[1])]
        output = self.folder / store.LOG_FILE
        another = ChildProcess(
            "server", command, self._recorder, output=output, forkable=self._forkable
        )
        # ``server`` stays the one that began the session.
        self.servers.insert(0, another)
        clock = self._recorder.clock
        deadline = clock.now_ns() + int(_RELAY_WAIT_S * 1e9)
        while clock.now_ns() < deadline and another.ended() is None:
            for event in store.read_events(self.events).of(Kind.LISTENING):
                if event.data["pid"] == another.pid:
                    return event.data
            clock.sleep(_LOOK_S)
        raise SessionFailed(f"the second server did not listen within {_RELAY_WAIT_S:g} s")

    def start_probes(self) -> None:
        """One process for each kind of client; none where nobody is to watch."""
        if not self.settings.clients:
            return
        for kind, command in probe_commands(self.settings, self._url, self.events):
            role = "probe" if kind == "python" else f"probe-{kind}"
            self.probes[kind] = ChildProcess(
                role, command, self._recorder, output=self.folder / f"{role}.log"
            )

    def wait_for_probes(self, seconds: float) -> None:
        """Until every client process runs, whether it may connect or not. Raises SessionFailed."""
        for kind, probe in self.probes.items():
            clock = self._recorder.clock
            wait_for(
                self.events, Kind.MONITOR_STARTED, probe, clock, seconds=seconds, client_kind=kind
            )

    def start_sampler(self) -> None:
        """Reads processor time and memory of every process once a second, and the server's
        stacks whenever it stands still.
        """
        roles = {child.role: child.pid for child in (self.server, *self.probes.values())}
        # A worker of the job queue is watched itself, and so is what it forks for a job.
        workers = {f"worker {number}": child.pid for number, child in enumerate(self.workers, 1)}
        parents = [child.pid for child in self.workers]
        if self.settings.executor == "process":
            parents = [self.server.pid]
        self._sampler = Sampler(self._watching, roles | workers, workers_of=tuple(parents))
        self._sampler.start()
        self._onlooker = Onlooker(self._watching, self.events)
        self._onlooker.start()

    def start_director_of_standing_fault(self) -> None:
        """A fault that stands from the start is there before the first client."""
        if self.fault is not None and self.fault.standing:
            self._direct()

    def start_director(self) -> None:
        """Any other fault waits for its PING."""
        if self.fault is not None and not self.fault.standing:
            self._direct()

    def _direct(self) -> None:
        self._director = Director(
            Scene(
                settings=self.settings,
                recorder=self._injector,
                events=self.events,
                server=self.server,
                probes=self.probes,
                relay=self._relay,
                over=self._over,
                restart_server=self.start_server,
            )
        )
        self._director.start()
