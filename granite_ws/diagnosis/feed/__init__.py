"""Troubles that people report as a drop although the connection holds."""

from __future__ import annotations

from granite_ws.diagnosis.feed import forecast_never_delivered, silent_feed
from granite_ws.diagnosis.finding import Check

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (silent_feed.check, forecast_never_delivered.check)
