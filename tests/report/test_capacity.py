"""The capacity model's pictures and tables."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.capacity.bill import bill, over_servers
from granite_ws.capacity.storm import simulate
from granite_ws.edges.measurement import read_measurement
from granite_ws.report import capacity as pages
from tests.capacity.costs import ROUND, SEED_HEARTBEAT, plan
from tests.report.session_builder import EVIL


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    """What was measured here."""
    return read_measurement("storm.json")


def test_a_storm_is_drawn_and_told() -> None:
    """Two drawings with a line for each, numbers in a table, and names escaped."""
    storms = {EVIL: simulate(plan(), ROUND, SEED_HEARTBEAT, seed=0)}
    html = pages.storm_picture(storms).html + pages.storm_table(storms).html
    assert (html.count("<svg"), html.count("share connected"), EVIL in html) == (2, 2, False)
    assert "<td>200" in html.replace(' class="number"', "") or "200" in html


def test_who_never_comes_back_is_not_given_a_time() -> None:
    """No number where there is none."""
    asked = plan(messages_per_s=100.0)
    storms = {"all": simulate(asked, ROUND, SEED_HEARTBEAT, seed=0, until_s=20.0)}
    assert "never" in pages.storm_table(storms).html
    assert pages.storm_picture(storms).html.count("<svg") == 2


def test_servers_have_a_line_for_each_kind_and_the_time_allowed() -> None:
    """Both drawings name them."""
    asked = plan(back_within_s=20.0)
    line = over_servers(asked, ROUND, SEED_HEARTBEAT, (1, 2))
    html = pages.servers_picture({"one": line, "two": line}, asked).html
    assert (html.count("<svg"), html.count(">server processes<")) == (2, 2)
    assert "99%" in html


def test_a_bill_is_drawn_and_told() -> None:
    """What decides the number of servers, and that the prices are nobody's offer."""
    asked = plan()
    bills = {"gevent": bill(asked, ROUND, SEED_HEARTBEAT)}
    html = pages.bill_picture(bills, asked).html + pages.bill_table(bills).html
    assert ("not anybody" in html, "quiet running" in html, "gevent" in html) == (True,) * 3


def test_a_plan_that_no_server_helps_has_no_price() -> None:
    """Words and dashes, not zeros."""
    asked = plan(outage_s=60.0, back_within_s=1.0)
    html = pages.bill_table({"gevent": bill(asked, ROUND, SEED_HEARTBEAT)}).html
    assert ("no number of them" in html, "–" in html) == (True, True)


def test_the_measured_storms_are_drawn_over_the_simulated(record: dict[str, Any]) -> None:
    """A panel for each that was measured, each mode by its name; every figure in the table."""
    html = pages.measured_picture(record).html
    assert html.count("with jitter") == 2 * len(record["costs"])
    told = pages.measured_table(record)
    assert told.words.count("\n") == 6 * len(record["storms"]) - 1


def test_each_kind_of_server_was_measured(record: dict[str, Any]) -> None:
    """Three kinds, three repeats, everybody came back."""
    assert set(record["costs"]) == {"threading", "gevent", "asgi"}
    runs = [run for storm in record["storms"] for run in storm["runs"]]
    assert len(runs) == 18
    assert all(run["back"] == run["lost"] == run["clients"] == 300 for run in runs)
