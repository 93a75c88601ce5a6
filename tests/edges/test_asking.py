"""The socket's three events, and their acknowledgements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from granite_ws import contract
from granite_ws.edges.asking import Asking
from tests.edges.desk_lab import Desk


class Client:
    """Which rooms it entered, and what it was sent alone."""

    def __init__(self) -> None:
        self.rooms: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send(self, event: str, told: dict[str, Any]) -> None:
        self.sent.append((event, told))


def test_asking_following_cancelling(tmp_path: Path) -> None:
    """The room is entered before the job can end; a second look gives the end at once."""
    desk, client = Desk(tmp_path, executor="inline"), Client()
    asking = Asking(desk.desk)
    told = asking.ask({"steps": 2}, client.rooms.append, client.send, client_id="c")
    assert ("done", [f"job:{told['job_id']}"], []) == (told["state"], client.rooms, client.sent)
    back = Client()
    assert told == asking.follow({"job_id": told["job_id"]}, back.rooms.append, back.send)
    assert ([(contract.FORECAST, told)], client.rooms) == (back.sent, back.rooms)
    assert told == asking.cancel({"job_id": told["job_id"]})
    desk.desk.close(0)


def test_what_is_refused_is_acknowledged_and_sent(tmp_path: Path) -> None:
    """With the client's own name for it, whatever it sent."""
    desk, client = Desk(tmp_path), Client()
    asking = Asking(desk.desk)
    told = asking.ask(
        {"steps": 0, "request_id": "r"}, client.rooms.append, client.send, client_id="c"
    )
    assert ("bad_request", "r") == (told["code"], told["request_id"])
    for asked in (None, 7, {"job_id": 7}, {"job_id": "nobody"}):
        followed = asking.follow(asked, client.rooms.append, client.send)
        assert "unknown_job" == followed["code"]
        assert "unknown_job" == asking.cancel(asked)["code"]
    assert {contract.FORECAST_ERROR} == {event for event, _ in client.sent}
    desk.desk.close(0)
    late = asking.ask(None, client.rooms.append, client.send, client_id="c")
    assert "shutting_down" == late["code"]
