"""The one table that ties each kind of event to its human line, in both directions.

It writes ``granite_debug.log`` and reads such logs back, so the writer and the reader cannot
drift apart. The wording of the lines that people grep for is the seed document's, to the letter.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any

from granite_ws.events import Kind

LOGGER_NAME = "granite_ws"
# Whatever some reader of text takes for the end of a line.
_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
LINE_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"

_SERVICE = "[ForecastService]"
_GRANITE = "[ForecastService/Granite]"
_SMOOTHING = "[ForecastService/Fallback]"
_JOBS = "[ForecastService/Jobs]"
_CACHE = "[ForecastService/Cache]"
_WORKER = "[ForecastService/Worker]"
_SOCKET = "[WebSocket]"
_LOOP = "[Background]"
_DEBUG, _INFO, _WARNING, _ERROR = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR


@dataclass(frozen=True)
class Line:
    """One row: the event's kind, the level it is logged at, and its wording."""

    kind: Kind
    level: int
    template: str


TABLE: tuple[Line, ...] = (
    # the server and its model
    Line(Kind.LISTENING, _INFO, "[Server] Listening on http://{host}:{port:d}"),
    Line(Kind.MODEL_LOADING, _INFO, f"{_SERVICE} Loading model: {{engine}}"),
    Line(Kind.ENGINE_SKIPPED, _WARNING, f"{_SERVICE} Engine skipped: {{engine}}: {{reason}}"),
    Line(
        Kind.MODEL_READY,
        _INFO,
        f"{_SERVICE} Model ready: {{engine}} ({{model}}) on {{device}} in {{seconds:.3f}}s",
    ),
    # the service: one prediction from end to end
    Line(
        Kind.PREDICT_BEGUN,
        _INFO,
        f"{_SERVICE} Starting forecast: {{points:d}} points, {{steps:d}} steps",
    ),
    Line(Kind.DATA_PREPARED, _INFO, f"{_GRANITE} Preparing data: {{points:d}} points"),
    Line(Kind.DATA_PREPARED, _INFO, f"{_GRANITE} DataFrame shape: {{shape}}"),
    Line(
        Kind.HISTORY_PADDED,
        _WARNING,
        f"{_GRANITE} History shorter than the context: {{points:d}} of {{context_length:d}}",
    ),
    Line(Kind.DATA_DETAILS, _DEBUG, f"{_GRANITE} First rows:\n{{head}}"),
    Line(Kind.DATA_DETAILS, _DEBUG, f"{_GRANITE} Last rows:\n{{tail}}"),
    Line(
        Kind.PREDICTION_BEGUN,
        _INFO,
        f"{_GRANITE} Starting prediction with {{steps:d}} steps...",
    ),
    Line(Kind.PREDICTION_DONE, _INFO, f"{_GRANITE} Prediction completed in {{seconds:.3f}}s"),
    Line(Kind.RESPONSE_RECEIVED, _INFO, f"{_GRANITE} Response shape: {{shape}}"),
    Line(Kind.RESPONSE_RECEIVED, _INFO, f"{_GRANITE} Response columns: {{columns}}"),
    Line(Kind.RESPONSE_DETAILS, _DEBUG, f"{_GRANITE} Response dtypes:\n{{dtypes}}"),
    Line(Kind.RESPONSE_DETAILS, _DEBUG, f"{_GRANITE} Response describe:\n{{describe}}"),
    Line(Kind.RESPONSE_DETAILS, _DEBUG, f"{_GRANITE} Response first rows:\n{{head}}"),
    Line(Kind.RESPONSE_DETAILS, _DEBUG, f"{_GRANITE} Response last rows:\n{{tail}}"),
    Line(
        Kind.PREDICTIONS_EXTRACTED,
        _INFO,
        f"{_GRANITE} Extracted {{count:d}} predictions from '{{column}}' column",
    ),
    Line(
        Kind.PREDICTION_STATISTICS,
        _INFO,
        f"{_GRANITE} Predictions min={{min:.4f}} max={{max:.4f}} "
        "mean={mean:.4f} std={std:.4f}",
    ),
    Line(Kind.PREDICTION_SAMPLE, _DEBUG, f"{_GRANITE} First 10 predictions: {{first}}"),
    Line(Kind.ENGINE_DONE, _INFO, f"{_GRANITE} Total forecast time: {{seconds:.3f}}s"),
    Line(
        Kind.ENGINE_FAILED, _ERROR, f"{_GRANITE} Forecast error after {{seconds:.3f}}s: {{error}}"
    ),
    Line(Kind.ENGINE_FAILED, _ERROR, f"{_GRANITE} Exception type: {{exception}}"),
    Line(Kind.ENGINE_FAILED, _ERROR, f"{_GRANITE} Stack trace:\n{{trace}}"),
    Line(Kind.FALLBACK_BEGUN, _WARNING, f"{_SMOOTHING} Exponential smoothing instead: {{reason}}"),
    Line(Kind.FALLBACK_DONE, _INFO, f"{_SMOOTHING} Smoothing completed in {{seconds:.3f}}s"),
    Line(
        Kind.FALLBACK_FAILED,
        _ERROR,
        f"{_SMOOTHING} Forecast error after {{seconds:.3f}}s: {{error}}",
    ),
    Line(Kind.FALLBACK_FAILED, _ERROR, f"{_SMOOTHING} Exception type: {{exception}}"),
    Line(Kind.FALLBACK_FAILED, _ERROR, f"{_SMOOTHING} Stack trace:\n{{trace}}"),
    Line(
        Kind.RESULT_MEASURED, _INFO, f"{_SERVICE} Result size: {{bytes:d}} bytes from {{engine}}"
    ),
    # forecast jobs: whoever asks, and where it runs
    Line(Kind.WORKER_STARTED, _INFO, f"{_WORKER} Worker {{pid:d}} ready ({{executor}})"),
    Line(Kind.WORKER_ENDED, _WARNING, f"{_WORKER} Worker {{pid:d}} ended: {{reason}}"),
    Line(
        Kind.JOB_ASKED,
        _INFO,
        f"{_JOBS} Forecast {{job_id}} asked by {{via}}: {{points:d}} points, {{steps:d}} steps",
    ),
    Line(Kind.JOB_BEGUN, _INFO, f"{_JOBS} Forecast {{job_id}} begun ({{executor}})"),
    Line(
        Kind.JOB_DONE, _INFO, f"{_JOBS} Forecast {{job_id}} done in {{seconds:.3f}}s by {{engine}}"
    ),
    Line(
        Kind.JOB_FAILED,
        _ERROR,
        f"{_JOBS} Forecast {{job_id}} failed after {{seconds:.3f}}s: {{error}} [{{code}}]",
    ),
    Line(Kind.JOB_REFUSED, _WARNING, f"{_JOBS} Forecast refused: {{error}} [{{code}}]"),
    Line(
        Kind.JOB_CANCELLED,
        _INFO,
        f"{_JOBS} Forecast {{job_id}} cancelled after {{seconds:.3f}}s",
    ),
    Line(
        Kind.CACHE_LOOKED_UP,
        _INFO,
        f"{_CACHE} {{answer}}: hit ratio {{hit_ratio:.3f}} of {{lookups:d}} lookups",
    ),
    Line(
        Kind.SHUTDOWN_BEGUN,
        _INFO,
        "[Server] Shutting down: {open_jobs:d} forecasts open, up to {seconds:.3f}s for them",
    ),
    # the background loop
    Line(Kind.PROCESSING_STARTED, _INFO, f"{_LOOP} Processing started"),
    Line(Kind.PROCESSING_STOPPED, _INFO, f"{_LOOP} Processing stopped"),
    Line(Kind.PROCESSING_FAILED, _ERROR, f"{_LOOP} Processing failed: {{error}}"),
    Line(Kind.PROCESSING_FAILED, _ERROR, f"{_LOOP} Exception type: {{exception}}"),
    Line(Kind.PROCESSING_FAILED, _ERROR, f"{_LOOP} Stack trace:\n{{trace}}"),
    Line(Kind.ITERATION_BEGUN, _INFO, f"{_LOOP} Iteration {{iteration:d}}: {{points:d}} points"),
    Line(
        Kind.SERIES_WRAPPED,
        _WARNING,
        f"{_LOOP} Series ended, starting over (iteration {{iteration:d}})",
    ),
    Line(Kind.FORECAST_BEGUN, _INFO, f"{_LOOP} Forecast starting (iteration {{iteration:d}})"),
    Line(
        Kind.FORECAST_DONE,
        _INFO,
        f"{_LOOP} Forecast completed in {{seconds:.3f}}s by {{engine}} "
        "(iteration {iteration:d})",
    ),
    Line(
        Kind.FORECAST_FAILED,
        _ERROR,
        f"{_LOOP} Forecast failed (iteration {{iteration:d}}): {{error}}",
    ),
    Line(
        Kind.SLEEP_BEGUN, _DEBUG, f"{_LOOP} Sleeping {{seconds:.3f}}s (iteration {{iteration:d}})"
    ),
    Line(Kind.SLEEP_DONE, _DEBUG, f"{_LOOP} Slept (iteration {{iteration:d}})"),
    Line(Kind.DATA_RESET, _INFO, f"{_LOOP} Data reset"),
    # the socket
    Line(
        Kind.EMIT_BEGUN,
        _INFO,
        f"{_SOCKET} Emitting data: {{bytes:d}} bytes (iteration {{iteration:d}})",
    ),
    Line(
        Kind.EMIT_DONE,
        _INFO,
        f"{_SOCKET} Data emitted successfully (iteration {{iteration:d}})",
    ),
    Line(Kind.EMIT_FAILED, _ERROR, f"{_SOCKET} Emit error (iteration {{iteration:d}}): {{error}}"),
    Line(Kind.EMIT_FAILED, _ERROR, f"{_SOCKET} Exception type: {{exception}}"),
    Line(Kind.EMIT_FAILED, _ERROR, f"{_SOCKET} Stack trace:\n{{trace}}"),
    Line(Kind.CLIENT_CONNECTED, _INFO, f"{_SOCKET} Client connected: {{client_id}}"),
    Line(Kind.GREETING_SENT, _INFO, f"{_SOCKET} Connection message sent to {{client_id}}"),
    Line(
        Kind.GREETING_FAILED,
        _ERROR,
        f"{_SOCKET} Connection message failed for {{client_id}}: {{error}}",
    ),
    Line(
        Kind.CLIENT_DISCONNECTED,
        _WARNING,
        f"{_SOCKET} Client disconnected: {{client_id}} ({{reason}})",
    ),
    Line(
        Kind.CLIENT_DISCONNECTED,
        _INFO,
        f"{_SOCKET} At disconnect: {{total_points:d}} points, "
        "{total_predictions:d} predictions, {anomaly_count:d} anomalies, "
        "{clients:d} clients left, connected {connected_s:.3f}s",
    ),
    Line(
        Kind.STALL,
        _WARNING,
        "[Monitor] The {monitor} heartbeat stood still for {seconds:.3f}s",
    ),
)


def lines_of(kind: Kind) -> tuple[Line, ...]:
    """The rows of one kind, in the order in which they are written; often one, sometimes none."""
    return tuple(line for line in TABLE if line.kind is kind)


def render(kind: Kind, data: Mapping[str, Any]) -> list[tuple[int, str]]:
    r"""(level, text) for each of the kind's rows. Raises KeyError when ``data`` lacks a field.

    A line break inside a value that came from outside is written as ``\n``, so that one event
    cannot forge a second line; only the tables and traces of our own making span lines.
    """
    return [
        (line.level, line.template.format_map(_one_line(line, data))) for line in lines_of(kind)
    ]


def parse(text: str) -> tuple[Kind, dict[str, Any]] | None:
    """The inverse of one rendered row: its kind and fields, or None for any other line.

    Works wherever the row stands in the line: behind a time stamp, a level, an emoji. The row that
    begins first counts, so that an error's text that quotes another row is not read as that row.
    """
    found = [(match, line) for line in TABLE if (match := _pattern(line).search(text))]
    if not found:
        return None
    match, line = min(found, key=lambda pair: pair[0].start())
    return line.kind, {
        name: _converted(line, name, value) for name, value in match.groupdict().items()
    }


def _one_line(line: Line, data: Mapping[str, Any]) -> dict[str, Any]:
    spanning = {name for name in _fields(line) if f"\n{{{name}}}" in line.template}
    return {
        name: _BREAK.sub(r"\\n", value)
        if isinstance(value, str) and name not in spanning
        else value
        for name, value in data.items()
    }


@cache
def _fields(line: Line) -> dict[str, str]:
    return {
        name: spec or ""
        for _, name, spec, _ in Formatter().parse(line.template)
        if name is not None
    }


@cache
def _pattern(line: Line) -> re.Pattern[str]:
    shapes = {"d": r"-?\d+", ".3f": r"-?\d+\.\d{3}", ".4f": r"-?\d+\.\d{4}", "": r".*?"}
    parts = []
    for literal, name, spec, _ in Formatter().parse(line.template):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>{shapes[spec or '']})")
    return re.compile("".join(parts) + "$", re.DOTALL)


def _converted(line: Line, name: str, found: str) -> Any:
    spec = _fields(line)[name]
    if spec == "d":
        return int(found)
    return float(found) if spec else found
