"""Where a sweep's results are kept: a folder here, or any place that fsspec reaches (S3, ...)."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from granite_ws.edges.store import writable, write_text
from granite_ws.errors import OutputError
from granite_ws.matrix.record import CellRecord

CELLS, RECORD = "cells", "record.json"
_RIVALS = 3
_LOCK = ".lock"


class Shelf:
    """``cells/KEY/`` for each cell, with its ``record.json`` written last: a cell without one was
    never finished, and is run again.
    """

    def __init__(self, url: str) -> None:
        """Raises OutputError for a place that nobody knows how to reach."""
        import fsspec

        self.url = url
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError, OSError) as error:
            raise OutputError(
                "out",
                url,
                allowed=f"a folder, or a URL that fsspec knows ({error})",
                where="sweep",
            ) from error
        local = self._files.protocol in ("file", ("file", "local"))
        # None where the results are on another machine.
        self.folder: Path | None = Path(self._root) if local else None

    def check(self) -> None:
        """Raises OutputError now rather than after an hour's work."""
        if self.folder is not None:
            writable(self.folder, where="sweep")
            return
        probe = f"{self._root}/.granite_ws_write_check"
        with self._refused():
            self._files.pipe(probe, b"")
            self._files.rm(probe)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Nobody else may run a sweep into this place meanwhile. Raises OutputError.

        Of a place on another machine nobody is asked: there the later record stays.
        """
        if self.folder is None:
            yield
            return
        with (self.folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OutputError(
                    "out",
                    str(self.folder),
                    allowed="a folder into which no other sweep is running",
                    where="sweep",
                ) from error
            yield

    def clear(self) -> None:
        """Removes what a killed sweep left half-made: attempts that never became a cell."""
        if self.folder is not None:
            for old in (self.folder / CELLS).glob(".*-*"):
                shutil.rmtree(old, ignore_errors=True)

    def records(self) -> tuple[CellRecord, ...]:
        """Every record that is there, in the cells' order; a broken one is as good as none."""
        with self._refused():
            self._files.invalidate_cache()
            # No attempts: their names begin with a dot.
            paths = self._files.glob(f"{self._root}/{CELLS}/[!.]*/{RECORD}")
            texts = [self._files.cat_file(path).decode(errors="replace") for path in paths]
        found = []
        for text in texts:
            with suppress(ValueError):
                found.append(CellRecord.from_json(text))
        return tuple(sorted(found, key=lambda record: (record.number, record.key)))

    def write(self, name: str, text: str) -> None:
        """A file of the whole sweep."""
        if self.folder is not None:
            write_text(self.folder / name, text)
            return
        with self._refused():
            self._files.pipe(f"{self._root}/{name}", text.encode())

    def link(self, name: str) -> str:
        """Where people find such a file."""
        return str(self.folder / name) if self.folder is not None else f"{self.url}/{name}"

    @contextmanager
    def attempt(self, key: str) -> Iterator[Path]:
        """A folder of this machine in which a cell may work; beside the results where those are
        here, so that what a killed sweep leaves is found.
        """
        if self.folder is None:
            with tempfile.TemporaryDirectory(prefix="granite-ws-cell-") as name:
                yield Path(name)
            return
        cells = self.folder / CELLS
        cells.mkdir(parents=True, exist_ok=True)
        folder = cells / f".{key}-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        yield folder

    def keep(self, record: CellRecord, folder: Path) -> None:
        """Puts a cell's folder and its record in the place of any older one of the same key.

        Where a cell was run twice (its worker was thought lost), the later one stays: there is
        one folder for a key, whatever happens.
        """
        if self.folder is None:
            with self._refused():
                self._upload(record, folder)
            return
        place = self.folder / CELLS / record.key
        write_text(folder / RECORD, record.to_json())
        for _ in range(_RIVALS):
            shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):  # another worker was faster: it is replaced
                folder.rename(place)
                return
        raise OutputError(
            "out", str(place), allowed="a folder that can be replaced", where="sweep"
        )

    def _upload(self, record: CellRecord, folder: Path) -> None:
        place = f"{self._root}/{CELLS}/{record.key}"
        if self._files.exists(place):
            # First of all: without its record nobody takes what is left for a whole cell.
            if self._files.exists(f"{place}/{RECORD}"):
                self._files.rm(f"{place}/{RECORD}")
            self._files.rm(place, recursive=True)
        self._files.put(f"{folder}/", f"{place}/", recursive=True)
        self._files.pipe(f"{place}/{RECORD}", record.to_json().encode())

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Each file system raises its own library's types.
            raise OutputError(
                "out",
                self.url,
                allowed=f"a place that can be written ({type(error).__name__}: {error})",
                where="sweep",
            ) from error
