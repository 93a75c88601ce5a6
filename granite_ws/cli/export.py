"""``granite-ws export``."""

from __future__ import annotations

from typing import Any

import click

from granite_ws.cli.options import config_option, configured, settings_from
from granite_ws.edges.model_source import Weights, find_weights
from granite_ws.edges.networks.graph import difference_of, find_graph
from granite_ws.errors import ModelError


@click.command(name="export")
@config_option
@click.option("--model-path", help="A folder with config.json and model.safetensors.")
@click.option(
    "--hub-timeout-s", type=float, help="Seconds given to the model hub, 0 to never ask it."
)
def command(**options: Any) -> None:
    """Export the model's network as an ONNX graph, once, and hold it against torch.

    Takes the first model that a session would take, or a server with this configuration. A server
    whose runtime is auto, as it is by default, computes by ONNX Runtime from then on. Exit code 0
    when the graph is there and right.
    """
    settings = settings_from(configured(options))
    found = next((one for one in find_weights(settings) if isinstance(one, Weights)), None)
    if found is None:
        raise ModelError("engine", "auto", allowed="no TTM model was found", where="export")
    click.echo(f"{found.name}: exporting unless that is done (about 15 s)", err=True)
    graph = find_graph(found)
    click.echo(
        f"{graph}: differs from torch by {difference_of(graph):.1g} of the largest forecast"
    )
