"""Causes: what stands between, and how the heartbeat is set."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Check
from granite_ws.diagnosis.network import (
    blackhole_both,
    fractional_ping_interval,
    loss_client_to_server,
    loss_server_to_client,
    network_cut,
    no_sticky_session,
    ping_timeout_too_short,
    proxy_idle_timeout,
    proxy_max_age,
    second_heartbeat,
    upgrade_failed,
    wall_clock_step,
)

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (
    second_heartbeat.check,
    no_sticky_session.check,
    upgrade_failed.check,
    wall_clock_step.check,
    fractional_ping_interval.check,
    ping_timeout_too_short.check,
    loss_client_to_server.check,
    loss_server_to_client.check,
    blackhole_both.check,
    proxy_max_age.check,
    proxy_idle_timeout.check,
    network_cut.check,
)
