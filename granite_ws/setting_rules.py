"""What a setting may be: the rules, from which options, error messages and help texts are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What one setting may be: words for people, and the check itself."""

    allowed: str
    accepts: Callable[[Any], bool]
    about: str
    group: str


def setting(default: Any, rule: Rule) -> Any:
    """A dataclass field with its default and its rule."""
    return field(default=default, metadata={"rule": rule})


def whole(low: int, high: int, about: str, group: str) -> Rule:
    """A whole number from ``low`` to ``high``, both allowed."""
    return Rule(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and low <= value <= high,
        about,
        group,
    )


def number(low: float, high: float, about: str, group: str) -> Rule:
    """A number from ``low`` to ``high``, both allowed."""
    return Rule(
        f"a number from {low:g} to {high:g}",
        lambda value: isinstance(value, int | float) and low <= value <= high,
        about,
        group,
    )


def choice(choices: tuple[Any, ...], about: str, group: str) -> Rule:
    """One of these values, all of one type."""
    words = ", ".join(str(choice) for choice in choices)
    # 512.0 equals 512, but is no number of points.
    return Rule(
        f"one of {words}",
        lambda value: type(value) is type(choices[0]) and value in choices,
        about,
        group,
    )


def text(allowed: str, about: str, group: str, *, empty: bool = True) -> Rule:
    """Any text; ``empty``: also none. ``allowed`` says in words what is meant."""
    return Rule(
        allowed, lambda value: isinstance(value, str) and (empty or bool(value)), about, group
    )


def flag(about: str, group: str) -> Rule:
    """Yes or no."""
    return Rule("true or false", lambda value: isinstance(value, bool), about, group)
