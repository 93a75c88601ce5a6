"""TTM-R2 through granite-tsfm: this room alone imports torch, and only to load a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from granite_ws.edges.model_source import Weights
from granite_ws.errors import ModelError
from granite_ws.series import pad_left, to_unit_scale
from granite_ws.settings import Settings


class GraniteModel:
    """A loaded TinyTimeMixer in evaluation mode, on one device."""

    def __init__(self, weights: Weights, settings: Settings) -> None:
        """Loads safetensors only. Raises ModelError when the folder is not a whole TTM model."""
        import torch

        self.weights = weights
        torch.set_num_threads(settings.torch_threads)
        self.device = _device(settings.device, cuda=torch.cuda.is_available())
        self._torch = torch
        self._network = _load(weights).to(self.device).eval()

    def respond(self, frame: pd.DataFrame, steps: int) -> pd.DataFrame:
        """The raw response, shaped as granite-tsfm's pipeline shapes it.

        frame: columns ``timestamp`` and ``value``, any length; the last ``context_length`` rows
        are read, a shorter history is padded on the left and masked.
        Returns (steps, 1), column ``value``: the forecast in the unit of the input.
        """
        observed = frame["value"].to_numpy(dtype=float)[-self.weights.context_length :]
        scaled, loc, scale = to_unit_scale(observed)
        values, mask = pad_left(scaled, self.weights.context_length)
        with self._torch.inference_mode():
            output = self._network(
                past_values=self._tensor(values), past_observed_mask=self._tensor(mask)
            )
        forecast = output.prediction_outputs[0, :steps, 0].cpu().numpy().astype(float)
        return pd.DataFrame({"value": forecast * scale + loc})

    def _tensor(self, values: np.ndarray) -> Any:
        column = np.asarray(values, dtype=np.float32)[None, :, None]
        return self._torch.from_numpy(column).to(self.device)


def import_libraries() -> None:
    """Imports torch and granite-tsfm (5 to 9 s), so that a later load finds them there."""
    import tsfm_public.models.tinytimemixer  # noqa: F401


def cuda_description() -> str | None:
    """The first CUDA device's name, or None where torch sees none. Imports torch."""
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


def _device(wanted: str, *, cuda: bool) -> str:
    if wanted == "cuda" and not cuda:
        raise ModelError(
            "device",
            wanted,
            allowed="torch sees no CUDA device here; use cpu or auto",
            where="model",
        )
    return "cuda" if cuda and wanted != "cpu" else "cpu"


def _load(weights: Weights) -> Any:
    from tsfm_public.models.tinytimemixer import TinyTimeMixerForPrediction

    try:
        network, info = TinyTimeMixerForPrediction.from_pretrained(
            weights.folder,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as error:
        # transformers and safetensors raise many types for a broken folder; all mean this.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            "model.safetensors", str(weights.folder), allowed=reason[:200], where="model"
        ) from error
    lacking = [*info["missing_keys"], *info["mismatched_keys"]]
    if lacking:
        # transformers would fill these with random numbers and only warn.
        raise ModelError(
            "model.safetensors",
            str(weights.folder),
            allowed=f"a whole model; {len(lacking)} tensors are missing, first {lacking[0]}",
            where="model",
        )
    return network
