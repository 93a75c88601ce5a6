"""YAML whose every value knows the line that it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from granite_ws.errors import SettingsError

_MOST_CHARACTERS = 1_000_000
_MOST_NODES = 100_000
# What PyYAML's constructors let out for a tag whose value does not fit, as in ``!!bool maybe``.
_NO_VALUE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Entry:
    """One value of a file.

    key:  its name; that of the list for a list's item.
    node: as PyYAML composed it.
    file: the file's name, for errors.
    """

    key: str
    node: Any
    file: str

    @property
    def where(self) -> str:
        """The file and the line, from 1."""
        return self.file if self.node is None else _where(self.file, self.node)

    @property
    def written(self) -> str:
        """As the file has it, before YAML makes a number or a date of it."""
        return _shown(self.node)

    def refused(self, allowed: str) -> SettingsError:
        """The error that names key, value, what is allowed, and the line."""
        return SettingsError(self.key, self.written, allowed=allowed, where=self.where)


Entries = dict[str, Entry]


def root(text: str, *, where: str) -> Any:
    """The document's node. Raises SettingsError with the line of what is no YAML."""
    if len(text) > _MOST_CHARACTERS:
        raise SettingsError(
            "sweep",
            f"{len(text)} characters",
            allowed=f"at most {_MOST_CHARACTERS} characters",
            where=where,
        )
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SettingsError(
            "sweep",
            "text",
            allowed=f"must be YAML: {_problem(error)}",
            where=_where_wrong(error, text, where),
        ) from error
    _count_nodes(node, where)
    return node


def entries(node: Any, *, where: str, key: str = "sweep") -> Entries:
    """The entries of a mapping, by name. Raises SettingsError for anything else, and for a name
    that comes twice.
    """
    if not isinstance(node, yaml.MappingNode):
        at = where if node is None else _where(where, node)
        raise SettingsError(key, _shown(node), allowed="must be a mapping of names", where=at)
    found: Entries = {}
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            raise SettingsError(key, "a key", allowed="must be a name", where=_where(where, name))
        if name.value in found:
            raise SettingsError(
                name.value,
                _shown(value),
                allowed=f"comes twice; first: {found[name.value].where}",
                where=_where(where, name),
            )
        found[name.value] = Entry(name.value, value, where)
    return found


def items(entry: Entry) -> list[Entry]:
    """The items of a list. Raises SettingsError for anything else."""
    if not isinstance(entry.node, yaml.SequenceNode):
        raise entry.refused("must be a list")
    return [Entry(entry.key, node, entry.file) for node in entry.node.value]


def plain(entry: Entry) -> Any:
    """The value as Python has it. Raises SettingsError for what YAML cannot make one of."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(entry.node, deep=True)
    except (yaml.YAMLError, RecursionError, *_NO_VALUE) as error:
        raise entry.refused(f"must be a value: {_problem(error)}") from error
    finally:
        loader.dispose()


def _count_nodes(node: Any, where: str) -> None:
    """Refuses what aliases blow up to, before anybody walks through it."""
    waiting, seen = [node], 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > _MOST_NODES:
            raise SettingsError(
                "sweep", "text", allowed=f"at most {_MOST_NODES} values, aliases included",
                where=where,
            )  # fmt: skip
        if isinstance(one, yaml.SequenceNode):
            waiting += one.value
        elif isinstance(one, yaml.MappingNode):
            waiting += [part for pair in one.value for part in pair]


def _problem(error: Exception) -> str:
    words = getattr(error, "problem", None) or getattr(error, "reason", None)
    return words or str(error) or type(error).__name__


def _where_wrong(error: Exception, text: str, file: str) -> str:
    """The file, with the line where the error knows its place."""
    mark, position = getattr(error, "problem_mark", None), getattr(error, "position", None)
    if mark is not None:
        return f"{file} line {mark.line + 1}"
    # A character that YAML has not: the reader counts characters, not lines.
    return file if position is None else f"{file} line {text.count(chr(10), 0, position) + 1}"


def _where(file: str, node: Any) -> str:
    return f"{file} line {node.start_mark.line + 1}"


def _shown(node: Any) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return f"a list of {len(node.value)}"
    return f"a mapping of {len(node.value)}" if isinstance(node, yaml.MappingNode) else "nothing"
