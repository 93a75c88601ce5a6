"""Networks of other lengths than the demo's are exported and held against torch, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from granite_ws.edges.model_source import DEMO_FOLDER
from granite_ws.edges.networks.export import export
from granite_ws.edges.networks.graph import MOST_RELATIVE, report_of


@pytest.mark.parametrize(("context", "horizon"), [(1024, 192), (1536, 720)])
def test_other_lengths_give_what_torch_gives(context: int, horizon: int, tmp_path: Path) -> None:
    """Random weights in the demo's layers; 200 windows of many kinds, short ones among them."""
    import torch
    from tsfm_public.models.tinytimemixer import TinyTimeMixerConfig, TinyTimeMixerForPrediction

    torch.manual_seed(0)
    demo = TinyTimeMixerConfig.from_pretrained(DEMO_FOLDER)
    lengths = {
        "context_length": context,
        "prediction_length": horizon,
        "num_patches": context // demo.patch_length,
    }
    network = TinyTimeMixerForPrediction(TinyTimeMixerConfig(**{**demo.to_dict(), **lengths}))
    network.save_pretrained(tmp_path / "model", safe_serialization=True)
    graph = tmp_path / "graphs" / "made.onnx"
    difference = export(tmp_path / "model", graph)
    assert 0 < difference <= MOST_RELATIVE
    assert difference == json.loads(report_of(graph).read_text())["relative_difference"]
