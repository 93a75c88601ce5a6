"""Results on disk and in S3: one folder for a key, the record last."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from granite_ws.edges.shelf import Shelf
from granite_ws.errors import OutputError
from granite_ws.matrix.record import CellRecord, Status

BUCKET = "sweeps"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server on loopback that speaks S3, and a bucket in it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", url)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}"
    server.stop()


def record(key: str, *, status: Status = Status.DONE, why: str = "") -> CellRecord:
    return CellRecord(key, 1, {"seed": 1}, ("seed",), 1, status, why, files={"page": "page.html"})


def fill(shelf: Shelf, made: CellRecord, text: str) -> None:
    with shelf.attempt(made.key) as folder:
        (folder / "page.html").write_text(text)
        (folder / "sessions").mkdir()
        (folder / "sessions/events.jsonl").write_text("{}\n")
        shelf.keep(made, folder)


def test_a_kept_cell_is_read_back(tmp_path: Path) -> None:
    """Files and record lie in cells/KEY; nothing is left of the attempt."""
    shelf = Shelf(str(tmp_path))
    fill(shelf, record("a" * 12), "page")
    assert shelf.records() == (record("a" * 12),)
    assert (tmp_path / "cells" / ("a" * 12) / "page.html").read_text() == "page"
    assert [path.name for path in (tmp_path / "cells").iterdir()] == ["a" * 12]


def test_a_later_run_of_a_cell_replaces_the_earlier(tmp_path: Path) -> None:
    """One key, one folder, one record."""
    shelf = Shelf(str(tmp_path))
    fill(shelf, record("a" * 12, status=Status.DIED, why="killed"), "first")
    fill(shelf, record("a" * 12), "second")
    assert shelf.records() == (record("a" * 12),)
    assert (tmp_path / "cells" / ("a" * 12) / "page.html").read_text() == "second"


def test_two_workers_with_the_same_cell_leave_one(tmp_path: Path) -> None:
    """Whoever is later wins; neither fails, nothing is doubled."""
    shelf = Shelf(str(tmp_path))
    ready = threading.Barrier(4, timeout=30)

    def work(_: int) -> None:
        with shelf.attempt("b" * 12) as folder:
            (folder / "page.html").write_text("page")
            ready.wait()
            shelf.keep(record("b" * 12), folder)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert shelf.records() == (record("b" * 12),)
    assert [path.name for path in (tmp_path / "cells").iterdir()] == ["b" * 12]


def test_what_a_killed_sweep_left_is_cleared(tmp_path: Path) -> None:
    """Half-made attempts go, kept cells stay."""
    shelf = Shelf(str(tmp_path))
    fill(shelf, record("a" * 12), "page")
    with shelf.attempt("b" * 12):
        pass
    shelf.clear()
    assert [path.name for path in (tmp_path / "cells").iterdir()] == ["a" * 12]


def test_an_attempt_is_no_result(tmp_path: Path) -> None:
    """A sweep that is killed between the record and its folder's last name has kept nothing."""
    shelf = Shelf(str(tmp_path))
    fill(shelf, record("a" * 12), "page")
    with shelf.attempt("b" * 12) as folder:
        (folder / "record.json").write_text(record("b" * 12).to_json())
    assert shelf.records() == (record("a" * 12),)


def test_two_sweeps_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is refused before it touches anything; afterwards the folder is free."""
    with (
        Shelf(str(tmp_path)).owned(),
        pytest.raises(OutputError, match="no other sweep"),
        Shelf(str(tmp_path)).owned(),
    ):
        pass
    with Shelf(str(tmp_path)).owned():
        pass


def test_a_broken_record_is_as_good_as_none(tmp_path: Path) -> None:
    """The cell is then run again."""
    place = tmp_path / "cells" / ("c" * 12)
    place.mkdir(parents=True)
    (place / "record.json").write_text('{"v": 1')
    assert Shelf(str(tmp_path)).records() == ()


def test_the_same_in_s3(s3: str) -> None:
    """Files, record, replacement, a sweep's own file: over the S3 protocol."""
    shelf = Shelf(f"{s3}/night")
    shelf.check()
    fill(shelf, record("a" * 12, status=Status.FAILED, why="?"), "first")
    fill(shelf, record("a" * 12), "second")
    shelf.write("index.html", "<p>index</p>")
    assert shelf.folder is None
    assert shelf.records() == (record("a" * 12),)
    files = shelf._files
    assert files.cat_file(f"{BUCKET}/night/cells/{'a' * 12}/page.html") == b"second"
    assert files.exists(f"{BUCKET}/night/cells/{'a' * 12}/sessions/events.jsonl")
    assert files.cat_file(f"{BUCKET}/night/index.html") == b"<p>index</p>"
    assert shelf.link("index.html") == f"{s3}/night/index.html"


def test_a_bucket_that_is_not_there_is_one_clear_error(s3: str) -> None:
    """Named before anything runs."""
    del s3
    with pytest.raises(OutputError, match="s3://no-such-bucket/x"):
        Shelf("s3://no-such-bucket/x").check()


def test_an_unknown_protocol_is_one_clear_error() -> None:
    """It names the URL and what was expected."""
    with pytest.raises(OutputError, match="a folder, or a URL that fsspec knows"):
        Shelf("gopher://host/x")


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """A file stands in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="out = "):
        Shelf(str(tmp_path / "file/out")).check()
