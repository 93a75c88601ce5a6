"""The API's own description, held against the running API by schemathesis."""

from __future__ import annotations

from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from granite_ws.edges.openapi import document
from granite_ws.settings import Settings
from tests.edges.api_lab import Api


def test_the_document_has_the_limits_of_the_settings() -> None:
    """The most steps are the forecast horizon."""
    schemas = document(Settings(forecast_horizon=24))["components"]["schemas"]
    assert 24 == schemas["ForecastRequest"]["properties"]["steps"]["maximum"]


def test_what_is_described_is_what_is_there(tmp_path: Path) -> None:
    """Generated requests, good and bad: no server error, nothing that the document denies."""
    with Api(tmp_path, queue_limit=10_000, cache_s=0) as api:
        described = schemathesis.openapi.from_wsgi("/api/openapi.json", api.made.server.app)
        for operation in described.get_all_operations():

            @settings(
                max_examples=25,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            @given(case=operation.ok().as_strategy())
            def holds(case: schemathesis.Case) -> None:
                # That timestamps rise, and are as many as the values, no JSON schema can say.
                case.call_and_validate(excluded_checks=[positive_data_acceptance])

            holds()
