"""A real JupyterLab of its own: nothing of the developer's settings, ended by its process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

TOKEN = "for-this-test"
STARTS_S, OPENS_S, GRACE_S = 40.0, 60.0, 10.0
_NO_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@contextmanager
def jupyterlab(root: Path, own: Path) -> Iterator[str]:
    """Serves ``root``; gives the address. Settings and everything it writes are under ``own``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    write(own / "config/labconfig/page_config.json", _NO_NEWS)
    # All cells are in the page, and not only those that are seen.
    tracker = own / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    write(tracker, {"windowingMode": "none"})
    kept = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = os.environ | {name: str(own / folder) for name, folder in kept.items()}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}", "--allow-root",
        f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (own / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=root)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_it_answers(address, server, own / "lab.log")
        yield address
    finally:
        server.terminate()  # it ends its kernels
        try:
            server.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until_it_answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server serves, with an absolute deadline."""
    deadline = time.monotonic() + STARTS_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def write(path: Path, content: object) -> None:
    """JSON in a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def open_notebook(page: Page, address: str, path: str) -> None:
    """Until its kernel answers: cells that are run before that ask for a kernel instead."""
    page.goto(f"{address}/lab/tree/{path}?token={TOKEN}")
    page.wait_for_function(
        """() => {
            const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
            const kernel = context?.isReady && context.session?.kernel;
            return kernel?.connectionStatus === "connected" && kernel.status === "idle";
        }""",
        timeout=OPENS_S * 1e3,
    )


def run_all(page: Page, *, within_s: float) -> None:
    """Runs every cell; returns when the last one is done, or the first one failed."""
    page.evaluate(
        """(limit) => Promise.race([
            window.jupyterapp.commands.execute("notebook:run-all-cells"),
            new Promise((_, late) => setTimeout(() => late("cells still run"), limit)),
        ]).then(() => undefined)""",
        within_s * 1e3,
    )


def darken(page: Page) -> None:
    """JupyterLab's own dark theme."""
    page.evaluate(
        "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    dark = page.locator("body[data-jp-theme-light='false']")
    dark.wait_for(state="attached", timeout=10_000)
