"""Benchmarks: each claim of speed against the naive way, in one run, side by side."""
