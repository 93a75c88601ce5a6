"""What a client may ask: read as it was meant, or refused in one line."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.forecast_request import (
    LEAST_POINTS,
    MOST_NAME,
    MOST_POINTS,
    ForecastRequest,
    RequestError,
    read_request,
)

HISTORY = pd.DataFrame(
    {
        "timestamp": pd.date_range("2026-01-01", periods=5, freq="h", unit="us"),
        "value": [1, 2.5, 3, 4, 5],
    }
)
STAMPS = ["2026-01-01T00:00:00", "2026-01-01T01:00:00", "2026-01-01T02:00:00"]
FINITE = st.floats(allow_nan=False, allow_infinity=False)
# What a JSON parser may give, NaN and Infinity included.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
# Almost what is asked for: reaches the inner checks far more often than arbitrary JSON.
STAMPISH = st.datetimes().map(lambda at: at.isoformat()) | st.dates().map(str) | st.text() | JSON
SERIES = st.fixed_dictionaries(
    {"timestamps": st.lists(STAMPISH, max_size=4), "values": st.lists(FINITE | JSON, max_size=4)}
)
ASKED = JSON | st.fixed_dictionaries(
    {}, optional={"steps": st.integers(-1, 99) | JSON, "series": SERIES | JSON, "request_id": JSON}
)


def read(asked: Any, most_steps: int = 96) -> tuple[ForecastRequest, str]:
    return read_request(asked, HISTORY, most_steps=most_steps, where="rest")


def series(stamps: Any = STAMPS, values: Any = (1, 2, 3)) -> dict[str, Any]:
    values = list(values) if isinstance(values, tuple) else values
    return {"series": {"timestamps": stamps, "values": values}}


@st.composite
def requests(draw: st.DrawFn) -> ForecastRequest:
    values = draw(st.lists(FINITE, min_size=2, max_size=6))
    start = draw(st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")))
    stamps = pd.date_range(start, periods=len(values), freq="h", unit="us")
    steps, number = draw(st.integers(1, 720)), draw(st.integers(0, 10**6))
    frame = pd.DataFrame({"timestamp": stamps, "value": values})
    return ForecastRequest.of_frame(frame, steps, number=number)


@given(requests())
def test_a_request_survives_json(request: ForecastRequest) -> None:
    """A worker in another process gets the request that was made."""
    found = ForecastRequest.from_dict(json.loads(json.dumps(request.to_dict())))
    assert request == found


@given(requests())
def test_a_request_gives_the_history_back(request: ForecastRequest) -> None:
    """Its frame has the numbers and times that it was made of."""
    again = ForecastRequest.of_frame(request.frame(), request.steps, number=request.number)
    assert request == again


@given(request=requests(), other=requests())
def test_the_key_is_what_the_model_reads(request: ForecastRequest, other: ForecastRequest) -> None:
    """Values, steps, model and context length make it; timestamps and number do not."""
    usual = request.key(model="a", context_length=512)
    moved = ForecastRequest(other.timestamps, request.values, request.steps, other.number)
    assert usual == moved.key(model="a", context_length=512)
    assert usual != request.key(model="b", context_length=512)
    assert usual != request.key(model="a", context_length=1024)
    more = ForecastRequest(request.timestamps, request.values, request.steps + 1)
    assert usual != more.key(model="a", context_length=512)
    if request.values != other.values:
        changed = ForecastRequest(other.timestamps, other.values, request.steps)
        assert usual != changed.key(model="a", context_length=512)


def test_the_key_forgets_what_no_model_reads() -> None:
    """Two histories whose last context_length values are the same share a forecast."""
    short = ForecastRequest((), (2.0, 3.0), 5)
    long = ForecastRequest((), (1.0, 2.0, 3.0), 5)
    assert short.key(model="a", context_length=2) == long.key(model="a", context_length=2)
    assert short.key(model="a", context_length=3) != long.key(model="a", context_length=3)


@pytest.mark.parametrize("asked", [None, {}])
def test_nothing_asks_for_the_whole_horizon_of_the_feed(asked: Any) -> None:
    """Without a payload the feed's history is forecast as far as the server goes."""
    request, name = read(asked)
    assert request == ForecastRequest.of_frame(HISTORY, 96)
    assert name == ""


def test_a_series_of_its_own_is_what_is_forecast() -> None:
    """Steps, series and name are taken as they are given; 7.0 is the whole number 7."""
    request, name = read({"steps": 7.0, "request_id": "mine", **series()})
    assert (request.timestamps, request.values) == (tuple(STAMPS), (1.0, 2.0, 3.0))
    assert (request.steps, name) == (7, "mine")
    assert type(request.steps) is int


def test_a_time_zone_becomes_utc() -> None:
    """As in every series here: UTC, free of a time zone."""
    request, _ = read(series([f"{stamp}+02:00" for stamp in STAMPS]))
    assert request.timestamps[0] == "2025-12-31T22:00:00"


TWO = {"timestamps": STAMPS[:2], "values": [1]}
MANY = ["x"] * (MOST_POINTS + 1)
REFUSED: dict[str, tuple[Any, str, str]] = {
    # what is asked: (payload, key in the error, part of what is allowed)
    "a list": ([1], "payload", "must be an object, or nothing"),
    "a text": ("now", "payload", "must be an object, or nothing"),
    "an unknown key": ({"step": 3}, "step", "choices: steps, series, request_id"),
    "no steps": ({"steps": 0}, "steps", "must be a whole number from 1 to 96"),
    "too many steps": ({"steps": 97}, "steps", "must be a whole number from 1 to 96"),
    "a half step": ({"steps": 1.5}, "steps", "must be a whole number from 1 to 96"),
    "true as steps": ({"steps": True}, "steps", "must be a whole number from 1 to 96"),
    "steps of null": ({"steps": None}, "steps", "must be a whole number from 1 to 96"),
    "a huge number": ({"steps": 10**5000}, "steps", "must be a whole number from 1 to 96"),
    "a number as name": ({"request_id": 1}, "request_id", f"at most {MOST_NAME} characters"),
    "a long name": (
        {"request_id": "x" * (MOST_NAME + 1)},
        "request_id",
        f"at most {MOST_NAME} characters",
    ),
    "a list as series": ({"series": [1, 2]}, "series", "an object with timestamps and values"),
    "no values": (
        {"series": {"timestamps": STAMPS}},
        "series",
        "an object with timestamps and values",
    ),
    "unequal lists": ({"series": TWO}, "series", "equally long lists"),
    "one point": (series(STAMPS[:1], (1,)), "series", f"lists of {LEAST_POINTS} to"),
    "too many points": (series(MANY, [0] * len(MANY)), "series", f"to {MOST_POINTS}"),
    "texts as lists": (series("abc", "abc"), "series", "equally long lists"),
    "NaN": (series(values=(1, float("nan"), 3)), "series.values", "finite numbers"),
    "a number beyond floats": (series(values=(1, 10**400, 3)), "series.values", "finite numbers"),
    "true as value": (series(values=(1, True, 3)), "series.values", "finite numbers"),
    "null as value": (series(values=(1, None, 3)), "series.values", "finite numbers"),
    "numbers as times": (series([1, 2, 3]), "series.timestamps", "ISO 8601"),
    "no time": (series(["soon", *STAMPS[1:]]), "series.timestamps", "ISO 8601"),
    "falling times": (series(STAMPS[::-1]), "series.timestamps", "later than the one before"),
    "the same time twice": (
        series([STAMPS[0], *STAMPS[:2]]),
        "series.timestamps",
        "later than the one before",
    ),
    "mixed time zones": (
        series([STAMPS[0], f"{STAMPS[1]}+02:00", f"{STAMPS[2]}+01:00"]),
        "series.timestamps",
        "of one time zone or of none",
    ),
    "an empty time": (series(["", *STAMPS[1:]]), "series.timestamps", "ISO 8601"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_forecast_is_refused(name: str) -> None:
    """The one line names place, key, value and what is allowed."""
    asked, key, allowed = REFUSED[name]
    with pytest.raises(RequestError) as caught:
        read(asked)
    assert caught.value.key == key
    assert str(caught.value).startswith(f"rest: {key} = ")
    assert allowed in str(caught.value)
    assert "\n" not in str(caught.value)


@given(ASKED)
def test_no_json_can_do_more_than_be_refused(asked: Any) -> None:
    """Whatever a client sends is a request that can be made, or one short printable line."""
    try:
        request, _ = read(asked)
    except RequestError as error:
        told = str(error)
        assert len(told) < 1_000
        assert told.isprintable()
        return
    assert 1 <= request.steps <= 96
    assert LEAST_POINTS <= len(request.frame()) == len(request.values)
    json.dumps(request.to_dict(), allow_nan=False)


@pytest.mark.parametrize("key", ["x" * 100_000, "\x1b[31m", "\ud800", "a\x00b"])
def test_a_strange_key_is_told_short_and_plain(key: str) -> None:
    """A client's own words reach no terminal, log or page as anything but plain short text."""
    with pytest.raises(RequestError) as caught:
        read({key: 1})
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_a_deep_payload_is_refused() -> None:
    """A value nested deeper than Python can write is refused as any other."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RequestError):
        read({"steps": deep})
