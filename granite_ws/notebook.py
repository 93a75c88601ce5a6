"""What a notebook needs beside the front door: its parameters as settings, and a bar."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from tqdm.auto import tqdm

from granite_ws.run import Progress
from granite_ws.settings import RULES, Settings


def settings_from(names: Mapping[str, Any]) -> Settings:
    """The settings among a notebook's global names, as papermill leaves them (``globals()``).

    Raises SettingsError for a value that is not allowed.
    """
    given = {key: value for key, value in names.items() if key in RULES}
    return Settings.from_mapping(given, where="notebook parameters")


def bar() -> Progress:
    """A progress bar in the cell, or in the terminal that runs the notebook."""
    # One process: tqdm's own lock is also one between processes, which a killed kernel leaves
    # behind as a semaphore of the system.
    tqdm.set_lock(threading.RLock())
    shown = tqdm(total=100, bar_format="{desc} {bar} {percentage:3.0f} %")

    def tell(share: float, words: str) -> None:
        shown.set_description(words, refresh=False)
        shown.update(round(share * 100) - shown.n)
        if share >= 1.0 and words == "recorded":
            shown.close()

    return tell
