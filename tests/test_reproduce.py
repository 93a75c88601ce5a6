"""The command that reproduces a session, read back by the command line itself."""

from __future__ import annotations

import shlex
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.cli.options import settings_from, settings_options
from granite_ws.reproduce import command_for
from granite_ws.settings import Settings
from tests.test_settings import VALUES


def read_back(command: str) -> Settings:
    found: list[Settings] = []

    @click.command()
    @settings_options
    def run(**options: Any) -> None:
        found.append(settings_from(options))

    program, verb, *arguments = shlex.split(command)
    assert ("granite-ws", "run") == (program, verb)
    run.main(arguments, standalone_mode=False)
    return found[0]


@pytest.mark.parametrize("key", VALUES)
def test_each_setting_survives_its_command(key: str) -> None:
    """A changed setting is in the command, and the command gives it back."""
    made = Settings(**{key: VALUES[key][0]})
    assert made == read_back(command_for(made))


@given(
    st.fixed_dictionaries(
        {
            "ping_timeout": st.floats(0.1, 86_400) | st.integers(1, 86_400),
            "seed": st.integers(0, 2**32 - 1),
            "data": st.text(st.characters(codec="ascii", min_codepoint=32), min_size=1).filter(
                lambda text: not text.startswith("-")
            ),
            "logger": st.booleans(),
        }
    )
)
def test_any_settings_survive_their_command(changed: dict[str, Any]) -> None:
    """Blanks, quotes and long numbers in values do not break it."""
    made = Settings(**changed)
    assert made == read_back(command_for(made))
