"""The exact command that runs a session again."""

from __future__ import annotations

import shlex

from granite_ws.settings import Settings


def option_for(key: str) -> str:
    """The command-line option of a setting."""
    return "--" + key.replace("_", "-")


def options_for(settings: Settings) -> list[str]:
    """The words of a command line that give every setting that differs from its default."""
    words: list[str] = []
    for key, value in settings.changed().items():
        option = option_for(key)
        if isinstance(value, bool):
            words.append(option if value else option.replace("--", "--no-", 1))
        else:
            words += [option, str(value)]
    return words


def command_for(settings: Settings) -> str:
    """``granite-ws run`` with these options, ready to paste."""
    return shlex.join(["granite-ws", "run", *options_for(settings)])
