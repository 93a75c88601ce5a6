"""What computes a TTM network: ONNX Runtime, torch, or granite-tsfm's own pipeline."""
