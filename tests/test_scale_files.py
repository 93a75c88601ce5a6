"""Procfile, compose file and the proxies' configurations name the same things, and these exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from granite_ws.cli import granite_ws
from granite_ws.edges import sticky_proxy
from granite_ws.edges.nginx import find_nginx
from granite_ws.settings import DEFAULTS

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
LIMIT_S = 60
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
PORTS = ("5001", "5002")
MADE = {
    "nginx.conf": "nginx",
    "nginx-compose.conf": "nginx",
    "haproxy.cfg": "haproxy",
}


def procfile() -> dict[str, list[str]]:
    read = import_module("honcho.environ").parse_procfile((ROOT / "Procfile").read_text())
    return {name: shlex.split(line) for name, line in read.processes.items()}


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return services


def read_options(words: list[str]) -> dict[str, Any]:
    """What granite-ws's own command line reads from these words. Raises click.UsageError."""
    context = click.Context(granite_ws)
    command = granite_ws.get_command(context, words[0])
    assert command is not None, words
    made = command.make_context(words[0], words[1:], parent=context)
    return {name: value for name, value in made.params.items() if value is not None}


def ours() -> dict[str, list[str]]:
    """Every call of granite-ws in the two files."""
    here = {name: words[1:] for name, words in procfile().items() if words[0] == "granite-ws"}
    there = {
        f"compose {name}": service["command"]
        for name, service in compose().items()
        if service.get("entrypoint") == ["granite-ws"]
    }
    return here | there


def test_the_files_name_the_same_processes() -> None:
    """Two servers, a worker, Redis and the proxy, in both."""
    names = {"redis", "web-1", "web-2", "worker", "proxy"}
    assert names == set(procfile())
    assert names == set(compose())


@pytest.mark.parametrize("name", ["web-1", "web-2", "worker"])
def test_the_commands_are_ones_that_this_program_knows(name: str) -> None:
    """Read by the command line itself: commands, options and their values."""
    here, there = (read_options(ours()[key]) for key in (name, f"compose {name}"))
    for differs in ("redis_url", "host"):
        here.pop(differs, None)
        there.pop(differs, None)
    assert here == there


def test_servers_and_worker_share_one_redis() -> None:
    """The URL that every one of them is given is where the Procfile's and compose's Redis is."""
    urls = {name: read_options(words)["redis_url"] for name, words in ours().items()}
    redis = procfile()["redis"]
    at = redis[redis.index("--bind") + 1], redis[redis.index("--port") + 1]
    assert {f"redis://{at[0]}:{at[1]}/0"} == {
        url for name, url in urls.items() if "compose" not in name
    }
    assert {"redis://redis:6379/0"} == {url for name, url in urls.items() if "compose" in name}
    assert "ports" not in compose()["redis"]


def test_the_proxies_lead_to_the_servers_ports() -> None:
    """Procfile, compose, nginx and HAProxy: 5001 and 5002 behind 5000, on this machine alone."""
    for words in ours().values():
        if words[0] == "serve":
            assert str(read_options(words)["port"]) in PORTS
    proxy = procfile()["proxy"]
    assert [f"127.0.0.1:{port}" for port in PORTS] == [
        word for word in proxy if word.startswith("127.0.0.1:")
    ]
    assert "5000" == proxy[proxy.index("--port") + 1]
    assert ["127.0.0.1:5000:5000"] == compose()["proxy"]["ports"]
    for name, host in {"nginx.conf": "127.0.0.1", "nginx-compose.conf": "web-"}.items():
        text = (DEPLOY / name).read_text()
        assert PORTS == tuple(re.findall(rf"server {host}[^ ]*:(\d+) ", text))
        assert re.search(r"listen [\d.]+:5000;", text)
    text = (DEPLOY / "haproxy.cfg").read_text()
    assert 2 * PORTS == tuple(re.findall(r"server web\d 127.0.0.1:(\d+) ", text))
    assert "bind 127.0.0.1:5000" in text


@pytest.mark.parametrize("name", MADE)
def test_a_configuration_is_what_its_command_makes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its first line says how it was made; doing it again gives the same file."""
    first, _, rest = (DEPLOY / name).read_text().partition("\n")
    command = shlex.split(first.removeprefix("# Made by:"))
    assert ["python", "-m", "granite_ws.edges.sticky_proxy", "--write", MADE[name]] == command[:5]
    assert 0 == sticky_proxy.main(command[3:])
    assert capsys.readouterr().out == rest


def test_a_heartbeat_fits_into_every_proxys_patience() -> None:
    """The servers run with the default heartbeat, and the proxies wait longer."""
    longest = DEFAULTS["ping_interval"] + DEFAULTS["ping_timeout"]
    for words in ours().values():
        assert not {"ping_interval", "ping_timeout"} & read_options(words).keys()
    patience = r"(?:proxy_(?:read|send)_timeout|timeout (?:client|server|tunnel)) (\d+)s"
    for name in MADE:
        told = [int(s) for s in re.findall(patience, (DEPLOY / name).read_text())]
        assert 2 <= len(told)
        assert min(told) > longest


def test_compose_gives_open_forecasts_their_time() -> None:
    """What stops a container waits longer than a server that drains its jobs."""
    for name, service in compose().items():
        if service.get("entrypoint"):
            grace = int(service["stop_grace_period"].removesuffix("s"))
            assert grace > DEFAULTS["shutdown_s"], name


@pytest.mark.skipif(HAPROXY is None, reason="apt install haproxy")
def test_haproxy_takes_its_configuration() -> None:
    """``haproxy -c`` finds no error and no warning."""
    assert HAPROXY is not None
    command: list[str | Path] = [HAPROXY, "-c", "-dW", "-f", DEPLOY / "haproxy.cfg"]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    assert 0 == checked.returncode, checked.stderr


@pytest.mark.skipif(find_nginx() is None, reason="apt install nginx")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """``nginx -t`` of the file as it would be included from ``/etc/nginx/conf.d``."""
    whole, site = tmp_path / "nginx.conf", DEPLOY / "nginx.conf"
    logs = f'pid "{tmp_path}/pid"; error_log "{tmp_path}/error.log";'
    whole.write_text(f'{logs} events {{}} http {{ access_log off; include "{site}"; }}')
    checked = subprocess.run(
        [find_nginx() or "", "-t", "-p", tmp_path, "-c", whole, "-e", tmp_path / "error.log"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert 0 == checked.returncode, checked.stderr


def _compose_program() -> list[str] | None:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            asked = subprocess.run([*command, "version"], capture_output=True, timeout=LIMIT_S)
            if asked.returncode == 0:
                return command
    return None


def test_compose_takes_its_file() -> None:
    """``docker compose config``, which needs no engine, where it is installed."""
    program = _compose_program()
    if program is None:
        pytest.skip("apt install docker-compose")
    checked = subprocess.run(
        [*program, "-f", DEPLOY / "compose.yaml", "config", "--quiet"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert 0 == checked.returncode, checked.stderr
    assert (DEPLOY / "nginx-compose.conf").is_file()
