"""The exact command that runs a session again."""

from __future__ import annotations

import shlex

from granite_ws.settings import Settings


def option_for(key: str) -> str:
    """The command-line option of a setting."""
    return "--" + key.replace("_", "-")


def command_for(settings: Settings) -> str:
    """``granite-ws run`` with every setting that differs from its default, ready to paste."""
    words = ["granite-ws", "run"]
    for key, value in settings.changed().items():
        option = option_for(key)
        if isinstance(value, bool):
            words.append(option if value else option.replace("--", "--no-", 1))
        else:
            words += [option, str(value)]
    return shlex.join(words)
