"""What the fork server imports, once: all that a kernel, a server and a client need.

Imported by ``multiprocessing``'s fork server (``edges/forking.py``) and by nothing else. It starts
no thread and opens nothing.
"""

from __future__ import annotations

import gc
from importlib import import_module

from granite_ws.edges import forking
from granite_ws.edges.granite import import_libraries

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
    "granite_ws.cli.serve",
    "granite_ws.edges.asgi",
    "granite_ws.edges.probe",
    "granite_ws.edges.probe_async",
    "granite_ws.edges.wire",
    "granite_ws.notebook",
    "granite_ws.report.page",
    "granite_ws.serve",
):
    import_module(_name)
import_libraries()
# What is here now is shared with every child: none of them has to look through it for garbage,
# and none of it is copied because a collector touched it.
gc.collect()
gc.freeze()
