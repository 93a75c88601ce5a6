"""What a script has measured and left in ``docs/results``: read for who calculates with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from granite_ws.errors import BadInput

RESULTS = Path("docs/results")
_CHECKOUT = Path(__file__).parents[2]


def read_measurement(name: str) -> dict[str, Any]:
    """The record of this file name: this folder's or that of one above it, else the checkout's.

    Raises BadInput where there is none, or where it is no JSON object.
    """
    places = [*(folder / RESULTS for folder in (Path.cwd(), *Path.cwd().parents))]
    places.append(_CHECKOUT / RESULTS)
    found = next((place / name for place in places if (place / name).is_file()), None)
    if found is None:
        raise BadInput("measurement", name, allowed=f"a file in {RESULTS}", where="notebook")
    try:
        record = json.loads(found.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            "measurement", str(found), allowed=f"a JSON file ({error})", where="notebook"
        ) from error
    if not isinstance(record, dict):
        raise BadInput("measurement", str(found), allowed="a JSON object", where="notebook")
    return record
