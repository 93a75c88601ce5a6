"""Sweep files: read whole, or refused with the line and the choices."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granite_ws.errors import BadInput, SettingsError
from granite_ws.matrix.plan import Axes, Limits, Sweep
from granite_ws.matrix.sweepfile import read_sweep
from granite_ws.matrix.thresholds import Threshold

WHOLE = """\
title: Which ping_timeout holds?
notebook: notebooks/03-inject-and-diagnose.ipynb
parameters:
  duration_s: 3
  hub_timeout_s: 0
matrix:
  ping_timeout: [1, 5]
  fault_seconds: [0.5, 4]
include:
  - {ping_timeout: 5, clients: 2}
exclude:
  - ping_timeout: 1
    fault_seconds: 4
repeats: 2
seeds: 3
limits:
  cell_s: 60
  memory_mb: 900.5
at_once: 2
share_cores: true
map:
  x: ping_timeout
  y: fault_seconds
  metric: stall_p99_ms
thresholds:
  - drops == 0
  - metric: forecasts
    is: "> 0"
    where: {ping_timeout: 5}
"""


def refused(text: str) -> str:
    """The one line that says why."""
    with pytest.raises(SettingsError) as told:
        read_sweep(text, where="f.yaml")
    assert "\n" not in str(told.value)
    return str(told.value)


def test_every_key_is_read() -> None:
    """A file that has them all."""
    assert read_sweep(WHOLE, where="f.yaml") == Sweep(
        title="Which ping_timeout holds?",
        notebook="notebooks/03-inject-and-diagnose.ipynb",
        parameters={"duration_s": 3, "hub_timeout_s": 0},
        matrix={"ping_timeout": (1, 5), "fault_seconds": (0.5, 4), "seed": (0, 1, 2)},
        include=({"ping_timeout": 5, "clients": 2},),
        exclude=({"ping_timeout": 1, "fault_seconds": 4},),
        repeats=2,
        limits=Limits(cell_s=60, memory_mb=900.5),
        at_once=2,
        share_cores=True,
        axes=Axes("ping_timeout", "fault_seconds", "stall_p99_ms"),
        thresholds=(
            Threshold("drops", "==", 0),
            Threshold("forecasts", ">", 0, {"ping_timeout": 5}),
        ),
    )


def test_an_empty_mapping_is_one_cell_of_the_default_notebook() -> None:
    """Everything has a default."""
    assert Sweep() == read_sweep("{}", where="f.yaml")
    assert [{}] == Sweep().combinations


@pytest.mark.parametrize(
    ("seeds", "values"), [("2", (0, 1)), ("[7, 5]", (7, 5)), ("[0]", (0,))]
)  # fmt: skip
def test_seeds_are_a_count_or_a_list(seeds: str, values: tuple[int, ...]) -> None:
    """They are values of the setting ``seed``."""
    assert {"seed": values} == read_sweep(f"seeds: {seeds}", where="f").matrix


def test_aliases_are_fine_where_they_end() -> None:
    """YAML's own way to say something once."""
    found = read_sweep("matrix:\n  ping_timeout: &v [1, 2]\n  clients: *v\n", where="f")
    assert {"ping_timeout": (1, 2), "clients": (1, 2)} == found.matrix


# Text, the line that is named, words of the message.
BAD = [
    ("", None, "must be a mapping of names"),
    ("- 1\n- 2\n", 1, "a list of 2"),
    ("title: a\nrepeat: 2\n", 2, "did you mean repeats?"),
    ("title: a\nzebra: 2\n", 2, "no such key; choices: at_once, exclude,"),
    ("title: 5\n", 1, "must be a text"),
    ("title: ' '\n", 1, "must be a text"),
    ("notebook: [a]\n", 1, "must be a text"),
    ("title: a\ntitle: b\n", 2, "comes twice; first: f.yaml line 1"),
    ("title: a\n1: b\n", 2, "no such key"),
    ("<<: {title: a}\n", 1, "no such key"),
    ("parameters: 3\n", 1, "must be a mapping of names"),
    ("parameters:\n  ping_timeot: 3\n", 2, "no such setting; did you mean ping_timeout?"),
    ("parameters:\n  ping_timeout: soon\n", 2, "must be a number from 0.1 to 86400"),
    ("parameters:\n  ping_timeout: true\n", 2, "must be a number"),
    ("parameters:\n  ping_timeout: .nan\n", 2, "must be a number"),
    ("parameters:\n  ping_timeout:\n", 2, "must be a number"),
    ("parameters:\n  seed: 0x" + "f" * 9000 + "\n", 2, "must be a whole number"),
    ("parameters:\n  data: 2024-01-01\n", 2, "must be co2, elnino"),
    ("parameters:\n  fault: gil\n", 2, "a fault that granite-ws faults lists"),
    ("parameters:\n  fault: [gil_held_native]\n", 2, "a fault that granite-ws faults lists"),
    ("matrix:\n  fault: [!!set {a}]\n", 2, "a fault that granite-ws faults lists"),
    ("parameters:\n  seed: 1\n  seed: 2\n", 3, "comes twice"),
    ("matrix: [1]\n", 1, "must be a mapping of names"),
    ("matrix:\n  seed: 1\n", 2, "must be a list"),
    ("matrix:\n  seed: []\n", 2, "must be a list with at least one value"),
    ("matrix:\n  seed: [1,\n    -2]\n", 3, "must be a whole number"),
    ("matrix:\n  seed: [1,\n    1]\n", 3, "comes twice; repeats runs a cell more than once"),
    ("matrix:\n  ping_timeout: [5,\n    5.0]\n", 3, "comes twice"),
    ("matrix:\n  seed: [[1]]\n", 2, "must be a whole number"),
    ("matrix:\n  sed: [1]\n", 2, "did you mean seed?"),
    ("include: {seed: 1}\n", 1, "must be a list"),
    ("include:\n- seed: 1\n- sed: 1\n", 3, "did you mean seed?"),
    ("include:\n- seed: 1\n- seed: 1\n", 2, "must make no cell that there is already"),
    ("exclude:\n- 5\n", 2, "must be a mapping of names"),
    ("matrix: {seed: [1]}\nexclude:\n- seed: 2\n", 3, "must be a combination that the matrix has"),
    ("matrix: {seed: [1]}\nexclude:\n- {clients: 1}\n", 3, "must be a combination"),
    ("matrix: {seed: [1, 2]}\nexclude:\n- seed: 1\n- seed: 2\n", 3, "must leave a combination"),
    ("repeats: 0\n", 1, "must be a whole number from 1 to 10000"),
    ("repeats: true\n", 1, "must be a whole number"),
    ("repeats: 1.5\n", 1, "must be a whole number"),
    ("seeds: 0\n", 1, "must be a whole number from 1"),
    ("seeds: []\n", 1, "must be a list with at least one value"),
    ("seeds: [-1]\n", 1, "must be a whole number"),
    ("seeds: many\n", 1, "must be a count, or a list of seeds"),
    ("seeds: 2\nmatrix: {seed: [1]}\n", 1, "must not stand beside a seed of its own"),
    ("parameters: {seed: 3}\nseeds: 2\n", 2, "must not stand beside a seed of its own"),
    ("limits: 5\n", 1, "must be a mapping of names"),
    ("limits:\n  cell: 5\n", 2, "did you mean cell_s?"),
    ("limits:\n  cell_s: -1\n", 2, "must be from 0 (no limit)"),
    ("limits:\n  cell_s: .nan\n", 2, "must be from 0 (no limit)"),
    ("limits:\n  cell_s: .inf\n", 2, "must be from 0 (no limit)"),
    ("limits:\n  cell_s: 1 h\n", 2, "must be a number, 0 for no limit"),
    ("limits:\n  cell_s: true\n", 2, "must be a number, 0 for no limit"),
    ("at_once: -1\n", 1, "must be a whole number from 0 to 512"),
    ("share_cores: 1\n", 1, "must be true or false"),
    ("map: {x: seed}\n", 1, "must have y"),
    ("map:\n  x: seed\n  y: seed\n", 2, "x and y must differ"),
    ("map:\n  x: seed\n  z: seed\n", 3, "no such key"),
    ("map:\n  x: seed\n  y: clients\n  metric: drop\n", 4, "did you mean drops?"),
    ("matrix: {seed: [1]}\nmap:\n  x: seed\n  y: clients\n", 3, "choices: seed"),
    ("thresholds: drops == 0\n", 1, "must be a list"),
    ("thresholds:\n- drops == 0\n- drop == 0\n", 3, "did you mean drops?"),
    ("thresholds:\n- 5\n", 2, "must be a mapping of names"),
    ("thresholds:\n- metric: drops\n", 2, "must be METRIC SIGN NUMBER, or have metric and is"),
    ("thresholds:\n- metric: drops\n  is: 0\n", 2, "must be METRIC SIGN NUMBER"),
    ("thresholds:\n- metric: drops\n  is: 0x" + "f" * 9000, 2, "must be METRIC SIGN NUMBER"),
    ("thresholds:\n- metric: drops\n  if: == 0\n", 3, "no such key"),
    (
        "thresholds:\n- metric: drops\n  is: == 0\n  where: {sed: 1}\n",
        4,
        "did you mean seed?",
    ),
    (
        "matrix: {seed: [1]}\nthresholds:\n- {metric: drops, is: == 0, where: {seed: 2}}\n",
        3,
        "must be for a cell that there is",
    ),
    ("repeats: 10000\nmatrix: {seed: [1, 2]}\n", 2, "20000 cells"),
    ("title: &a [*a]\n", None, "aliases included"),
    ("title: a\n\tnotebook: b\n", 2, "must be YAML"),
]


@pytest.mark.parametrize(("text", "line", "words"), BAD, ids=[text[:50] for text, _, _ in BAD])
def test_a_bad_file_is_one_line_that_names_the_place(
    text: str, line: int | None, words: str
) -> None:
    """File, line, key, value, and what is allowed there."""
    told = refused(text)
    assert words in told
    place = "f.yaml: " if line is None else f"f.yaml line {line}: "
    assert told.startswith(place), told


def test_a_matrix_that_explodes_is_refused_before_it_is_made() -> None:
    """Ten names with ten values each are ten thousand million cells."""
    names = ("ping_interval", "ping_timeout", "seed", "clients", "duration_s", "fault_at_s",
             "fault_seconds", "period", "forecast_every", "torch_threads")  # fmt: skip
    values = list(range(1, 11))
    text = "matrix:\n" + "".join(f"  {name}: {values}\n" for name in names)
    assert "10000000000 cells" in refused(text)


def test_the_most_cells_are_made_in_time() -> None:
    """Ten thousand, and not one more."""
    assert 10_000 == len(read_sweep("seeds: 10000", where="f").combinations)
    assert "10001 cells" in refused("seeds: 10000\ninclude: [{clients: 2}]")


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_arbitrary_text_is_a_sweep_or_bad_input(text: str) -> None:
    """Nothing else is raised."""
    with suppress(BadInput):
        read_sweep(text, where="f.yaml")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutated_file_is_a_sweep_or_bad_input(data: st.DataObject) -> None:
    """Lines dropped, doubled, moved, values and characters exchanged: nothing else is raised."""
    lines = WHOLE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place : place + 1] = data.draw(
            st.one_of(
                st.just([]),
                st.just([lines[place]] * 2),
                st.sampled_from(lines).map(lambda line: [line]),
                st.sampled_from(
                    ["~", "[]", "{}", "-1", "1e400", "!!int ''", "&a [*a]", "'", "\t", "yes"]
                ).map(lambda value, place=place: [lines[place].split(":")[0] + ": " + value]),
                st.characters(codec="utf-8").map(lambda c, place=place: [lines[place] + c]),
            )
        )
        if not lines:
            return
    with suppress(BadInput):
        read_sweep("\n".join(lines), where="f.yaml")


@given(st.from_regex(r"(\w{1,8}: [\[{]?\w{0,4}[\]}]?\n){1,4}", fullmatch=True))
def test_small_mappings_are_sweeps_or_bad_input(text: str) -> None:
    """The shape of a sweep file, with anything in it."""
    with suppress(BadInput):
        read_sweep(text, where="f.yaml")
