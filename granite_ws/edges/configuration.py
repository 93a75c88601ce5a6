"""Settings from a file and from the environment, for servers that nobody starts by hand.

defaults < file (--config) < GRANITE_WS_* < command line
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.settings import DEFAULTS, RULES, Settings

PREFIX = "GRANITE_WS_"
# What else is named so, and is no setting.
_OTHERS = ("RUNNER", "SESSIONS", "LANG", "START", "CONFIG", "GRAPHS")
_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def read_file(path: Path) -> dict[str, Any]:
    """A TOML file whose keys are settings. Raises SettingsError naming the file and the key."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            "config",
            str(path),
            allowed=f"a file that can be read ({error.strerror})",
            where="serve",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "config", str(path), allowed=f"TOML ({error})", where="serve"
        ) from error
    Settings.from_mapping(found, where=str(path))
    return found


def _unusable(path: Path, allowed: str) -> SettingsError:
    return SettingsError("config", str(path), allowed=allowed, where="command line")


def read_environment(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The settings among the environment's variables (default: this process's).

    Raises SettingsError for a value that is not allowed, and for a name that is no setting: a
    slip in a unit file must not go unnoticed.
    """
    found: dict[str, Any] = {}
    for name, text in (os.environ if environment is None else environment).items():
        key = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in _OTHERS:
            continue
        if key not in RULES:
            near = difflib.get_close_matches(key, RULES, n=1)
            hint = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
            raise SettingsError(name, text, allowed=f"no such setting{hint}", where="environment")
        found[key] = _typed(key, text)
    for key, value in found.items():
        Settings.from_mapping({key: value}, where=f"environment: {PREFIX}{key.upper()}")
    return found


def _typed(key: str, text: str) -> Any:
    """The text as its setting's type; as it is where it is none, for the rule to refuse."""
    default = DEFAULTS[key]
    if isinstance(default, bool):
        return {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}.get(text.lower(), text)
    if isinstance(default, int | float):
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
