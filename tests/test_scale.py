"""Two servers, a queue worker, a real Redis and a sticky nginx: what one client sees of the other
server, and of its own server's death.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import socketio

from granite_ws import Settings, contract
from granite_ws.edges import cluster
from granite_ws.edges.crowd_process import CrowdProcess, together, wait_until
from granite_ws.edges.crowd_tally import tally
from granite_ws.edges.nginx import find_nginx

LIMIT_S = 30
SOCKET_IO = Path(__file__).parents[1] / "granite_ws/web/node_modules/socket.io-client"
# Each goes to either server by chance: that all go to one happens once in 30,000 times.
CLIENTS, ASKS = 16, 2
# Each forecast takes a while, so that some still wait in the queue when a server is killed.
SETTINGS = Settings(
    engine="smoothing", hub_timeout_s=0, load="slow-free", load_s=0.1, data="elnino"
)
pytestmark = [
    pytest.mark.skipif(find_nginx() is None, reason="apt install nginx"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="apt install redis-server"),
]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cluster.Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with cluster.running(SETTINGS, folder, servers=2, workers=1) as made:
        yield made


@contextmanager
def client(url: str) -> Iterator[socketio.Client]:
    one = socketio.Client(handle_sigint=False)
    one.connect(url, transports=["websocket"], wait_timeout=LIMIT_S)
    try:
        yield one
    finally:
        one.disconnect()


def test_what_one_server_tells_everybody_reaches_the_others_clients(
    there: cluster.Cluster,
) -> None:
    """A client of the first server starts and stops the feed; one of the second is told so."""
    first, second = there.direct
    heard: list[bool] = []
    started, stopped = threading.Event(), threading.Event()

    def changed(told: dict[str, bool]) -> None:
        heard.append(told["running"])
        (started if told["running"] else stopped).set()

    with client(first) as one, client(second) as other:
        other.on(contract.STATUS_CHANGED, changed)
        one.emit(contract.START)
        assert started.wait(LIMIT_S)
        one.emit(contract.STOP)
        assert stopped.wait(LIMIT_S)
    assert [True, False] == heard


def test_a_polling_session_stays_with_its_server(there: cluster.Cluster, tmp_path: Path) -> None:
    """Through the proxy: every request of a session meets one server, nobody is told ``Invalid
    session``, and both servers have some of the clients, all of one address.
    """
    options = (
        "--clients",
        str(CLIENTS),
        "--transport",
        "polling",
        "--over",
        "0.5",
        "--steps",
        "3",
    )
    with CrowdProcess(there.url, tmp_path / "record", *options) as one:
        here = wait_until([one], lambda told: told["connected"] == CLIENTS, seconds=LIMIT_S)
        assert here is not None
        one.ask()
        assert (
            wait_until([one], lambda told: told["ended"] == CLIENTS, seconds=LIMIT_S) is not None
        )
        views = one.end()
    assert not any(view.drops for view in views)
    homes = defaultdict(set)
    for line in (there.folder / "nginx/access.log").read_text().splitlines():
        _, server, status, *_ = line.split()
        if session := re.search(r"transport=polling\S*&sid=([\w-]+)", line):
            homes[session[1]].add(server)
            assert "200" == status, line
    assert len(homes) >= CLIENTS
    assert all(len(servers) == 1 for servers in homes.values())
    assert 2 == len(set.union(*homes.values()))


NODE = """
const { io } = require("socket.io-client");
let left = Number(process.argv[2]);
const ill = (...words) => { console.log(...words); process.exit(3); };
const done = () => --left || process.exit(0);
for (let n = left; n > 0; n--) {
  const socket = io(process.argv[1], { transports: ["polling", "websocket"], forceNew: true });
  socket.on("connect_error", (error) => ill("refused", error.message));
  socket.on("disconnect", (reason) => ill("dropped", reason));
  socket.on("connect", () => {
    const engine = socket.io.engine;
    engine.transport.name === "websocket" ? done() : engine.once("upgrade", done);
  });
}
"""


@pytest.mark.skipif(shutil.which("node") is None or not SOCKET_IO.is_dir(), reason="make web")
def test_nodes_client_polls_and_upgrades_without_a_cookie(there: cluster.Cluster) -> None:
    """It keeps none by itself: opening, polls and upgrade of each client meet one server."""
    ended = subprocess.run(
        ["node", "-e", NODE, there.url, "6"],
        cwd=SOCKET_IO.parent,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert (0, "") == (ended.returncode, ended.stdout), ended.stderr


def test_a_killed_server_loses_nobody_and_no_forecast(
    there: cluster.Cluster, tmp_path: Path
) -> None:
    """While forecasts wait in the queue one server is killed: its clients return through the
    other one, and every forecast reaches its client exactly once.
    """
    options = ("--clients", str(CLIENTS), "--asks", str(ASKS), "--over", "0.2", "--steps", "3")
    with CrowdProcess(
        there.url, tmp_path / "record", *options, "--transport", "mixed", "--seed", "1"
    ) as one:
        crowds = [one]
        assert wait_until(crowds, lambda told: told["connected"] == CLIENTS, seconds=LIMIT_S)
        one.ask()
        wanted = CLIENTS * ASKS
        assert wait_until(crowds, lambda told: told["taken"] == wanted, seconds=LIMIT_S)
        assert together(crowds)["ended"] < wanted
        there.servers[0].kill()
        assert wait_until(crowds, lambda told: told["connected"] < CLIENTS, seconds=LIMIT_S)
        ended = wait_until(
            crowds,
            lambda told: told["connected"] == CLIENTS and told["ended"] == wanted,
            seconds=LIMIT_S,
        )
        views = one.end()
    sums = tally(views)
    assert ended is not None, sums
    assert 0 < sums["drops"] < CLIENTS
    assert (CLIENTS, wanted, 0, 0) == tuple(
        sums[name] for name in ("connected", "answered", "lost", "doubled")
    )
    assert any(ask.follows for view in views for ask in view.asks)
