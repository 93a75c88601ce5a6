"""Rich displays in JupyterLab: what a session, its log, timeline, verdict and proof look like.

Registered when a name of the front door is asked for in a running IPython (``from granite_ws
import Session``), by ``granite_ws.notebook``'s functions, or by hand with ``%load_ext
granite_ws.displays``. Nothing happens at import. IPython is told the types by name, so the modules
that hold them, and what draws them, are loaded only when such a value is shown.

A value that is shown by its own ``repr`` would print its whole log; the plain text that is kept
beside the HTML is one line here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from granite_ws.report.section import Section

_DRAWN_BY: Mapping[tuple[str, str], str] = {
    ("granite_ws.session", "Session"): "session_section",
    ("granite_ws.settings", "Settings"): "settings_section",
    ("granite_ws.events", "EventLog"): "log_section",
    ("granite_ws.timeline", "Timeline"): "timeline_section",
    ("granite_ws.diagnosis.verdict", "Verdict"): "verdict_section",
    ("granite_ws.diagnosis.finding", "Finding"): "finding_section",
    ("granite_ws.proof", "Proof"): "proof_section",
}


def register(shell: Any) -> None:
    """Tells an IPython shell how to show our types; a second time changes nothing."""
    formatters = shell.display_formatter.formatters
    for (module, name), drawing in _DRAWN_BY.items():
        formatters["text/html"].for_type_by_name(module, name, _as_html(drawing))
        formatters["text/plain"].for_type_by_name(module, name, _as_plain(drawing))


def register_if_running() -> None:
    """``register`` where an IPython runs in this process; it is never imported or started."""
    shell = _running()
    if shell is not None:
        register(shell)


def in_a_notebook() -> bool:
    """Whether a Jupyter kernel runs this: its outputs can be replaced, a terminal's cannot."""
    return hasattr(_running(), "kernel")


def _running() -> Any:
    module = sys.modules.get("IPython.core.interactiveshell")
    shells = getattr(module, "InteractiveShell", None)
    return shells.instance() if shells is not None and shells.initialized() else None


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext granite_ws.displays``."""
    register(shell)


def section_of(value: Any) -> Section:
    """A value of one of our types as a section. Raises KeyError for any other type."""
    return _draw(_DRAWN_BY[type(value).__module__, type(value).__name__], value)


def _draw(drawing: str, value: Any) -> Section:
    told = value.to_dict() if drawing == "proof_section" else value
    objects = import_module("granite_ws.report.objects")
    section: Section = getattr(objects, drawing)(told)
    return section


def _as_html(drawing: str) -> Callable[[Any], str]:
    return lambda value: _draw(drawing, value)._repr_html_()


def _as_plain(drawing: str) -> Callable[[Any, Any, bool], None]:
    return lambda value, printer, _cycle: printer.text(repr(_draw(drawing, value)))
