"""Writes the made-up session of granite_ws/bench/long_session.py into a folder.

python -m scripts.make_long_session FOLDER [MINUTES]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from granite_ws.bench.long_session import session
from granite_ws.edges import store


def main(folder: Path, minutes: int = 30) -> None:
    """Writes the session and says how large it is."""
    made = session(minutes)
    store.create_session(folder, made.settings, made.provenance)
    lines = "".join(event.to_line() + "\n" for event in made.log)
    store.write_text(folder / store.EVENTS_FILE, lines)
    print(json.dumps({"events": len(made.log), "bytes": len(lines), "folder": str(folder)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
