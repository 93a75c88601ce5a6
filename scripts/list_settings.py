"""Writes docs/configuration.md: every setting with its default and what it may be, from the code.

python scripts/list_settings.py [--check]
"""

from __future__ import annotations

import sys
from dataclasses import fields
from itertools import groupby
from pathlib import Path

from granite_ws.settings import Settings

PAGE = Path(__file__).parents[1] / "docs/configuration.md"
HEAD = """# Settings

Written by `python scripts/list_settings.py` from the code. One name everywhere: `ping_timeout` is
`--ping-timeout` on the command line, `-p ping_timeout 20` of a notebook, a key of a sweep file, a
line of `granite-ws.toml` and `GRANITE_WS_PING_TIMEOUT` in the environment of a server
([how they come together](deploy.md#configuration)).
"""


def page() -> str:
    """The whole page, a table for each group of settings."""
    lines = [HEAD]
    rules = [(field, field.metadata["rule"]) for field in fields(Settings)]
    for group, members in groupby(rules, key=lambda pair: pair[1].group):
        lines += [f"## {group}", "", "| setting | default | what | allowed |", "|---|---|---|---|"]
        for field, rule in members:
            default = f"`{field.default}`" if field.default != "" else "(empty)"
            cells = (f"`{field.name}`", default, rule.about, rule.allowed)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
