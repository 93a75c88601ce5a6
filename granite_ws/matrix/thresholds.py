"""Thresholds in k6's manner: ``drops == 0``, ``stall_p99_ms < 500``; judged, never guessed."""

from __future__ import annotations
