"""GWS303: eleven are too many, ten are not."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.too_many_attachments import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, node, refused
from tests.log_builder import log


@pytest.mark.parametrize(("count", "truth"), [(10, Truth.REFUTED), (11, Truth.SUPPORTED)])
def test_the_limit_is_ten(count: int, truth: Truth) -> None:
    """Ten binary parts are taken by the parser, so another message must be to blame."""
    message = emitted(2, "images", attachments=count)
    finding = check(read_timeline(log(node(), message, refused(2.1, "too many attachments"))))
    assert truth is finding.truth


def test_the_claim_gives_the_number() -> None:
    """The number of parts, and how many are taken."""
    message = emitted(2, "images", attachments=25)
    finding = check(read_timeline(log(node(), message, refused(2.1, "too many attachments"))))
    assert '"images" with 25 binary parts, where 10 are taken' in finding.claim
