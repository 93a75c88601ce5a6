"""The command line of each kind of client, and whether this machine can run it."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from granite_ws.errors import SettingsError
from granite_ws.loads import LOADS
from granite_ws.settings import Settings

WEB = Path(__file__).parents[1] / "web"
NODE_PROBE = WEB / "probe.mjs"
SOCKET_IO_CLIENT = WEB / "node_modules/socket.io-client/package.json"
_MODULES = {"python": "granite_ws.edges.probe", "python-async": "granite_ws.edges.probe_async"}


def probe_commands(settings: Settings, url: str, events: Path) -> list[tuple[str, list[str]]]:
    """(kind, command) for every kind of client that the settings ask for.

    The clients are numbered over all kinds, from 1; only the first process starts the feed.
    Raises SettingsError where a kind cannot run here.
    """
    kinds = settings.client_kinds.split(",")
    return [
        (kind, command_for_kind(kind, settings, url, events, first=1 + place * settings.clients))
        for place, kind in enumerate(kinds)
    ]


def command_for_kind(
    kind: str, settings: Settings, url: str, events: Path, *, first: int
) -> list[str]:
    """The full command of one kind's process. Raises SettingsError where it cannot run here."""
    return [
        *_program(kind, settings.client_kinds),
        url,
        str(events),
        *("--clients", str(settings.clients)),
        *("--transport", settings.transport),
        *("--first", str(first)),
        "--start" if first == 1 else "--no-start",
        *("--stall-threshold", f"{settings.stall_threshold_s:g}"),
        *_asking(settings),
    ]


def _asking(settings: Settings) -> list[str]:
    load = LOADS.get(settings.load)
    if load is None:
        return []
    kinds = settings.client_kinds.split(",")
    return [
        *("--ask-every", f"{load.every_s:g}"),
        *("--ask-first", f"{load.first_s:g}"),
        *("--ask-at-once", str(load.at_once)),
        *("--ask-by", settings.ask_by),
        *("--all-clients", str(settings.clients * len(kinds))),
    ]


def check_client_kinds(settings: Settings) -> None:
    """Raises SettingsError, one line, for the first kind of client that cannot run here."""
    for kind in settings.client_kinds.split(","):
        _program(kind, settings.client_kinds)


def _program(kind: str, asked: str) -> list[str]:
    if kind != "node":
        if kind == "python-async" and find_spec("aiohttp") is None:
            raise _cannot(asked, "python-async needs aiohttp (pip install aiohttp)")
        return [sys.executable, "-m", _MODULES[kind]]
    node = shutil.which("node")
    if node is None:
        raise _cannot(asked, "node needs Node.js 18 or newer on the PATH")
    if not SOCKET_IO_CLIENT.is_file():
        raise _cannot(asked, f"node needs socket.io-client (npm ci --prefix {WEB})")
    return [node, str(NODE_PROBE)]


def _cannot(asked: str, needed: str) -> SettingsError:
    return SettingsError("client_kinds", asked, allowed=needed, where="clients")
