"""YAML whose values know their lines."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.errors import SettingsError
from granite_ws.matrix.yamlnodes import Entry, entries, items, plain, root

LAUGHS = "\n".join(
    [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" if n else "a0: &a0 [1]" for n in range(12)]
)


def entry(text: str) -> Entry:
    """The value of the key ``k``."""
    return entries(root(f"k: {text}\n", where="f.yaml"), where="f.yaml")["k"]


def test_each_entry_knows_its_line() -> None:
    """From 1, as editors count; a list's items have their own."""
    text = "# a comment\na: 1\nb:\n  - x\n  - y\n"
    found = entries(root(text, where="f.yaml"), where="f.yaml")
    assert ["f.yaml line 2", "f.yaml line 4"] == [one.where for one in found.values()]
    assert ["f.yaml line 4", "f.yaml line 5"] == [one.where for one in items(found["b"])]
    assert ["x", "y"] == [plain(one) for one in items(found["b"])]


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("3.5", 3.5), ("yes", True), ("~", None), ("'3'", "3"),
     ("[1, {a: 2}]", [1, {"a": 2}])],
)  # fmt: skip
def test_values_are_what_yaml_says(text: str, value: object) -> None:
    """With their types."""
    assert value == plain(entry(text))
    assert type(value) is type(plain(entry(text)))


@pytest.mark.parametrize(
    "text",
    [
        "!!bool maybe",
        "!!int ''",
        "!!int x",
        "!!float ''",
        "!!timestamp soon",
        "2024-13-45",
        "!!python/object/apply:os.system [ls]",
        "!!map [1]",
        "!strange 1",
        "{[1]: 2}",
        "9" * 5000,
    ],
)
def test_a_tag_that_does_not_fit_is_refused_with_its_line(text: str) -> None:
    """Nothing is called, nothing else is raised."""
    with pytest.raises(SettingsError, match=r"f\.yaml line 1: k = .* must be a value"):
        plain(entry(text))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [1, 2\n", 3, "expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: 1\nb: *nobody\n", 2, "undefined alias"),
        ("a: 1\nb: c: d\n", 2, "mapping values are not allowed"),
        ("a: 1\nb: \x00\n", 2, "special characters"),
        ("a: 1\n\nb: \ud800\n", 3, "special characters"),
        ("a: 'open\n", 2, "end of stream"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int, words: str) -> None:
    """In PyYAML's own words."""
    with pytest.raises(SettingsError) as told:
        root(text, where="f.yaml")
    assert str(told.value).startswith(f"f.yaml line {line}: ")
    assert words in str(told.value)


@pytest.mark.parametrize(
    "text",
    ["a: &a [*a]", "a: &a {b: *a}", LAUGHS, "[" * 5_000, "{a: " * 5_000, "a: 1\n" * 250_000],
    ids=["loop", "loop of mappings", "billion laughs", "deep list", "deep mapping", "long"],
)
def test_what_would_never_end_is_refused(text: str) -> None:
    """Aliases that repeat or contain themselves, depth, size."""
    with pytest.raises(SettingsError):
        root(text, where="f.yaml")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "3", "[1]", "~"])
def test_what_is_no_mapping_has_no_entries(text: str) -> None:
    """Also an empty file."""
    with pytest.raises(SettingsError, match="must be a mapping of names"):
        entries(root(text, where="f.yaml"), where="f.yaml")


def test_a_name_that_comes_twice_is_told_with_both_lines() -> None:
    """YAML itself would take the last."""
    with pytest.raises(
        SettingsError, match=r"line 3: a = '2': comes twice; first: f\.yaml line 1"
    ):
        entries(root("a: 1\nb: 3\na: 2\n", where="f.yaml"), where="f.yaml")


def test_a_key_must_be_a_name_and_a_list_a_list() -> None:
    """With the line of what is none."""
    with pytest.raises(SettingsError, match="line 2: sweep = 'a key': must be a name"):
        entries(root("a: 1\n? [b]\n: 2\n", where="f.yaml"), where="f.yaml")
    for text, shown in (("1", "1"), ("{a: 1}", "a mapping of 1")):
        with pytest.raises(SettingsError, match=f"line 1: k = '{shown}': must be a list"):
            items(entry(text))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_arbitrary_text_is_yaml_or_bad_input(text: str) -> None:
    """Nothing else comes out, of composing, of walking, of making values."""
    with suppress(SettingsError):
        for one in entries(root(text, where="f"), where="f").values():
            plain(one)


@given(
    st.sampled_from(["int", "float", "bool", "timestamp", "binary", "null", "set", "omap", "pairs",
                     "str", "seq", "map", "merge", "value"]),
    st.sampled_from(["''", "x", "1", "[1]", "[{a: 1}]", "{a: 1}", "{[1]: 1}", "-", "1:", "0x",
                     "_"]),
)  # fmt: skip
def test_every_tag_on_every_shape_is_a_value_or_bad_input(tag: str, value: str) -> None:
    """What PyYAML's constructors raise by themselves does not escape."""
    with suppress(SettingsError):
        plain(entry(f"!!{tag} {value}"))
