"""GWS302: which names are reserved, and that NaN goes first."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.reserved_event_name import RESERVED, check
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, node, refused
from tests.log_builder import log


@pytest.mark.parametrize("name", RESERVED)
def test_each_reserved_name_is_known(name: str) -> None:
    """socket.io-parser refuses six names; the claim gives the one that was used."""
    finding = check(read_timeline(log(node(), emitted(2, name), refused(2.1, "invalid payload"))))
    assert Truth.SUPPORTED is finding.truth
    assert f'"{name}"' in finding.claim


def test_a_message_with_nan_is_not_blamed_on_its_name() -> None:
    """Both are called an invalid payload; what holds NaN would be refused under any name."""
    message = emitted(2, "disconnecting", non_finite=1)
    finding = check(read_timeline(log(node(), message, refused(2.1, "invalid payload"))))
    assert Truth.REFUTED is finding.truth
