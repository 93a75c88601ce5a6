"""Writes docs/causes.md: every cause that can be named, with its code, from the code itself.

python scripts/list_causes.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from granite_ws.diagnosis import clients, ends, feed, network, payloads, stalls
from granite_ws.diagnosis.verdict import cause_of
from granite_ws.faults import BY_NAME

PAGE = Path(__file__).parents[1] / "docs/causes.md"
GROUPS = (ends, payloads, stalls, clients, network, feed)
HEAD = """# Causes

Written by `python scripts/list_causes.py` from the code, in the order in which a drop is looked
into. A fault of the same name, where there is one, causes it on purpose: `granite-ws inject NAME`.
"""


def page() -> str:
    lines = [HEAD]
    for group in GROUPS:
        lines += [f"## {group.__doc__.splitlines()[0]}", ""]
        lines += ["| code | cause | what it says | injected by | reported in |"]
        lines += ["|---|---|---|---|---|"]
        for check in group.CHECKS:
            module = sys.modules[check.__module__]
            cause = cause_of(check)
            says = " ".join(module.__doc__.split("\n\n")[0].split()).split(": ", 1)[-1]
            fault = BY_NAME.get(cause)
            where = fault.place.value if fault else "nobody"
            reports = ", ".join(fault.reports) if fault else ""
            lines.append(f"| {module.CODE} | `{cause}` | {says} | {where} | {reports} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
