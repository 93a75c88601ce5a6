"""Faults of what lies between client and server, and of how the heartbeat is set."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

_BOTH = ("python", "node")
# One message every 1.7 s: longer than the proxy waits, and out of step with everything else.
_RARE = {"point_interval_s": 1.7, "forecast_every": 0}

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="proxy_idle_timeout",
        place=Place.WIRE,
        about=say(
            "a proxy ends connections that were silent for 1.5 s, and a PING comes each 4 s"
        ),
        settings={"duration_s": 13, **_RARE, "ping_interval": 4},
        hits=_BOTH,
        standing=True,
        settle_s=0.5,
        order={"idle_s": 1.5},
        reports=("socket.io#3025", "ws#2283", "mattermost/docs#8930"),
    ),
    Fault(
        name="proxy_max_age",
        place=Place.WIRE,
        about=say("a load balancer ends connections when they are 2.5 s old"),
        settings={"duration_s": 13},
        hits=_BOTH,
        standing=True,
        settle_s=0.5,
        order={"age_s": 2.5},
        reports=("socket.io#3704",),
    ),
    Fault(
        name="blackhole_both",
        place=Place.WIRE,
        about=say("nothing comes through any more, in neither direction, and nobody is told"),
        seconds=8.0,
        hits=_BOTH,
        settle_s=2.0,
        reports=("python-socketio#940", "python-engineio#328"),
    ),
    Fault(
        name="loss_server_to_client",
        place=Place.WIRE,
        about=say("nothing comes from the server any more, while the other way is open"),
        seconds=8.0,
        hits=_BOTH,
        settle_s=2.0,
    ),
    Fault(
        name="loss_client_to_server",
        place=Place.WIRE,
        about=say("nothing comes from the clients any more, while the other way is open"),
        seconds=8.0,
        hits=_BOTH,
        settle_s=2.0,
        reports=("python-socketio#364",),
    ),
    Fault(
        name="network_cut",
        place=Place.WIRE,
        about=say("every TCP connection is reset on the way, once"),
        hits=_BOTH,
        settle_s=3.0,
        order={"fault": "cut"},
    ),
    Fault(
        name="second_heartbeat",
        place=Place.RUNNER,
        about=say("the web server's own ping ends clients that pause, long before ping_timeout"),
        seconds=4.0,
        settings={
            "async_mode": "asgi",
            "ws_ping_interval": 1,
            "ws_ping_timeout": 1,
            "ping_interval": 25,
            "ping_timeout": 20,
        },
        hits=_BOTH,
        standing=True,
        settle_s=4.0,
        also=("client_suspended",),
        reports=("uvicorn#1609", "uvicorn#245", "websockets#823"),
    ),
    Fault(
        name="no_sticky_session",
        place=Place.WIRE,
        about=say("two servers behind one address, and each request goes to the next"),
        settings={"duration_s": 10, "transport": "polling"},
        standing=True,
        settle_s=2.0,
        order={"servers": 2},
        reports=("Flask-SocketIO#439", "Flask-SocketIO#467"),
    ),
    Fault(
        name="upgrade_failed",
        place=Place.WIRE,
        about=say("a proxy does not pass the Upgrade header on"),
        settings={"duration_s": 7, "transport": "upgrade"},
        standing=True,
        settle_s=1.0,
        reports=("Flask-SocketIO#1064",),
    ),
    Fault(
        name="fractional_ping_interval",
        place=Place.SERVER,
        about=say("ping_interval is 1.9 s, and clients are told 1 s"),
        settings={"duration_s": 12, "ping_timeout": 0.5},
        hits=("node",),
        standing=True,
        settle_s=1.0,
    ),
    Fault(
        name="ping_timeout_too_short",
        place=Place.WIRE,
        about=say("the way there and back takes 0.6 s, and a PONG may take 0.4 s"),
        settings={"duration_s": 12, "ping_interval": 2, "ping_timeout": 0.4},
        hits=_BOTH,
        standing=True,
        settle_s=1.0,
        order={"delay_s": 0.3},
        reports=("python-engineio#183", "python-socketio#233"),
    ),
    Fault(
        name="wall_clock_step",
        place=Place.SERVER,
        about=say("the wall clock jumps by a minute while a PONG is due"),
        settings={"client_kinds": "python"},
        hits=("python",),
        settle_s=4.0,
    ),
)
