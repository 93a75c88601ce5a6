"""The HTTP API of a server: forecasts and health, and which browsers' pages may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response

from granite_ws.edges.forecast_cache import Answer
from granite_ws.edges.health import create_health
from granite_ws.edges.job_desk import JobDesk
from granite_ws.edges.job_tally import MEDIA_TYPE
from granite_ws.edges.problems import handle_errors
from granite_ws.edges.rest import Enter, create_api
from granite_ws.settings import Settings


def add_api(app: Flask, settings: Settings, desk: JobDesk, enter: Enter) -> None:
    """Forecasts over HTTP, and the health of the server."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_http_buffer_size
    handle_errors(app)
    app.register_blueprint(
        create_api(settings, desk, enter, _admission(settings.cors_allowed_origins))
    )
    app.register_blueprint(create_health(desk))
    _tell_metrics(app, desk)


def _tell_metrics(app: Flask, desk: JobDesk) -> None:
    """``/metrics`` for Prometheus."""

    def hit_ratio() -> float:
        counts = desk.lookups.counts()
        return (
            1 - counts[Answer.MISS] / max(sum(counts.values()), 1) if any(counts.values()) else 0
        )

    tally = desk.tally
    tally.watch("forecasts_open", "Forecasts that have not ended", desk.open_jobs)
    tally.watch("cache_hit_ratio", "Look-ups that had not to wait for their own", hit_ratio)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(tally.text(), content_type=MEDIA_TYPE)


def enter_room(manager: Any, client_id: str, room: str) -> bool:
    """Puts a client of this server into a room; False when there is no such client here."""
    if not manager.is_connected(client_id, "/"):
        return False
    manager.basic_enter_room(client_id, "/", room)
    return True


def _admission(setting: str) -> Callable[[str, Request], bool]:
    """``origins`` for plain HTTP."""
    allowed = origins(setting)

    def admits(origin: str, asked: Request) -> bool:
        if callable(allowed):
            return allowed(origin, asked.environ)
        return allowed == "*" or origin == asked.host_url.rstrip("/")

    return admits


def origins(setting: str) -> str | Callable[..., bool] | None:
    """As python-engineio wants it: None is the same origin only, a list adds to it."""
    if setting == "same-origin":
        return None
    if setting == "*":
        return "*"
    listed = {origin.strip() for origin in setting.split(",")}

    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        own = f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST')}"
        return origin in listed or origin == own

    return allowed
