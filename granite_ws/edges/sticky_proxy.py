"""A proxy in front of several servers that leads each client to its own one: nginx or HAProxy.

    python -m granite_ws.edges.sticky_proxy --port 5000 --to HOST:PORT --to HOST:PORT
        [--host ADDRESS] [--ping-interval S] [--ping-timeout S] [--write nginx|haproxy]

Runs an unprivileged nginx until SIGTERM or SIGINT, or with ``--write`` only prints a
configuration: for nginx what belongs into ``http { }`` (a file in ``/etc/nginx/conf.d``).

A client that polls sends many requests, and only the server that opened its session knows it
(``400 Invalid session`` from any other). Which server a request goes to is decided by

    its cookie                           browsers, and who keeps cookies: each on its own
    a Socket.IO session without cookie   its address: all of one address together
    anything else                        chance, and the answer sets the cookie

``ip_hash`` alone would put everybody behind one address on one server, a cookie alone would
break the polling of clients that keep none (Node's, unless told to).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from granite_ws.edges.clock import Clock
from granite_ws.edges.nginx import ended_by_a_signal, serving
from granite_ws.edges.wire import address
from granite_ws.edges.wire_connection import Address
from granite_ws.errors import BadInput, SessionFailed
from granite_ws.settings import DEFAULTS, Settings

COOKIE = "granite_ws"
# A heartbeat may be silent for ping_interval + ping_timeout; a proxy that closes earlier drops
# healthy clients (seconds).
SPARE_S = 15
# A server that refused a connection is not asked again for so long (seconds): it may be starting.
REST_S = 5
# A server whose queue of connections is full answers nothing at all: then the next one is asked.
CONNECT_S = 5

_SITE = """\
map $http_upgrade $granite_ws_connection {{ default upgrade; '' ''; }}
# Of a Socket.IO session: either it polls, or it goes on with what it began by polling. The address
# alone: Node's client polls with one User-Agent and upgrades with none.
map "$arg_transport:$arg_sid" $granite_ws_stranger {{
    "~^polling:" $remote_addr;
    "~:."        $remote_addr;
    default      $request_id;
}}
map $cookie_{cookie} $granite_ws_client {{
    default $cookie_{cookie};
    ''      $granite_ws_stranger;
}}
# Only who came by chance is given a cookie: the key that has just led him here.
map "$cookie_{cookie}:$granite_ws_stranger" $granite_ws_set_cookie {{
    "~^:(?<granite_ws_new>[0-9a-f]+)$" "{cookie}=$granite_ws_new; Path=/; HttpOnly; SameSite=Lax";
    default "";
}}
upstream granite_ws {{
    zone granite_ws 64k;
    hash $granite_ws_client consistent;
{servers}
}}
server {{
    listen {listen};
    client_max_body_size {body};
    add_header Set-Cookie $granite_ws_set_cookie always;
    location / {{
        proxy_pass http://granite_ws;
        proxy_http_version 1.1;
        proxy_buffering off;
        proxy_connect_timeout {connect_s}s;
        proxy_read_timeout {silence_s}s;
        proxy_send_timeout {silence_s}s;
        proxy_next_upstream error timeout;
        proxy_next_upstream_tries {tries};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $granite_ws_connection;
    }}
}}
"""

_WHOLE = """\
daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log "{folder}/error.log" info;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    log_format upstream '$msec $upstream_addr $upstream_status $status $request_time "$request"';
    access_log "{folder}/access.log" upstream;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
{site}}}
"""

_HAPROXY = """\
global
    log stdout format raw local0

defaults
    mode http
    log global
    option httplog
    option forwardfor
    # A server that is gone: who was led to it by his cookie may go elsewhere.
    option redispatch 1
    retries 3
    timeout connect {connect_s}s
    timeout client {silence_s}s
    timeout server {silence_s}s
    timeout tunnel {silence_s}s
    timeout http-request 10s

frontend granite_ws
    bind {listen}
    http-request set-header X-Forwarded-Proto http unless {{ ssl_fc }}
    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
    acl known req.cook({cookie}) -m found
    acl polls url_param(transport) -m str polling
    acl goes_on url_param(sid) -m found
    use_backend by_address if !known polls or !known goes_on
    default_backend by_cookie

backend by_cookie
    balance leastconn
    cookie {cookie} insert indirect nocache httponly attr "SameSite=Lax"
{servers}

# Polls and has no cookie: one address, one server, whether it keeps the cookie then or not.
backend by_address
    balance source
    hash-type consistent
    cookie {cookie} insert indirect nocache httponly attr "SameSite=Lax"
{servers}
"""


def silence_s(settings: Settings) -> int:
    """How long (seconds) a healthy connection may be silent, and a little more."""
    return round(settings.ping_interval + settings.ping_timeout) + SPARE_S


def nginx_site(upstreams: Sequence[Address], listening: Address, settings: Settings) -> str:
    """What belongs into nginx's ``http { }``. Needs nginx 1.11 (``$request_id``)."""
    servers = [
        f"    server {_at(there)} max_fails=1 fail_timeout={REST_S}s;" for there in upstreams
    ]
    return _SITE.format(
        cookie=COOKIE,
        servers="\n".join(servers),
        listen=_at(listening),
        body=settings.max_http_buffer_size,
        connect_s=CONNECT_S,
        silence_s=silence_s(settings),
        tries=len(upstreams),
    )


def haproxy_config(upstreams: Sequence[Address], listening: Address, settings: Settings) -> str:
    """The whole ``haproxy.cfg``. Needs HAProxy 2.3 (``attr``)."""
    servers = [
        f"    server web{number} {_at(there)} cookie web{number} check"
        for number, there in enumerate(upstreams, start=1)
    ]
    return _HAPROXY.format(
        cookie=COOKIE,
        servers="\n".join(servers),
        listen=_at(listening),
        connect_s=CONNECT_S,
        silence_s=silence_s(settings),
    )


@contextmanager
def running(
    folder: Path, upstreams: Sequence[Address], listening: Address, settings: Settings
) -> Iterator[Address]:
    """A sticky nginx that accepts connections at ``listening``; ended on leaving the block.

    Raises as ``nginx.serving``.
    """
    folder = folder.absolute()
    site = nginx_site(upstreams, listening, settings)
    with serving(folder, _WHOLE.format(folder=folder, site=site), listening) as there:
        yield there


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; 2 after bad input, 4 where nginx does not start."""
    options = _options(arguments)
    try:
        settings = Settings.from_mapping(
            {"ping_interval": options.ping_interval, "ping_timeout": options.ping_timeout},
            where="command line",
        )
        upstreams = [address(text) for text in options.to]
        listening = (options.host, options.port)
        if options.write:
            texts = {"nginx": nginx_site, "haproxy": haproxy_config}
            print(texts[options.write](upstreams, listening, settings), end="")
            return 0
        over = ended_by_a_signal()
        with (
            tempfile.TemporaryDirectory(prefix="granite-ws-proxy-") as folder,
            running(Path(folder), upstreams, listening, settings) as (host, port),
        ):
            print(f"listening on {host}:{port}", flush=True)
            Clock().wait(over)
    except (BadInput, SessionFailed) as error:
        print(f"granite-ws: error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 4
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="granite_ws.edges.sticky_proxy", description=__doc__)
    parser.add_argument("--to", action="append", required=True, metavar="HOST:PORT")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--port", type=int, required=True)
    for name in ("ping_interval", "ping_timeout"):
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=type(DEFAULTS[name]), default=DEFAULTS[name], metavar="S")
    parser.add_argument("--write", choices=("nginx", "haproxy"))
    return parser.parse_args(arguments)


def _at(there: Address) -> str:
    host, port = there[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


if __name__ == "__main__":
    sys.exit(main())
