"""The command line of each kind of client, and what each needs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from granite_ws import Settings
from granite_ws.edges import clients
from granite_ws.edges.clients import check_client_kinds, probe_commands
from granite_ws.edges.probe_process import read_options
from granite_ws.errors import SettingsError
from granite_ws.settings import CLIENT_KINDS

EVERYBODY = Settings(client_kinds=",".join(CLIENT_KINDS), clients=2, transport="upgrade")


@pytest.fixture
def _node_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(clients, "SOCKET_IO_CLIENT", Path(__file__))


@pytest.mark.usefixtures("_node_is_there")
def test_every_kind_is_a_process_of_its_own() -> None:
    """The kinds in the order of the setting, numbered over all; the first alone starts."""
    commands = probe_commands(EVERYBODY, "http://x:1", Path("events"))
    assert list(CLIENT_KINDS) == [kind for kind, _ in commands]
    python, asynchronous, node = (command for _, command in commands)
    assert [sys.executable, "-m", "granite_ws.edges.probe"] == python[:3]
    assert [sys.executable, "-m", "granite_ws.edges.probe_async"] == asynchronous[:3]
    assert ["/bin/node", str(clients.NODE_PROBE)] == node[:2]
    for first, command in zip((1, 3, 5), (python[3:], asynchronous[3:], node[2:]), strict=True):
        options = read_options("probe", command)
        assert ("http://x:1", Path("events"), 2, "upgrade") == (
            options.url,
            options.events,
            options.clients,
            options.transport,
        )
        assert (first, first == 1, 0.1) == (
            options.first,
            options.start,
            options.stall_threshold,
        )


@pytest.mark.usefixtures("_node_is_there")
def test_what_is_there_can_run() -> None:
    """Nothing is raised where Node, its library and aiohttp are installed."""
    check_client_kinds(EVERYBODY)


@pytest.mark.usefixtures("_node_is_there")
def test_a_kind_that_cannot_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the setting, its value, and what is needed; other kinds do not ask for it."""
    monkeypatch.setattr(clients, "SOCKET_IO_CLIENT", Path("absent"))
    with pytest.raises(SettingsError, match=r"client_kinds = 'node': node needs socket\.io-cli"):
        check_client_kinds(Settings(client_kinds="node"))
    monkeypatch.setattr(clients.shutil, "which", lambda name: None)
    with pytest.raises(SettingsError, match=r"node needs Node\.js 18 or newer on the PATH"):
        probe_commands(Settings(client_kinds="python,node"), "http://x:1", Path("events"))
    monkeypatch.setattr(clients, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="python-async needs aiohttp"):
        check_client_kinds(Settings(client_kinds="python-async"))
    check_client_kinds(Settings(client_kinds="python"))


def test_the_javascript_client_is_in_the_package() -> None:
    """The file that ``node`` is to run is there."""
    assert clients.NODE_PROBE.is_file()
