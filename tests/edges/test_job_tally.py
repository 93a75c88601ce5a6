"""What Prometheus reads."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.edges.api_lab import Api


def test_every_job_is_counted(tmp_path: Path) -> None:
    """Asked, ended by the cache's part in it, refused by code, seconds, hit ratio."""
    with Api(tmp_path) as api:
        for body in ({"steps": 3}, {"steps": 3}, {"steps": 0}):
            api.client.post("/api/forecasts", json=body)
        text = api.client.get("/metrics").get_data(as_text=True)
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert 2 == found["granite_ws_forecasts_asked_total", "rest"]
    assert 1 == found["granite_ws_forecasts_refused_total", "bad_request"]
    assert 1 == found["granite_ws_forecasts_ended_total", "", "", "done"]
    assert 1 == found["granite_ws_forecasts_ended_total", "", "done", "hit"]
    assert 2 == found["granite_ws_forecast_seconds_count",]
    assert (0, 0.5) == (
        found["granite_ws_forecasts_open",],
        found["granite_ws_cache_hit_ratio",],
    )
