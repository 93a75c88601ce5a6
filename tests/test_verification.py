"""An advice and its re-run."""

from __future__ import annotations

from granite_ws.advice import Advice
from granite_ws.faults import LAB
from granite_ws.settings import Settings
from granite_ws.verification import sentence, with_advice


def test_the_advised_setting_is_the_only_change() -> None:
    """What was broken on purpose stays broken, else the re-run would show nothing."""
    settings = Settings(**LAB, fault="gil_held_native", fault_seconds=4)
    changed = with_advice(settings, Advice("c", "x", "s", setting="ping_timeout", value=7))
    assert changed == Settings(**{**settings.to_dict(), "ping_timeout": 7})


def test_a_change_of_code_has_no_re_run() -> None:
    """Advice without a setting of ours is not tried."""
    assert with_advice(Settings(), Advice("c", "x", "s")) is None


def test_verified_is_said_only_when_every_re_run_held() -> None:
    """One drop is enough to say that it does not hold."""
    assert sentence([0, 0]) == "Verified: with it, 2 of 2 re-runs held."
    assert sentence([0, 3]) == "Not verified: with it, only 1 of 2 re-runs held."


def test_a_re_run_that_shows_nothing_verifies_nothing() -> None:
    """Nobody saw its end, or the fault had no effect: it is left out, and said."""
    assert sentence([None, 0]) == "Verified: with it, 1 of 1 re-run held."
    assert sentence([None]) == "Not verified: no re-run counted."
