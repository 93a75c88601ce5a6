"""What a session is run with: the seed application's settings as defaults, all changeable."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.faults import BY_NAME
from granite_ws.setting_rules import Rule, choice, flag, number, setting, text, whole

CONTEXT_LENGTHS = (512, 1024, 1536)
CLIENT_KINDS = ("python", "python-async", "node")
MODEL_HORIZONS = (96, 192, 336, 720)
EXECUTORS = ("inline", "thread", "process", "queue")
# Who asks for forecasts beside the feed, and how the model behaves (granite_ws/loads.py).
LOADS = ("", "steady", "burst", "slow-free", "slow-held", "crash")
_REDIS = re.compile(r"(rediss?|unix)://\S+")
_ORIGIN = r"https?://[^\s,/]+"
_ORIGINS = re.compile(rf"same-origin|\*|{_ORIGIN}(\s*,\s*{_ORIGIN})*")


SOCKET, LOGS, FEED, MODEL, SESSION = "WebSocket", "Logs", "Feed", "Model", "Session"
JOBS = "Forecast jobs"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One session's settings. Raises SettingsError (one line) on the first that is not allowed.

    Whole seconds are required for ``ping_interval`` because Engine.IO advertises ``int()`` of it:
    1.9 would reach the client as 1 and drop a healthy connection.
    """

    ping_interval: int = setting(
        25, whole(1, 3600, "seconds from a PONG to the next PING", SOCKET)
    )
    ping_timeout: float = setting(120, number(0.1, 86_400, "seconds that a PONG may take", SOCKET))
    max_http_buffer_size: int = setting(
        10_000_000,
        whole(1_000, 2_000_000_000, "largest message accepted FROM a client, bytes", SOCKET),
    )
    async_mode: str = setting(
        "threading",
        choice(("threading", "gevent", "asgi"), "how the server runs handlers", SOCKET),
    )
    async_handlers: bool = setting(
        True, flag("run each event handler beside the receive loop", SOCKET)
    )
    finite_json: bool = setting(True, flag("refuse NaN and Infinity in what is emitted", SOCKET))
    websocket_compression: bool = setting(
        True, flag("each message is compressed for each client that offers it", SOCKET)
    )
    ws_ping_interval: float = setting(
        20,
        number(0, 3600, "seconds between uvicorn's own pings (asgi), 0 for none", SOCKET),
    )
    ws_ping_timeout: float = setting(
        20, number(0.1, 3600, "seconds that their answer may take (asgi)", SOCKET)
    )
    cors_allowed_origins: str = setting(
        "same-origin",
        Rule(
            "same-origin, *, or origins as in https://a.example,https://b.example",
            lambda value: isinstance(value, str) and bool(_ORIGINS.fullmatch(value)),
            "who may connect",
            SOCKET,
        ),
    )
    host: str = setting(
        "127.0.0.1",
        text("an address of this machine", "address to listen on", SOCKET, empty=False),
    )
    port: int = setting(0, whole(0, 65_535, "port to listen on, 0 for any free one", SOCKET))

    logger: bool = setting(True, flag("log Socket.IO events", LOGS))
    engineio_logger: bool = setting(True, flag("log Engine.IO packets", LOGS))
    log_level: str = setting(
        "INFO",
        choice(
            ("DEBUG", "INFO", "WARNING", "ERROR"), "DEBUG adds tables (head, dtypes, ...)", LOGS
        ),
    )
    log_payload_chars: int = setting(
        200, whole(0, 1_000_000_000, "longest library log line, 0 for no limit", LOGS)
    )

    log_format: str = setting(
        "text", choice(("text", "json"), "log lines for people, or one JSON object a line", LOGS)
    )

    executor: str = setting(
        "thread", choice(EXECUTORS, "where a forecast runs: in its handler, or beside it", JOBS)
    )
    workers: int = setting(
        1, whole(1, 256, "forecasts that run at once (thread, process, queue)", JOBS)
    )
    worker_forecasts: int = setting(
        0,
        whole(0, 1_000_000, "a worker process ends after so many forecasts, 0 for never", JOBS),
    )
    worker_memory_mb: int = setting(
        0,
        whole(0, 1_000_000, "a worker process ends above so much memory, 0 for any", JOBS),
    )
    queue_limit: int = setting(
        100, whole(1, 1_000_000, "forecasts that may wait; a further one is refused", JOBS)
    )
    forecast_timeout_s: float = setting(
        120, number(0.1, 86_400, "seconds from being asked to being given up", JOBS)
    )
    rest_wait_s: float = setting(
        5, number(0, 600, "seconds that a POST waits for its forecast before it is 202", JOBS)
    )
    cache_s: float = setting(
        60, number(0, 86_400, "seconds that a forecast stays fresh, 0 for no cache", JOBS)
    )
    cache_stale_s: float = setting(
        0, number(0, 86_400, "seconds after that in which it is given while it is remade", JOBS)
    )
    cache_entries: int = setting(
        256, whole(1, 1_000_000, "forecasts that the cache keeps in memory", JOBS)
    )
    redis_url: str = setting(
        "",
        Rule(
            "empty, or a URL as in redis://127.0.0.1:6379/0",
            lambda value: isinstance(value, str) and (not value or bool(_REDIS.fullmatch(value))),
            "Redis for job queue, cache and several servers; empty: none",
            JOBS,
        ),
    )
    shutdown_s: float = setting(
        10, number(0, 3600, "seconds that open forecasts are given when the server ends", JOBS)
    )

    data: str = setting(
        "co2",
        text(
            "co2, elnino, sunspots, sensor, or the path of a CSV file",
            "the series that is fed",
            FEED,
            empty=False,
        ),
    )
    timestamp_column: str = setting(
        "", text("a column of the CSV file, empty to guess", "CSV timestamps", FEED)
    )
    value_column: str = setting(
        "", text("a column of the CSV file, empty to guess", "CSV values", FEED)
    )
    period: int = setting(
        0, whole(0, 100_000, "points in one season, 0 for the series' own", FEED)
    )
    point_interval_s: float = setting(1.0, number(0.01, 3600, "seconds between two points", FEED))
    forecast_every: int = setting(
        1, whole(0, 100_000, "points from forecast to forecast, 0 for no forecast", FEED)
    )

    context_length: int = setting(
        512, choice(CONTEXT_LENGTHS, "points that the model reads", MODEL)
    )
    forecast_horizon: int = setting(
        96, whole(1, MODEL_HORIZONS[-1], "steps that are forecast", MODEL)
    )
    engine: str = setting(
        "auto",
        choice(("auto", "granite", "smoothing"), "granite: never smoothing instead", MODEL),
    )
    model_path: str = setting(
        "", text("a folder with config.json and model.safetensors", "local TTM model", MODEL)
    )
    hub_timeout_s: float = setting(
        4.0, number(0, 600, "seconds given to the model hub, 0 to never ask it", MODEL)
    )
    device: str = setting("auto", choice(("auto", "cpu", "cuda"), "where Granite runs", MODEL))
    runtime: str = setting(
        "auto",
        choice(("auto", "onnx", "torch", "pipeline"), "what computes the network", MODEL),
    )
    batch_windows: int = setting(
        16, whole(1, 4096, "most forecasts that are computed together, 1 for none", MODEL)
    )
    torch_threads: int = setting(
        1, whole(1, 256, "threads within one forecast (torch, onnx)", MODEL)
    )

    duration_s: float = setting(
        60, number(1, 86_400, "seconds of processing that are watched", SESSION)
    )
    clients: int = setting(
        1, whole(0, 1000, "clients of each kind that watch, 0 for nobody", SESSION)
    )
    client_kinds: str = setting(
        "python",
        Rule(
            f"some of {', '.join(CLIENT_KINDS)}, separated by commas",
            lambda value: (
                isinstance(value, str)
                and bool(parts := value.split(","))
                and len(set(parts)) == len(parts)
                and set(parts) <= set(CLIENT_KINDS)
            ),
            "the client libraries that watch",
            SESSION,
        ),
    )
    transport: str = setting(
        "websocket",
        choice(("websocket", "polling", "upgrade"), "how the clients connect", SESSION),
    )
    load: str = setting(
        "",
        Rule(
            "empty, or one of " + ", ".join(LOADS[1:]),
            lambda value: isinstance(value, str) and value in LOADS,
            "who asks for forecasts beside the feed, and how the model behaves",
            SESSION,
        ),
    )
    load_s: float = setting(
        3, number(0.1, 3600, "seconds that the slow model of a load takes", SESSION)
    )
    ask_by: str = setting(
        "event", choice(("event", "rest"), "how the clients of a load ask", SESSION)
    )
    stall_threshold_s: float = setting(
        0.1, number(0.02, 60, "shortest stall that is recorded, seconds", SESSION)
    )
    fault: str = setting(
        "",
        Rule(
            "empty, or a fault that granite-ws faults lists",
            lambda value: isinstance(value, str) and (not value or value in BY_NAME),
            "what is broken on purpose",
            SESSION,
        ),
    )
    fault_at_s: float = setting(
        0.5, number(0, 3600, "seconds after a PING at which the fault begins", SESSION)
    )
    fault_seconds: float = setting(
        0, number(0, 3600, "seconds that the fault lasts, 0 for its own length", SESSION)
    )
    seed: int = setting(0, whole(0, 2**32 - 1, "seed of everything random", SESSION))

    def __post_init__(self) -> None:
        for entry in fields(self):
            _check(entry.name, getattr(self, entry.name), "settings")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, where: str) -> Settings:
        """Settings from outside (CLI, notebook, file); ``where`` names that place in errors."""
        for key, value in mapping.items():
            _check(key, value, where)
        return cls(**mapping)

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name, ready for JSON."""
        return asdict(self)

    def changed(self) -> dict[str, Any]:
        """Only what differs from the defaults: what a reproducing command must name."""
        return {
            entry.name: getattr(self, entry.name)
            for entry in fields(self)
            if getattr(self, entry.name) != entry.default
        }


RULES: dict[str, Rule] = {entry.name: entry.metadata["rule"] for entry in fields(Settings)}
DEFAULTS: dict[str, Any] = {entry.name: entry.default for entry in fields(Settings)}


def _check(key: str, value: Any, where: str) -> None:
    if key not in RULES:
        near = difflib.get_close_matches(key, RULES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SettingsError(
            key, value, allowed=f"no such setting; {hint}choices: {', '.join(RULES)}", where=where
        )
    wants_flag = isinstance(DEFAULTS[key], bool)
    # True is an int in Python; a flag where a number is due is a slip, not the number 1.
    if isinstance(value, bool) is not wants_flag or not RULES[key].accepts(value):
        raise SettingsError(key, value, allowed=f"must be {RULES[key].allowed}", where=where)
