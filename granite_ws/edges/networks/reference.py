"""TTM-R2 by torch, as granite-tsfm has it: what every other way to compute it is held against."""

from __future__ import annotations

from typing import Any

import numpy as np

from granite_ws.edges.model_source import Weights
from granite_ws.errors import ModelError
from granite_ws.settings import Settings


class TorchNetwork:
    """A TinyTimeMixer in evaluation mode, on one device."""

    runtime = "torch"

    def __init__(self, weights: Weights, settings: Settings) -> None:
        """Loads safetensors only. Raises ModelError when the folder is not a whole TTM model."""
        import torch

        torch.set_num_threads(settings.torch_threads)
        self.device = _device(settings.device, cuda=torch.cuda.is_available())
        self._torch = torch
        self._network = load_network(weights).to(self.device).eval()

    def forecast(self, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """As ``Network.forecast``."""
        with self._torch.inference_mode():
            output = self._network(
                past_values=self._tensor(values), past_observed_mask=self._tensor(mask)
            )
        forecast: np.ndarray = output.prediction_outputs[:, :, 0].cpu().numpy()
        return forecast

    def _tensor(self, values: np.ndarray) -> Any:
        column = np.asarray(values, dtype=np.float32)[:, :, None]
        return self._torch.from_numpy(column).to(self.device)


def load_network(weights: Weights) -> Any:
    """The torch module on the CPU. Raises ModelError when the folder is not a whole TTM model."""
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


def _device(wanted: str, *, cuda: bool) -> str:
    if wanted == "cuda" and not cuda:
        raise ModelError(
            "device",
            wanted,
            allowed="torch sees no CUDA device here; use cpu or auto",
            where="model",
        )
    return "cuda" if cuda and wanted != "cpu" else "cpu"
