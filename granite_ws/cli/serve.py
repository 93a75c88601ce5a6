"""``granite-ws serve``."""

from __future__ import annotations

import faulthandler
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from granite_ws.cli.options import config_option, configured, settings_from, settings_options
from granite_ws.edges import store
from granite_ws.edges.async_mode import prepare
from granite_ws.settings import Settings

DEFAULT_PORT = 5000


@click.command(name="serve")
@settings_options
@config_option
@click.option("--session", type=click.Path(path_type=Path), hidden=True)
@click.option("--reload-on", type=click.Path(path_type=Path), hidden=True)
def command(session: Path | None, reload_on: Path | None, **options: Any) -> None:
    """Run the server and its live page until Ctrl-C.

    It listens on port 5000 unless --port says otherwise, and feeds when a client asks for it: the
    page's Start button, or the event start_processing.

    Log lines go to stderr in the seed document's wording, so this works:

    \b
      granite-ws serve 2>&1 | tee granite_debug.log
      grep "Prediction completed in" granite_debug.log
    """  # noqa: D301
    if session is not None:
        settings, events = store.read_session(session).settings, session / store.EVENTS_FILE
        # One of several servers of a session has a port of its own; its Redis has one, too.
        settings = replace(
            settings,
            port=options["port"] or settings.port,
            redis_url=options["redis_url"] or settings.redis_url,
        )
    else:
        settings, events = settings_from({"port": DEFAULT_PORT, **configured(options)}), None
    # Native code that crashes leaves no other word than the one this writes to stderr.
    faulthandler.enable()
    run = partial(_serve, settings, events)
    if reload_on is not None:
        from werkzeug._reloader import run_with_reloader

        # As Flask's debug mode does it: also when any imported module changes.
        run_with_reloader(run, extra_files=[str(reload_on)], reloader_type="stat")
    run()
    # The threads of open connections are not daemons in every library: nothing may outlive us.
    os._exit(0)


def _serve(settings: Settings, events: Path | None) -> None:
    prepare(settings.async_mode)
    # Only now: what it imports must find the standard library as the mode wants it.
    from granite_ws.serve import serve

    serve(settings, events=events)
