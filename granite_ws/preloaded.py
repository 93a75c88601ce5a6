"""What the fork server imports, once: all that a kernel, a server and a client need.

Imported by ``multiprocessing``'s fork server (``edges/forking.py``) and by nothing else. It starts
no thread and opens nothing.
"""

from __future__ import annotations

import gc
from importlib import import_module
from pathlib import Path
from typing import Any

from granite_ws.diagnosis.checklist import Limits
from granite_ws.diagnosis.verdict import diagnose
from granite_ws.edges import forking, host
from granite_ws.edges.granite import import_libraries
from granite_ws.edges.networks.graph import any_graph, import_onnxruntime
from granite_ws.events import EventLog
from granite_ws.report.page import render_report
from granite_ws.session import Session
from granite_ws.settings import Settings


def _draw_once() -> None:
    """A page of nothing: templates are compiled, fonts found, and what pandas and matplotlib put
    off until their first use is done.
    """
    empty = EventLog(())
    session = Session(Path("nothing"), Settings(), log=empty)
    render_report(session, diagnose(empty, Limits(1.0, 1)))
    # The fonts' files are open now, and what is open is shared with every child (matplotlib itself
    # forgets them in a fork).
    fonts: Any = import_module("matplotlib.font_manager")
    fonts._get_font.cache_clear()


# multiprocessing's server would live as long as any of its children does.
forking.die_with_parent(__name__)
for _name in (
    "IPython.core.completer",
    "flask_socketio",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "pandas",
    "socketio",
    "statsmodels.datasets",
    "granite_ws.cli.serve",
    "granite_ws.edges.asgi",
    "granite_ws.edges.probe",
    "granite_ws.edges.probe_async",
    "granite_ws.edges.wire",
    "granite_ws.holt_winters",
    "granite_ws.notebook",
    "granite_ws.report.page",
    "granite_ws.serve",
):
    import_module(_name)
# With a graph hardly a session needs torch; without one each does, for five to nine seconds.
if any_graph():
    import_onnxruntime()
else:
    import_libraries()
_draw_once()
host.versions()
# What is here now is shared with every child: none of them has to look through it for garbage,
# and none of it is copied because a collector touched it.
gc.collect()
gc.freeze()
