"""Write data/*.csv and data/manifest.json from the series that statsmodels carries.

    python scripts/export_series.py

Byte-identical on every run: the CSVs are what statsmodels ships, missing values left empty.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
from pathlib import Path

import numpy as np

from granite_ws.edges.series_source import SHIPPED, load_shipped, read_shipped

SOURCES = {
    "co2": "C. D. Keeling and T. P. Whorf (2004), Mauna Loa flask samples, CDIAC; "
    "via statsmodels.datasets.co2",
    "elnino": "NOAA National Weather Service, ERSST.V3B, Nino 1+2; "
    "via statsmodels.datasets.elnino",
    "sunspots": "NOAA National Geophysical Data Center, yearly sunspots; "
    "via statsmodels.datasets.sunspots",
}


def to_csv(name: str) -> str:
    """The series as timestamp,value lines; an empty value where statsmodels has none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("timestamp", "value"))
    for when, value in zip(*read_shipped(name), strict=True):
        writer.writerow((f"{when:%Y-%m-%d}", "" if np.isnan(value) else repr(float(value))))
    return out.getvalue()


def describe(name: str, content: bytes) -> dict[str, object]:
    """One entry of the manifest."""
    series = load_shipped(name)
    return {
        "name": name,
        "file": f"{name}.csv",
        "rows": len(series),
        "sha256": hashlib.sha256(content).hexdigest(),
        "unit": series.unit,
        "period": series.period,
        "source": SOURCES[name],
        "licence": "public domain (as statsmodels states)",
    }


def export(folder: Path) -> None:
    """Write every shipped series and the manifest into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for name in SHIPPED:
        content = to_csv(name).encode()
        (folder / f"{name}.csv").write_bytes(content)
        entries.append(describe(name, content))
    text = json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_bytes(text.encode())


def main() -> None:
    """Read the folder from the command line and export into it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data"))
    export(parser.parse_args().out)


if __name__ == "__main__":
    main()
