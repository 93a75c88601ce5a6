"""A crowd of Socket.IO clients that ask for forecasts and follow them through drops.

    python -m granite_ws.edges.crowd URL RECORD --clients 250 --transport websocket|polling|mixed
        [--asks 2] [--over 10] [--steps 8] [--points 64] [--limit 180] [--first 1] [--seed 0]

All connect, and say on standard output, as JSON lines, how many are connected, asked and answered
whenever that changes. A line ``ask`` on standard input makes each ask for its forecasts at random
moments of the next ``--over`` seconds; ``end``, the end of the input or ``--limit`` makes all
leave, and RECORD is written: one ``MemberView`` a line.

Each client first fetches a page and keeps its cookies, as a browser does: a sticky proxy leads it
back by them. Reconnecting is the library's: after 1 s, up to 5 s, each 0.5 s more or less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import socketio

from granite_ws import contract
from granite_ws.edges.clock import Clock
from granite_ws.edges.crowd_tally import Ask, MemberView
from granite_ws.edges.probe_process import TRANSPORTS
from granite_ws.errors import BadInput, OutputError
from granite_ws.jobs import State

PAGE = "/healthz"
# How long (seconds) an acknowledgement may take before the forecast is asked for again.
ACKNOWLEDGED_S = 10.0
_FINAL = {state.value for state in State if state.final}
_AT_ONCE = 25  # connections being opened
_TELL_S = 0.2
_LEAVING_S = 8.0


class Member:
    """One client: connects, asks, and comes back for its forecasts after a drop."""

    def __init__(self, number: int, options: argparse.Namespace) -> None:
        kinds = ("websocket", "polling") if options.transport == "mixed" else (options.transport,)
        self.view = MemberView(number, kinds[number % len(kinds)])
        self._options = options
        self._clock = Clock()
        self._chance = random.Random(f"{options.seed}/{number}")  # noqa: S311 -- no secret
        self._here = asyncio.Event()
        # An address is a host like any other: aiohttp's usual jar keeps no cookies of one.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._socket = socketio.AsyncClient(handle_sigint=False, http_session=self._session)
        self._following: set[asyncio.Task[None]] = set()
        self._socket.on("connect", self._connected)
        self._socket.on("disconnect", self._disconnected)
        self._socket.on("connect_error", self._refused)
        self._socket.on(contract.FORECAST, self._told)
        self._socket.on(contract.FORECAST_ERROR, self._told)

    async def arrive(self, gate: asyncio.Semaphore) -> None:
        """Fetches the page, then connects; the library tries until it succeeds."""
        options = self._options
        async with gate:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.get(options.url + PAGE) as page:
                    await page.read()
            with suppress(socketio.exceptions.ConnectionError, ValueError):
                await self._socket.connect(
                    options.url,
                    transports=TRANSPORTS[self.view.transport],
                    wait_timeout=ACKNOWLEDGED_S,
                    retry=True,
                )

    async def ask_all(self) -> None:
        """Asks for its forecasts, each at a random moment; returns when all are taken on."""
        await asyncio.gather(*(self._ask_once(number) for number in range(self._options.asks)))

    async def leave(self) -> None:
        """Ends the connection and everything that would bring it back."""
        for task in self._following:
            task.cancel()
        if self._socket._reconnect_abort is not None:
            self._socket._reconnect_abort.set()
        with suppress(Exception):
            await self._socket.disconnect()
        await self._session.close()

    # ------------------------------------------------------------------------------ its asks

    async def _ask_once(self, number: int) -> None:
        await asyncio.sleep(self._chance.uniform(0, self._options.over))
        ask = Ask(f"{self.view.number}-{number}", self._now())
        self.view.asks.append(ask)
        wanted = {
            "request_id": ask.request_id,
            "steps": self._options.steps,
            "series": _series(self._options.points, self._chance.random()),
        }
        while ask.open and not ask.job_ids:
            await self._here.wait()
            ask.asks += 1
            reply = await self._call(contract.ASK, wanted)
            if reply is not None and not self._settle(ask, reply):
                ask.refusals += 1
                await asyncio.sleep(float(reply.get("retry_after_s") or 1))

    def _settle(self, ask: Ask, reply: Mapping[str, Any]) -> bool:
        """Whether the server has taken the job on, by its acknowledgement."""
        if not reply.get("job_id"):
            return False
        ask.taken(reply["job_id"], self._now())
        if reply["state"] in _FINAL:
            ask.told(reply, self._now(), as_event=False)
        return True

    async def _follow(self) -> None:
        """After a reconnect: asks for each open job again, until the server has heard it."""
        for ask in self.view.asks:
            while ask.open and ask.job_ids and self._here.is_set():
                ask.follows += 1
                reply = await self._call(contract.FOLLOW, {"job_id": ask.job_ids[-1]})
                if reply is not None:
                    self._settle(ask, reply)
                    break

    async def _call(self, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The acknowledgement; None where none came."""
        try:
            reply = await self._socket.call(event, payload, timeout=ACKNOWLEDGED_S)
        except socketio.exceptions.SocketIOError:
            return None
        return reply if isinstance(reply, Mapping) else {}

    # ------------------------------------------------------------------------- what it is told

    async def _connected(self) -> None:
        self.view.connects.append(self._now())
        self._here.set()
        if len(self.view.connects) > 1:
            task = asyncio.create_task(self._follow())
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _disconnected(self, reason: str) -> None:
        self.view.drops.append((self._now(), reason))
        self._here.clear()

    async def _refused(self, *_: Any) -> None:
        self.view.failed_attempts += 1

    async def _told(self, job: Mapping[str, Any]) -> None:
        name = job.get("request_id")
        for ask in self.view.asks:
            if ask.request_id == name and job.get("job_id"):
                ask.told(job, self._now(), as_event=True)

    def _now(self) -> float:
        return self._clock.now_ns() / 1e9


class Crowd:
    """All clients of this process."""

    def __init__(self, options: argparse.Namespace) -> None:
        first = options.first
        self.members = [Member(n, options) for n in range(first, first + options.clients)]

    async def arrive(self) -> None:
        """All connect, a few at once."""
        gate = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(member.arrive(gate) for member in self.members))

    async def ask(self) -> None:
        """All ask."""
        await asyncio.gather(*(member.ask_all() for member in self.members))

    async def leave(self) -> None:
        """All leave; who takes too long is left behind."""
        leaving = asyncio.gather(*(m.leave() for m in self.members), return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(leaving, _LEAVING_S)

    def counts(self) -> dict[str, int]:
        """How many are connected now, have been asked, have been taken on, have ended."""
        asks = [ask for member in self.members for ask in member.view.asks]
        return {
            "connected": sum(member.view.connected for member in self.members),
            "asked": len(asks),
            "taken": sum(bool(ask.job_ids) for ask in asks),
            "ended": sum(not ask.open for ask in asks),
        }

    def record(self, path: Path) -> None:
        """Writes what each saw, before any left."""
        views = [json.dumps(member.view.to_dict()) for member in self.members]
        path.write_text("\n".join(views) + "\n", encoding="utf-8")


def read_record(path: Path) -> list[MemberView]:
    """The inverse of ``Crowd.record``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [MemberView.from_dict(json.loads(line)) for line in lines]


def _series(points: int, phase: float) -> dict[str, list[Any]]:
    """A sine that nobody else asks for: no forecast comes from a cache."""
    stamps = [f"2024-01-{1 + n // 24:02}T{n % 24:02}:00:00" for n in range(points)]
    return {
        "timestamps": stamps,
        "values": [math.sin(n / 4 + 2 * math.pi * phase) for n in range(points)],
    }


async def _play(options: argparse.Namespace) -> None:
    crowd, orders = Crowd(options), await _orders()
    acts = [asyncio.create_task(act) for act in (crowd.arrive(), _tell(crowd))]
    with suppress(TimeoutError):
        async with asyncio.timeout(options.limit):
            while (order := (await orders.readline()).decode().strip()) not in ("", "end"):
                if order == "ask":
                    acts.append(asyncio.create_task(crowd.ask()))
    crowd.record(options.record)
    for act in acts:
        act.cancel()
    await crowd.leave()


async def _orders() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _tell(crowd: Crowd) -> None:
    told: dict[str, int] = {}
    while True:
        if told != (told := crowd.counts()):
            print(json.dumps(told), flush=True)
        await asyncio.sleep(_TELL_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; 2 after bad input."""
    options = _options(arguments)
    try:
        if not 2 <= options.points <= 24 * 31:
            allowed = f"a whole number from 2 to {24 * 31}"
            raise BadInput("--points", options.points, allowed=allowed, where="crowd")
        try:
            options.record.touch()
        except OSError as error:
            raise OutputError.refused("record", options.record, error, where="crowd") from error
    except BadInput as error:
        print(f"granite-ws: error: {error}", file=sys.stderr)
        return 2
    asyncio.run(_play(options))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="granite_ws.edges.crowd", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("record", type=Path)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="number of the first client")
    parser.add_argument("--transport", choices=(*TRANSPORTS, "mixed"), default="websocket")
    parser.add_argument("--asks", type=int, default=1, help="forecasts of each client")
    parser.add_argument("--over", type=float, default=5.0, help="seconds in which it asks")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--points", type=int, default=64)
    parser.add_argument("--limit", type=float, default=180.0, help="seconds after which all leave")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
