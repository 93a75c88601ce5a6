"""Errors carry data and are one line."""

from __future__ import annotations

import pickle

import pytest

from granite_ws import errors


@pytest.mark.parametrize(
    "kind",
    [
        errors.SettingsError,
        errors.SeriesError,
        errors.ModelError,
        errors.OutputError,
        errors.SessionError,
    ],
)
def test_bad_input_names_all_four(kind: type[errors.BadInput]) -> None:
    """Where, key, value, allowed: as text and as fields."""
    error = kind("key", "value", allowed="a number", where="here")
    assert "here: key = 'value': a number" == str(error)
    assert ("key", "value", "a number", "here") == (
        error.key,
        error.value,
        error.allowed,
        error.where,
    )
    assert isinstance(error, errors.BadInput)


def test_a_long_or_broken_value_stays_one_short_line() -> None:
    """A whole CSV in a value does not flood the terminal."""
    error = errors.SeriesError("row", "a\nb" * 10_000, allowed="less", where="x.csv")
    assert "\n" not in str(error)
    assert len(str(error)) < 200


def test_every_part_of_the_line_may_be_foreign() -> None:
    """Line breaks in the name, the place or the rule do not make a second line either."""
    error = errors.SettingsError("a\nb", 1, allowed="c\rd", where="e\u2028f")
    assert "e f: a b = 1: c d" == str(error)


def test_a_failed_session_is_not_bad_input() -> None:
    """Ours and theirs are told apart."""
    assert not issubclass(errors.SessionFailed, errors.BadInput)
    assert issubclass(errors.SessionFailed, errors.GraniteWsError)


def test_a_number_that_python_will_not_write_is_named_all_the_same() -> None:
    """An integer of more than 4,300 digits has no repr."""
    error = errors.SettingsError("seed", 1 << 40_000, allowed="less", where="x.yaml")
    assert "x.yaml: seed = a very large int: less" == str(error)


def test_bad_input_is_the_same_after_a_journey() -> None:
    """A worker raises it, the one who asked tells it."""
    error = errors.SettingsError("clients", -1, allowed="must be more", where="here")
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back)) == (errors.SettingsError, str(error))
