"""Alive, and ready: by a real tiny forecast."""

from __future__ import annotations

from pathlib import Path

from tests.edges.api_lab import Api


def test_a_server_with_its_model_is_ready(tmp_path: Path) -> None:
    """The forecast is made once for everybody who asks within seconds."""
    with Api(tmp_path) as api:
        ready = api.client.get("/readyz")
        assert (200, "exponential-smoothing") == (ready.status_code, ready.get_json()["engine"])
        made = len(api.events)
        assert 200 == api.client.get("/readyz").status_code
        assert made == len(api.events)
        assert "alive" == api.client.get("/healthz").get_json()["status"]


def test_a_server_that_loads_or_ends_is_alive_and_not_ready(tmp_path: Path) -> None:
    """503 with the reason, as a problem."""
    api = Api(tmp_path)
    loading = api.client.get("/readyz")
    assert (503, "the model is still loading") == (
        loading.status_code,
        loading.get_json()["detail"],
    )
    api.made.desk.close(0)
    ending = api.client.get("/readyz")
    assert (503, "the server is about to end") == (ending.status_code, ending.get_json()["detail"])
    assert 200 == api.client.get("/healthz").status_code


def test_an_executor_that_cannot_is_not_ready(tmp_path: Path) -> None:
    """The forecast's own error is the reason."""
    with Api(tmp_path) as api:
        api.made.desk.executor.stop()
        answer = api.client.get("/readyz")
        assert (503, "the server is about to end") == (
            answer.status_code,
            answer.get_json()["detail"],
        )
