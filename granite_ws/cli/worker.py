"""``granite-ws worker``."""

from __future__ import annotations

import faulthandler
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from granite_ws.cli.options import config_option, configured, settings_from, settings_options
from granite_ws.edges import store
from granite_ws.edges.orders import listen
from granite_ws.errors import SettingsError


@click.command(name="worker")
@settings_options
@config_option
@click.option("--session", type=click.Path(path_type=Path), hidden=True)
def command(session: Path | None, **options: Any) -> None:
    """Make forecasts for servers whose executor is the queue, until Ctrl-C.

    Start as many as there are cores to spare. They and the servers need one Redis:

    \b
      granite-ws serve --executor queue --redis-url redis://127.0.0.1:6379/0
      granite-ws worker --redis-url redis://127.0.0.1:6379/0
    """  # noqa: D301
    events = None
    if session is not None:
        settings, events = store.read_session(session).settings, session / store.EVENTS_FILE
        settings = replace(settings, redis_url=options["redis_url"] or settings.redis_url)
    else:
        settings = settings_from({**configured(options), "executor": "queue"})
    if not settings.redis_url:
        raise SettingsError(
            "redis_url",
            "",
            allowed="must be given, as in redis://127.0.0.1:6379/0",
            where="worker",
        )
    faulthandler.enable()
    # Nobody orders a worker about; the end of the orders ends it where a runner started it.
    listen(lambda _order: None)
    from granite_ws.edges.queue_worker import run_worker
    from granite_ws.serve import load_for

    run_worker(settings, events=events, period=load_for(settings).period)
