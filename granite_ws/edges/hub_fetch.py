"""Fetches a model's files from the hub; run as a child process that its parent may end.

    python -m granite_ws.edges.hub_fetch REPOSITORY REVISION FILE...

Prints the folder in the hub's cache. On failure: one line on stderr, exit code 1. What was
downloaded when the parent ended it stays in the cache, and the next attempt goes on from there.
"""

from __future__ import annotations

import sys
from pathlib import Path


def fetch(repository: str, revision: str, files: list[str]) -> Path:
    """Downloads the files (already cached ones are only checked) and returns their folder."""
    from huggingface_hub import hf_hub_download

    paths = [Path(hf_hub_download(repository, file, revision=revision)) for file in files]
    return paths[0].parent


def main(arguments: list[str]) -> int:
    """The command line: any failure becomes one line, since the parent shows it to people."""
    repository, revision, *files = arguments
    try:
        print(fetch(repository, revision, files))
    except Exception as error:
        # Whatever the library or the network raises means the same here: no model from the hub.
        first = (str(error).strip().splitlines() or [""])[0]
        print(f"{type(error).__name__}: {first}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
