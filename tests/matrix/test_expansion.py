"""From a matrix to its combinations."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from granite_ws.matrix.expansion import combinations, differing, distinct, size, takes_away

MATRIX = {"fruit": ["apple", "pear"], "animal": ["cat", "dog"]}
small_matrices = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True)
)
small_entries = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 4), max_size=3), max_size=4
)


def test_the_order_is_that_of_nested_loops() -> None:
    """The last name of the file turns fastest."""
    assert [
        {"fruit": "apple", "animal": "cat"},
        {"fruit": "apple", "animal": "dog"},
        {"fruit": "pear", "animal": "cat"},
        {"fruit": "pear", "animal": "dog"},
    ] == combinations(MATRIX)


def test_include_gives_what_github_actions_documents() -> None:
    """The example of "Expanding or adding matrix configurations" in its documentation."""
    include = [
        {"color": "green"},
        {"color": "pink", "animal": "cat"},
        {"fruit": "apple", "shape": "circle"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]
    assert [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ] == combinations(MATRIX, include=include)


def test_exclude_gives_what_github_actions_documents() -> None:
    """Its example: an entry with fewer names takes away more; 12 combinations less 3 are 9."""
    matrix: dict[str, list[Any]] = {
        "os": ["macos-latest", "windows-latest"],
        "version": [12, 14, 16],
        "environment": ["staging", "production"],
    }
    exclude = [
        {"os": "macos-latest", "version": 12, "environment": "production"},
        {"os": "windows-latest", "version": 16},
    ]
    found = combinations(matrix, exclude=exclude)
    assert 9 == len(found)
    assert {"os": "macos-latest", "version": 12, "environment": "staging"} in found
    assert not any(one["os"] == "windows-latest" and one["version"] == 16 for one in found)


def test_include_may_add_back_what_exclude_took() -> None:
    """Exclude comes first."""
    entry = {"fruit": "pear", "animal": "dog"}
    assert entry in combinations(MATRIX, exclude=[entry], include=[entry])


def test_include_alone_is_a_list_of_cells() -> None:
    """Without a matrix, entries do not extend each other."""
    assert [{"a": 1}, {"b": 2}] == combinations({}, include=[{"a": 1}, {"b": 2}])


def test_nothing_varied_is_one_cell_and_everything_excluded_is_none() -> None:
    """One combination without values; no combination."""
    assert [{}] == combinations({})
    assert [] == combinations(MATRIX, exclude=[{}])


def test_a_flag_is_no_number() -> None:
    """1 == True in Python; in a sweep, excluding 1 leaves true."""
    matrix = {"logger": [True, 1]}
    assert [{"logger": True}] == combinations(matrix, exclude=[{"logger": 1}])
    assert ("logger",) == differing([{"logger": True}, {"logger": 1}])
    assert 2 == len(distinct([{"logger": True}, {"logger": 1}]))


def test_what_differs_is_named_in_the_order_in_which_it_comes() -> None:
    """A name that only some have differs, too."""
    found = [{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "c": 3, "d": 4}]
    assert ("b", "d") == differing(found)
    assert () == differing([{"a": 1}, {"a": 1.0}])
    assert () == differing([])


def test_each_combination_is_kept_where_it_first_comes() -> None:
    """The order stays."""
    one, two = {"a": 1}, {"a": 2}
    assert [one, two] == distinct([one, two, {"a": 1.0}, two])


def test_an_idle_exclude_is_known() -> None:
    """A name or a value that the matrix has not."""
    assert takes_away({"fruit": "apple"}, MATRIX)
    assert takes_away({}, MATRIX)
    assert not takes_away({"fruit": "kiwi"}, MATRIX)
    assert not takes_away({"color": "green"}, MATRIX)


@given(small_matrices, small_entries, small_entries)
def test_the_rules_hold_for_every_small_matrix(
    matrix: dict[str, list[int]], include: list[dict[str, int]], exclude: list[dict[str, int]]
) -> None:
    """Original values are never changed, excluded combinations come back only by include, each
    include entry is in some combination, unless a later one wrote over what it added.
    """
    plain = combinations(matrix, exclude=exclude)
    found = combinations(matrix, include=include, exclude=exclude)
    assert max(len(plain), 1) <= size(matrix)
    for before, after in zip(plain, found, strict=False):
        assert before.items() <= after.items()
    for entry in exclude:
        idle = not takes_away(entry, matrix)
        assert idle or not any(entry.items() <= one.items() for one in plain if matrix)
    added = include[-1:]
    assert all(any(entry.items() <= one.items() for one in found) for entry in added)
