"""TTM-R2: a history in, a forecast in its own unit out, whatever computes the network."""

from __future__ import annotations

import pandas as pd

from granite_ws.edges.model_source import Weights
from granite_ws.edges.networks.graph import any_graph
from granite_ws.edges.networks.network import open_network
from granite_ws.series import pad_left, to_unit_scale
from granite_ws.settings import Settings

_COLUMNS = pd.Index(["value"])


class GraniteModel:
    """A loaded TTM network, and what comes before and after it.

    runtime: what computes it (``onnx``, ``torch`` or ``pipeline``); why_not_faster: empty, or why
    a faster one was not taken.
    """

    def __init__(self, weights: Weights, settings: Settings) -> None:
        """Raises ModelError when the folder is not a whole TTM model, or cannot be run so."""
        opened = open_network(weights, settings)
        self.weights = weights
        self._network = opened.network
        self.device, self.runtime = opened.network.device, opened.network.runtime
        self.why_not_faster = opened.why_not_faster

    def respond(self, frame: pd.DataFrame, steps: int) -> pd.DataFrame:
        """The raw response, shaped as granite-tsfm's pipeline shapes it.

        frame: columns ``timestamp`` and ``value``, any length; the last ``context_length`` rows
        are read, a shorter history is padded on the left and masked.
        Returns (steps, 1), column ``value``: the forecast in the unit of the input.
        """
        observed = frame["value"].to_numpy(dtype=float)[-self.weights.context_length :]
        scaled, loc, scale = to_unit_scale(observed)
        values, mask = pad_left(scaled, self.weights.context_length)
        forecast = self._network.forecast(values[None], mask[None])[0, :steps].astype(float)
        # A fifth of the time of pd.DataFrame({"value": ...}), which is a tenth of the whole.
        return pd.DataFrame((forecast * scale + loc)[:, None], columns=_COLUMNS)


def needs_torch(settings: Settings) -> bool:
    """Whether a model will most likely be computed by torch; known before it is found."""
    if settings.runtime == "auto":
        return settings.device == "cuda" or not any_graph()
    return settings.runtime != "onnx"


def import_libraries() -> None:
    """Imports torch and granite-tsfm (5 to 9 s), so that a later load finds them there."""
    import tsfm_public.models.tinytimemixer  # noqa: F401


def cuda_description() -> str | None:
    """The first CUDA device's name, or None where torch sees none. Imports torch."""
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
