"""Forecasts over HTTP: the same jobs, and every refusal a problem that names what was allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import requests
import socketio

from granite_ws import contract
from tests.edges.api_lab import Api

PROBLEM = "application/problem+json"


@pytest.fixture
def apis(tmp_path: Path) -> Iterator[Any]:
    made: list[Api] = []

    def start(**settings: Any) -> Api:
        made.append(Api(tmp_path / str(len(made)), **settings).__enter__())
        return made[-1]

    (tmp_path / "0").mkdir()
    yield start
    for api in made:
        api.__exit__()


def test_a_forecast_is_a_200(apis: Any) -> None:
    """Nothing at all asks for the usual one; a series of one's own is forecast as given."""
    client = apis().client
    whole = client.post("/api/forecasts")
    assert (200, 96) == (whole.status_code, len(whole.get_json()["forecast"]["predictions"]))
    series = {"timestamps": ["2026-01-01", "2026-01-02", "2026-01-03"], "values": [1, 2, 3]}
    own = client.post("/api/forecasts", json={"steps": 2, "series": series, "request_id": "x"})
    told = own.get_json()
    stamps = [point["timestamp"] for point in told["forecast"]["predictions"]]
    assert (["2026-01-04T00:00:00", "2026-01-05T00:00:00"], "x") == (stamps, told["request_id"])
    assert told == client.get(f"/api/forecasts/{told['job_id']}").get_json()


def test_what_takes_longer_is_a_202_and_is_found_later(apis: Any) -> None:
    """Location leads to the job; a client that may wait longer gets its forecast there."""
    api = apis(load="slow-free", load_s=0.5)
    begun = api.client.post("/api/forecasts", headers={"Prefer": "respond-async"})
    assert (202, "1") == (begun.status_code, begun.headers["Retry-After"])
    where = begun.headers["Location"]
    assert f"/api/forecasts/{begun.get_json()['job_id']}" == where
    assert api.made.desk.wait(begun.get_json()["job_id"], 30).state == "done"
    assert "done" == api.client.get(where).get_json()["state"]


def test_a_running_job_is_cancelled(apis: Any) -> None:
    """DELETE ends it; a second one finds it ended; asking for its answer is a 409."""
    api = apis(load="slow-free", load_s=30)
    begun = api.client.post("/api/forecasts", headers={"Prefer": "wait=0", "Idempotency-Key": "k"})
    where = begun.headers["Location"]
    assert "cancelled" == api.client.delete(where).get_json()["state"]
    assert "cancelled" == api.client.delete(where).get_json()["state"]
    again = api.client.post("/api/forecasts", headers={"Idempotency-Key": "k"})
    assert (409, PROBLEM, "cancelled") == (
        again.status_code,
        again.content_type,
        again.get_json()["code"],
    )


def test_the_same_key_is_the_same_job(apis: Any) -> None:
    """Another body under it is refused; a key that nobody could type is refused, too."""
    client = apis().client
    key = {"Idempotency-Key": "order-66"}
    first = client.post("/api/forecasts", json={"steps": 3}, headers=key).get_json()
    second = client.post("/api/forecasts", json={"steps": 3}, headers=key).get_json()
    assert first == second
    assert 422 == client.post("/api/forecasts", json={"steps": 4}, headers=key).status_code
    strange = client.post("/api/forecasts", headers={"Idempotency-Key": "two words"})
    assert 400 == strange.status_code


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"steps": 0}, "steps"),
        ({"step": 3}, "step"),
        ([1], "body"),
        ({"sid": "nobody"}, "sid"),
        ({"sid": 7}, "sid"),
        ({"series": {"timestamps": ["x"], "values": [1]}}, "series"),
    ],
)
def test_what_cannot_be_forecast_is_a_422(apis: Any, body: Any, key: str) -> None:
    """The problem names the key, and says what is allowed."""
    answer = apis().client.post("/api/forecasts", json=body)
    assert (422, PROBLEM, key) == (
        answer.status_code,
        answer.content_type,
        answer.get_json()["key"],
    )


def test_every_other_error_is_a_problem_too(apis: Any) -> None:
    """Not found, wrong method, no JSON, another media type, too large."""
    client = apis(max_http_buffer_size=1_000).client
    answers = {
        404: client.get("/api/forecasts/none"),
        405: client.put("/api/forecasts"),
        400: client.post("/api/forecasts", data="{", content_type="application/json"),
        415: client.post("/api/forecasts", data="{}", content_type="text/plain"),
        413: client.post("/api/forecasts", json={"request_id": "x" * 2_000}),
    }
    for status, answer in answers.items():
        assert (status, PROBLEM) == (answer.status_code, answer.content_type)
        assert status == answer.get_json()["status"]
    assert "POST" in answers[405].headers["Allow"]
    assert "text/html" in client.get("/nothing").content_type


def test_a_full_queue_is_a_429(apis: Any) -> None:
    """With when to come again."""
    api = apis(load="slow-free", load_s=30, queue_limit=1, cache_s=0)
    for _ in range(2):
        api.client.post("/api/forecasts", headers={"Prefer": "respond-async"})
    full = api.client.post("/api/forecasts", headers={"Prefer": "respond-async"})
    assert (429, "1", "queue_full") == (
        full.status_code,
        full.headers["Retry-After"],
        full.get_json()["code"],
    )
    api.made.desk.close(0)
    assert 503 == api.client.post("/api/forecasts").status_code


def test_a_foreign_page_may_not_ask(apis: Any) -> None:
    """Its own origin may, and one that the settings list, which is then told so."""
    api = apis(cors_allowed_origins="https://a.example")
    ask = api.client.post
    assert 403 == ask("/api/forecasts", headers={"Origin": "https://evil.example"}).status_code
    assert 200 == ask("/api/forecasts", headers={"Origin": "http://localhost"}).status_code
    listed = ask("/api/forecasts", headers={"Origin": "https://a.example"})
    assert "https://a.example" == listed.headers["Access-Control-Allow-Origin"]


@pytest.mark.parametrize("async_mode", ["threading", "asgi"])
def test_the_result_is_pushed_to_the_client_that_is_named(apis: Any, async_mode: str) -> None:
    """A Socket.IO client's id brings it the ``forecast`` event."""
    api = apis(async_mode=async_mode)
    told: Queue[Any] = Queue()
    with socketio.SimpleClient() as client:
        client.connect(api.url, transports=["websocket"])
        client.client.on(contract.FORECAST, told.put)
        answer = requests.post(
            f"{api.url}/api/forecasts", json={"sid": client.sid, "steps": 2}, timeout=30
        )
        assert answer.json()["job_id"] == told.get(timeout=30)["job_id"]
