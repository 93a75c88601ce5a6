"""Command-line options made from ``Settings``: one for each setting, with its rule as the help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from granite_ws.edges.configuration import read_environment, read_file
from granite_ws.reproduce import option_for
from granite_ws.settings import DEFAULTS, RULES, Settings

Function = TypeVar("Function", bound=Callable[..., Any])


def settings_options(function: Function) -> Function:
    """Adds an option for each setting; what is not given keeps its default."""
    for key in reversed(RULES):
        function = _option(key)(function)
    return function


def parameters_option(about: str) -> Callable[[Function], Function]:
    """``-p NAME VALUE``, many times, as papermill has it."""
    return click.option(
        "-p",
        "--parameter",
        "parameters",
        nargs=2,
        multiple=True,
        metavar="NAME VALUE",
        help=f"{about}; may be given many times.",
    )


def config_option(function: Function) -> Function:
    """``--config FILE``: settings of a server that nobody starts by hand."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="GRANITE_WS_CONFIG",
        help="A TOML file of settings; GRANITE_WS_<SETTING> and options win over it.",
    )(function)


def settings_from(options: dict[str, Any]) -> Settings:
    """Settings from the options that were given. Raises SettingsError."""
    given = {key: value for key, value in options.items() if key in RULES and value is not None}
    return Settings.from_mapping(given, where="command line")


def configured(options: dict[str, Any]) -> dict[str, Any]:
    """The options, and what file and environment say where none was given.

    Raises SettingsError.
    """
    config = options.get("config")
    told = {**(read_file(config) if config else {}), **read_environment()}
    given = {key: value for key, value in options.items() if value is not None}
    return {**told, **given}


def _option(key: str) -> Callable[[Function], Function]:
    rule, default = RULES[key], DEFAULTS[key]
    shown = repr(default) if isinstance(default, str) else str(default).lower()
    about = f"{rule.group}: {rule.about}; {rule.allowed}  [default: {shown}]"
    name = option_for(key)
    if isinstance(default, bool):
        return click.option(
            f"{name}/{name.replace('--', '--no-', 1)}", key, default=None, help=about
        )
    number = isinstance(default, int | float)
    kind = click.UNPROCESSED if not number else _Number()
    return click.option(name, key, type=kind, default=None, help=about, metavar=_metavar(default))


def _metavar(default: Any) -> str:
    return "NUMBER" if isinstance(default, int | float) else "TEXT"


class _Number(click.ParamType[int | float | str]):
    """A whole number where one was written, else a float; the setting's own rule judges it."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | float | str:
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                continue
        return str(value)
