"""What is known of the machine."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import numpy as np

from granite_ws.edges.host import digest, machine, sha256, versions


def test_versions_are_the_installed_ones() -> None:
    """Every package that a report names is installed here, with its version."""
    found = versions()
    assert "missing" not in found.values()
    assert np.__version__ == found["numpy"]


def test_nothing_personal_is_kept() -> None:
    """A report can be handed on: no host name, no user."""
    assert socket.gethostname() not in str(machine())
    assert {"python", "system", "cpu_count", "memory_bytes", "load_1min"} == set(machine())


def test_a_digest_is_of_the_content(tmp_path: Path) -> None:
    """Equal bytes and equal numbers have equal digests."""
    (tmp_path / "a").write_bytes(b"abc")
    assert hashlib.sha256(b"abc").hexdigest() == sha256(tmp_path / "a")
    values = np.arange(10.0)
    assert digest(values) == digest(np.arange(20.0)[::2] / 2)
    assert digest(values) != digest(values + 1)
