"""TTM-R2 by granite-tsfm's TimeSeriesForecastingPipeline: what most applications call."""

from __future__ import annotations

import numpy as np
import pandas as pd

from granite_ws.edges.model_source import Weights
from granite_ws.edges.networks.reference import load_network
from granite_ws.errors import ModelError
from granite_ws.settings import Settings


class PipelineNetwork:
    """The pipeline, a window at a time. It knows no mask: padded points count as observed."""

    runtime = "pipeline"
    device = "cpu"

    def __init__(self, weights: Weights, settings: Settings) -> None:
        """Raises ModelError when the folder is not a whole TTM model, or for ``device`` cuda."""
        import torch
        from tsfm_public import TimeSeriesForecastingPipeline

        if settings.device == "cuda":
            raise ModelError(
                "runtime", "pipeline", allowed="torch, for device = cuda", where="model"
            )
        torch.set_num_threads(settings.torch_threads)
        self._pipeline = TimeSeriesForecastingPipeline(
            model=load_network(weights).eval(),
            timestamp_column="timestamp",
            id_columns=[],
            target_columns=["value"],
            explode_forecasts=True,
            freq="s",
            device=self.device,
        )
        self._stamps = pd.date_range("2024-01-01", periods=weights.context_length, freq="s")

    def forecast(self, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """As ``Network.forecast``, without the mask."""
        del mask
        frames = [pd.DataFrame({"timestamp": self._stamps, "value": window}) for window in values]
        made = [self._pipeline(frame)["value"].to_numpy(np.float32) for frame in frames]
        return np.stack(made)
