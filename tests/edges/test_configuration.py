"""Settings from a file and the environment: in their order, and every slip told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as some

from granite_ws.cli.options import configured
from granite_ws.edges.configuration import read_environment, read_file
from granite_ws.errors import SettingsError
from granite_ws.settings import DEFAULTS, Settings


def test_the_order_is_file_environment_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wins over the one before it."""
    path = tmp_path / "my.toml"
    path.write_text("ping_interval = 5\nping_timeout = 6\nclients = 7\n")
    monkeypatch.setenv("GRANITE_WS_PING_TIMEOUT", "60")
    monkeypatch.setenv("GRANITE_WS_CLIENTS", "70")
    told = configured({"config": path, "clients": 100, "port": None})
    kept = [told[name] for name in ("ping_interval", "ping_timeout", "clients")]
    assert [5, 60, 100] == kept
    assert told.get("port") is None


@given(some.sampled_from(sorted(DEFAULTS)))
def test_every_default_is_read_back_from_the_environment(key: str) -> None:
    """As text and back, whatever its type."""
    text = str(DEFAULTS[key])
    assert {key: DEFAULTS[key]} == read_environment({f"GRANITE_WS_{key.upper()}": text})


def test_what_is_no_setting_is_left_alone_or_told() -> None:
    """Variables of others are none of ours; a slip in one of ours names what was meant."""
    assert {} == read_environment({"PATH": "/bin", "GRANITE_WS_RUNNER": "1"})
    with pytest.raises(SettingsError) as caught:
        read_environment({"GRANITE_WS_PING_TIMEOT": "20"})
    assert (
        "environment: GRANITE_WS_PING_TIMEOT = '20': no such setting; "
        "did you mean GRANITE_WS_PING_TIMEOUT?"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("key", "text"), [("PING_TIMEOUT", "soon"), ("LOGGER", "maybe"), ("EXECUTOR", "gpu")]
)
def test_a_value_that_is_not_allowed(key: str, text: str) -> None:
    """The line names the variable."""
    with pytest.raises(SettingsError) as caught:
        read_environment({f"GRANITE_WS_{key}": text})
    assert f"environment: GRANITE_WS_{key}" in str(caught.value)
    assert text in str(caught.value)


@pytest.mark.parametrize("text", ["ping_timeout = -1", "pingtimeout = 1", "= 3", "\xff"])
def test_a_file_that_is_not_one(tmp_path: Path, text: str) -> None:
    """One line that names the file; so does one that is not there."""
    path = tmp_path / "my.toml"
    path.write_text(text, encoding="latin-1")
    for wrong in (path, tmp_path / "none.toml"):
        with pytest.raises(SettingsError) as caught:
            read_file(wrong)
        assert wrong.name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_settings_are_whole() -> None:
    """What is read can be used."""
    told = read_environment({"GRANITE_WS_FINITE_JSON": "off", "GRANITE_WS_PORT": "8080"})
    assert (False, 8080) == (Settings(**told).finite_json, Settings(**told).port)


def test_serve_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad variable ends ``serve`` with the same line."""
    from granite_ws.cli.serve import command

    monkeypatch.setenv("GRANITE_WS_PING_INTERVAL", "0")
    ended = CliRunner().invoke(command, [])
    told = "environment: GRANITE_WS_PING_INTERVAL: ping_interval = 0: must be"
    assert str(ended.exception).startswith(told)
