"""The OpenAPI 3.1 document of the HTTP API, with the limits of these very settings.

Made by hand from the constants that the reading of requests uses: a framework that generates it
would bring its own errors, where this API's are RFC 9457 problems.
"""

from __future__ import annotations

from typing import Any

from granite_ws.edges.host import own_version
from granite_ws.edges.problems import MEDIA_TYPE
from granite_ws.forecast_request import LEAST_POINTS, MOST_NAME, MOST_POINTS
from granite_ws.jobs import Code, State
from granite_ws.settings import EXECUTORS, Settings

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}


def document(settings: Settings) -> dict[str, Any]:
    """The whole document as plain values."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "granite_ws forecasts", "version": own_version()},
        "paths": {
            "/api/forecasts": {"post": _ask()},
            "/api/forecasts/{job_id}": {
                "parameters": [_path_parameter()],
                "get": _operation("lookAtForecast", "The job as it stands", {200: "Job"}, (404,)),
                "delete": _operation("cancelForecast", "Cancel it", {200: "Job"}, (403, 404)),
            },
        },
        "components": {
            "schemas": {
                "ForecastRequest": _request(settings),
                "Job": _job(settings),
                "Forecast": _forecast(),
                "Problem": _problem(),
            }
        },
    }


def _ask() -> dict[str, Any]:
    refused = (400, 403, 409, 413, 415, 422, 429, 500, 503, 504)
    operation = _operation("askForForecast", "Ask for one", {200: "Job", 202: "Job"}, refused)
    operation["responses"]["202"]["headers"] = {
        "Location": {"schema": _TEXT, "description": "where the job can be looked at"}
    }
    return {
        **operation,
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
                "description": "the same key and body: the same job",
            },
            {
                "name": "Prefer",
                "in": "header",
                "schema": _TEXT,
                "description": "RFC 7240: wait=SECONDS, or respond-async",
            },
        ],
        "requestBody": {
            "required": False,
            "content": {"application/json": {"schema": _reference("ForecastRequest")}},
        },
    }


def _operation(
    name: str, summary: str, answers: dict[int, str], problems: tuple[int, ...]
) -> dict[str, Any]:
    responses: dict[str, Any] = {
        str(status): {"description": shape, **_content("application/json", shape)}
        for status, shape in answers.items()
    }
    for status in problems:
        responses[str(status)] = {"description": "Problem", **_content(MEDIA_TYPE, "Problem")}
    return {"operationId": name, "summary": summary, "responses": responses}


def _content(media_type: str, shape: str) -> dict[str, Any]:
    return {"content": {media_type: {"schema": _reference(shape)}}}


def _reference(shape: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape}"}


def _path_parameter() -> dict[str, Any]:
    return {"name": "job_id", "in": "path", "required": True, "schema": _TEXT}


def _request(settings: Settings) -> dict[str, Any]:
    def points(items: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "array",
            "items": items,
            "minItems": LEAST_POINTS,
            "maxItems": MOST_POINTS,
        }

    series = {
        "type": "object",
        "required": ["timestamps", "values"],
        "additionalProperties": False,
        "description": "equally long; timestamps rise; without a series: the server's own",
        "properties": {
            "timestamps": points({"type": "string", "format": "date-time"}),
            "values": points(_NUMBER),
        },
    }
    steps = {"type": "integer", "minimum": 1, "maximum": settings.forecast_horizon}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "steps": steps,
            "series": series,
            "request_id": {"type": "string", "maxLength": MOST_NAME},
            "sid": {"type": "string", "description": "a Socket.IO client that is told, too"},
        },
    }


def _job(settings: Settings) -> dict[str, Any]:
    properties = {
        "job_id": _TEXT,
        "state": {"enum": [state.value for state in State]},
        "executor": {"enum": list(EXECUTORS)},
        "steps": {"type": "integer", "minimum": 1, "maximum": settings.forecast_horizon},
        "asked_utc": _TEXT,
        "request_id": _TEXT,
        "forecast": {"anyOf": [_reference("Forecast"), {"type": "null"}]},
        "error": _TEXT,
        "code": {"enum": ["", *(code.value for code in Code)]},
        "seconds": {"type": ["number", "null"]},
        "cached": {"enum": ["", "hit", "stale", "shared"]},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _forecast() -> dict[str, Any]:
    step = {
        "type": "object",
        "required": ["timestamp", "value", "horizon_step"],
        "properties": {
            "timestamp": _TEXT,
            "value": {"type": ["number", "null"]},
            "horizon_step": {"type": "integer", "minimum": 1},
        },
    }
    properties = {
        "predictions": {"type": "array", "items": step},
        "forecast_timestamp": _TEXT,
        "context_size": {"type": "integer", "minimum": 1},
        "model": _TEXT,
        "model_type": {"enum": ["granite", "statistical"]},
        "engine": _TEXT,
        "fallback_reason": {"type": ["string", "null"]},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _problem() -> dict[str, Any]:
    properties = {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": {"enum": [code.value for code in Code]},
    }
    required = ["type", "title", "status", "detail"]
    return {"type": "object", "required": required, "properties": properties}
