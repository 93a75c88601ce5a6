"""A real nginx in front of the server, where one is installed: unprivileged, all in one folder.

    python -m granite_ws.edges.nginx FOLDER --to HOST:PORT [--to HOST:PORT ...]
        [--read-timeout S] [--no-upgrade] [--events EVENTS]

Runs until SIGTERM or SIGINT. Says where it listens on standard output, and in EVENTS.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from granite_ws.edges.clock import Clock
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.wire import address
from granite_ws.edges.wire_connection import Address
from granite_ws.edges.wire_relay import HOST
from granite_ws.errors import BadInput, OutputError, SessionFailed
from granite_ws.events import Kind, Witness

# nginx's own default (seconds): http://nginx.org/en/docs/http/ngx_http_proxy_module.html
READ_TIMEOUT_S = 60.0
_START_S = 10.0
_END_S = 5.0
# Debian and others keep it out of the PATH of ordinary users.
_PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin"

_CONFIG = """\
daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log "{folder}/error.log" info;
events {{ worker_connections 1024; }}
http {{
    access_log "{folder}/access.log";
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream granite_ws {{
{servers}
    }}
    server {{
        listen {host}:{port};
        client_max_body_size 0;
        location / {{
            proxy_pass http://granite_ws;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_read_timeout {read_timeout_ms}ms;
            proxy_set_header Host $http_host;
{upgrade}
        }}
    }}
}}
"""
_UPGRADE = """\
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;"""


def find_nginx() -> Path | None:
    """The installed nginx; None where there is none."""
    found = shutil.which("nginx") or shutil.which("nginx", path=_PLACES)
    return Path(found) if found else None


def config_text(
    folder: Path,
    upstreams: Sequence[Address],
    *,
    port: int,
    read_timeout_s: float = READ_TIMEOUT_S,
    upgrade: bool = True,
) -> str:
    """The whole nginx.conf. Several upstreams are taken in turn, as without ``ip_hash``.

    read_timeout_s: ``proxy_read_timeout``, silence of the server after which nginx closes.
    upgrade:        whether ``Upgrade`` is passed on, without which there is no WebSocket.
    Raises BadInput for a folder whose name nginx cannot read.
    """
    if any(sign in str(folder) for sign in '"$\\\n'):
        allowed = 'a path without ", $, \\ and line breaks'
        raise BadInput("folder", str(folder), allowed=allowed, where="nginx")
    if not 0.001 <= read_timeout_s < 1e6:
        allowed = "seconds from 0.001 to 1000000"
        raise BadInput("--read-timeout", read_timeout_s, allowed=allowed, where="nginx")
    # A server that failed once is asked again: it is the turn that matters here.
    servers = [f"        server {_host(host)}:{at} max_fails=0;" for host, at in upstreams]
    return _CONFIG.format(
        folder=folder,
        servers="\n".join(servers),
        host=HOST,
        port=port,
        read_timeout_ms=round(read_timeout_s * 1000),
        upgrade=_UPGRADE if upgrade else "            # Upgrade is not passed on",
    )


@contextmanager
def running(
    folder: Path,
    upstreams: Sequence[Address],
    *,
    read_timeout_s: float = READ_TIMEOUT_S,
    upgrade: bool = True,
) -> Iterator[Address]:
    """An nginx that accepts connections at the address given; ended on leaving the block.

    Raises BadInput where none is installed or the folder cannot be used, SessionFailed when
    nginx does not start.
    """
    listening = (HOST, _free_port())
    folder = folder.absolute()
    text = config_text(
        folder, upstreams, port=listening[1], read_timeout_s=read_timeout_s, upgrade=upgrade
    )
    with serving(folder, text, listening) as there:
        yield there


@contextmanager
def serving(folder: Path, text: str, listening: Address) -> Iterator[Address]:
    """An nginx of this configuration, once it accepts connections where it says; ended on leaving.

    Raises BadInput where none is installed or the folder cannot be used, SessionFailed when
    nginx does not start.
    """
    program = find_nginx()
    if program is None:
        raise BadInput("nginx", None, allowed="an installed nginx", where="nginx")
    config = folder / "nginx.conf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError.refused("folder", folder, error, where="nginx") from error
    command: list[str | Path] = [program, "-p", folder, "-c", config, "-e", folder / "error.log"]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_until_it_listens(child, listening, folder)
        yield listening
    finally:
        _end(child)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; 2 after bad input, 4 where nginx does not start."""
    options = _options(arguments)
    try:
        upstreams = [address(text) for text in options.to]
        over = ended_by_a_signal()
        with running(
            options.folder,
            upstreams,
            read_timeout_s=options.read_timeout,
            upgrade=not options.no_upgrade,
        ) as (host, port):
            pen = Recorder(Witness.INJECTOR, options.events)
            pen.record(Kind.RELAY_LISTENING, host=host, port=port)
            print(f"listening on {host}:{port}", flush=True)
            Clock().wait(over)
            pen.close()
    except (BadInput, SessionFailed) as error:
        print(f"granite-ws: error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 4
    return 0


def ended_by_a_signal() -> threading.Event:
    """Set by SIGTERM and SIGINT, from now on."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    return over


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="granite_ws.edges.nginx", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", action="append", required=True, metavar="HOST:PORT")
    parser.add_argument("--read-timeout", type=float, default=READ_TIMEOUT_S, metavar="S")
    parser.add_argument("--no-upgrade", action="store_true")
    parser.add_argument("--events", type=Path)
    return parser.parse_args(arguments)


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_it_listens(
    child: subprocess.Popen[bytes], listening: Address, folder: Path
) -> None:
    clock = Clock()
    deadline = clock.now_ns() + int(_START_S * 1e9)
    while clock.now_ns() < deadline and child.poll() is None:
        try:
            socket.create_connection(listening, 1).close()
        except OSError:
            clock.sleep(0.01)
        else:
            return
    raise SessionFailed(f"nginx does not listen: {_last_line(folder / 'error.log')}")


def _last_line(path: Path) -> str:
    if not os.path.isfile(path):
        return "it has written no reason"
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it has written no reason")


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_END_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    sys.exit(main())
