"""Train the demo checkpoint from scratch: TTM-R2's architecture, synthetic and public series.

    python scripts/train_demo.py --steps 4500 --seed 7

One thread and one seed: the same machine and versions give the same weights. About 14 minutes.
Of the shipped series only the first 70 % are read; `granite_ws.edges.demo_score` uses the rest.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import trange
from tsfm_public.models.tinytimemixer import (
    TinyTimeMixerConfig,
    TinyTimeMixerForPrediction,
)

from granite_ws.edges.series_source import SHIPPED, load_shipped
from granite_ws.series import pad_left, simulate_sensor, to_unit_scale

CONTEXT, HORIZON = 512, 96
LENGTH = CONTEXT + HORIZON
TRAIN_SHARE = 0.7
BATCH = 64
REAL_SHARE = 0.25  # of each batch: windows of the shipped series
SENSOR_SHARE = 0.1
SHORT_SHARE = 0.4  # of all windows: shorter than the context, so padded
SHORTEST = 32
EMA_DECAY = 0.998
USUAL_PERIODS = (7, 10, 11, 12, 24, 30, 48, 50, 52, 60, 96, 100, 144, 168, 288, 336, 365)
TRAIN_SENSOR_SEEDS = 5000  # seeds from here on are never seen in training

Batch = tuple[np.ndarray, np.ndarray]
Window = tuple[np.ndarray, np.ndarray, np.ndarray]


def demo_config() -> TinyTimeMixerConfig:
    """TTM-R2's own architecture, 805,280 parameters."""
    return TinyTimeMixerConfig(
        context_length=CONTEXT,
        prediction_length=HORIZON,
        patch_length=64,
        patch_stride=64,
        num_input_channels=1,
        d_model=192,
        num_layers=2,
        decoder_num_layers=2,
        decoder_d_model=128,
        adaptive_patching_levels=3,
        expansion_factor=2,
        mode="common_channel",
        decoder_mode="common_channel",
        gated_attn=True,
        use_decoder=True,
        dropout=0.2,
        head_dropout=0.2,
        scaling="std",
        self_attn=False,
    )


# ------------------------------------------------------------------------- synthetic series
# Each ingredient is (n, LENGTH) and about one unit high; a window is their weighted sum.


def seasons(rng: np.random.Generator, n: int) -> np.ndarray:
    """One season with up to four harmonics, its period between 7 and 400 points."""
    period = np.exp(rng.uniform(np.log(7), np.log(400), n))
    usual = rng.random(n) < 0.6
    period[usual] = rng.choice(USUAL_PERIODS, usual.sum())
    t = np.arange(LENGTH)[None, :] / period[:, None]
    total = np.zeros((n, LENGTH))
    for harmonic in range(1, 5):
        height = rng.uniform(0, 1, n) / harmonic * (harmonic == 1 or rng.random(n) < 0.5)
        phase = rng.uniform(0, 1, n)
        total += height[:, None] * np.sin(2 * np.pi * (harmonic * t + phase[:, None]))
    return total


def trends(rng: np.random.Generator, n: int) -> np.ndarray:
    """A straight line, bent once in a third of the windows."""
    t = np.linspace(-1, 1, LENGTH)[None, :]
    slope, bend = rng.normal(0, 1, (2, n, 1))
    knot = rng.uniform(-1, 1, (n, 1))
    return slope * t + bend * (rng.random((n, 1)) < 0.33) * np.maximum(t - knot, 0)


def cycles(rng: np.random.Generator, n: int) -> np.ndarray:
    """AR(2) noise with a preferred period, as sunspots have; AR(1) for two in five."""
    period = np.exp(rng.uniform(np.log(6), np.log(120), n))
    damping = 1 - np.exp(rng.uniform(np.log(0.003), np.log(0.3), n))
    plain = rng.random(n) < 0.4
    first = np.where(plain, damping, 2 * damping * np.cos(2 * np.pi / period))
    second = np.where(plain, 0.0, -(damping**2))
    shocks = rng.normal(0, 1, (LENGTH + 200, n))
    out = np.zeros_like(shocks)
    for k in range(2, len(shocks)):
        out[k] = first * out[k - 1] + second * out[k - 2] + shocks[k]
    kept = out[200:].T
    return kept / (kept.std(axis=1, keepdims=True) + 1e-9)


def walks(rng: np.random.Generator, n: int) -> np.ndarray:
    """Random walks: the best forecast is the last value."""
    return rng.normal(0, 1, (n, LENGTH)).cumsum(axis=1) / np.sqrt(LENGTH)


def anomalies(rng: np.random.Generator, n: int) -> np.ndarray:
    """Lonely spikes on up to 8 % of the points of every third window."""
    share = rng.uniform(0, 0.08, (n, 1)) * (rng.random((n, 1)) < 0.33)
    hit = rng.random((n, LENGTH)) < share
    return hit * rng.normal(0, 1, (n, LENGTH)) * rng.uniform(2, 8, (n, 1))


def synthetic(rng: np.random.Generator, n: int) -> Batch:
    """(seen, wanted): what the context is cut from, and the same without what nobody can predict.

    White noise and spikes have median zero, so leaving them out of the wanted future moves no
    optimum of the absolute error: it only calms the gradient.
    """
    weights = rng.gamma(1.0, 1.0, (5, n, 1)) * (rng.random((5, n, 1)) < 0.6)
    weights[0, weights.sum(axis=0)[:, 0] == 0] = 1.0
    parts = (seasons(rng, n), seasons(rng, n), trends(rng, n), cycles(rng, n), walks(rng, n))
    signal = sum((w * part for w, part in zip(weights, parts, strict=True)), np.zeros((n, LENGTH)))
    spread = signal.std(axis=1, keepdims=True) + 1e-9
    noise = np.exp(rng.uniform(np.log(0.01), np.log(1.5), (n, 1))) * spread
    seen = signal + noise * rng.normal(0, 1, (n, LENGTH)) + spread * anomalies(rng, n)
    return bend(rng, seen, signal)


def bend(rng: np.random.Generator, seen: np.ndarray, wanted: np.ndarray) -> Batch:
    """A quarter of the windows through exp: sharp peaks and flat valleys, as sunspots have them.

    A rising function keeps medians in place, so the wanted future stays the best forecast.
    """
    bent = rng.random(len(seen)) < 0.25
    middle, spread = wanted.mean(axis=1, keepdims=True), wanted.std(axis=1, keepdims=True) + 1e-9
    power = rng.uniform(0.2, 1.0, (len(seen), 1))
    seen, wanted = (np.array(rows) for rows in (seen, wanted))
    for rows in (seen, wanted):
        curved = np.exp(np.clip(power * (rows - middle) / spread, -4, 4))
        rows[bent] = curved[bent]
    return seen, wanted


# ------------------------------------------------------------------- sensors and real series


def sensors(rng: np.random.Generator, n: int) -> Batch:
    """Windows of the simulated sensor, from seeds that the score never uses."""
    rows = []
    for seed in rng.integers(0, TRAIN_SENSOR_SEEDS, n):
        start = int(rng.integers(0, 1500))
        rows.append(simulate_sensor(int(seed), start + LENGTH).values[start:])
    return np.stack(rows), np.stack(rows)


def real(rng: np.random.Generator, n: int, parts: list[np.ndarray]) -> Batch:
    """Windows of the shipped series' first 70 %, short ones with NaN in front."""
    rows = np.full((n, LENGTH), np.nan)
    for row in rows:
        values = parts[rng.integers(len(parts))]
        # The window may begin before the series does, as long as 32 points can be seen.
        end = int(rng.integers(min(len(values), SHORTEST + HORIZON), len(values) + 1))
        piece = stretch(rng, values[max(0, end - LENGTH) : end])
        row[-len(piece) :] = piece
    turned = np.where(rng.random((n, 1)) < 0.2, -1.0, 1.0)
    return rows * turned, rows * turned


def stretch(rng: np.random.Generator, piece: np.ndarray) -> np.ndarray:
    """A third of the pieces up to 25 % slower or faster: the few points must not be learnt."""
    if rng.random() > 0.33:
        return piece
    count = int(np.clip(len(piece) * rng.uniform(0.8, 1.25), SHORTEST + HORIZON, LENGTH))
    return np.interp(np.linspace(0, len(piece) - 1, count), np.arange(len(piece)), piece)


def training_parts() -> list[np.ndarray]:
    """The first 70 % of each shipped series."""
    loaded = [load_shipped(name).values for name in SHIPPED]
    return [values[: int(TRAIN_SHARE * len(values))] for values in loaded]


# ----------------------------------------------------------------------------------- training


def make_batch(rng: np.random.Generator, parts: list[np.ndarray]) -> tuple[torch.Tensor, ...]:
    """(past, mask, future), each (BATCH, steps, 1) float32, scaled by what the past shows."""
    n_real, n_sensor = int(BATCH * REAL_SHARE), int(BATCH * SENSOR_SHARE)
    groups = [
        real(rng, n_real, parts),
        sensors(rng, n_sensor),
        synthetic(rng, BATCH - n_real - n_sensor),
    ]
    seen = np.concatenate([group[0] for group in groups])
    wanted = np.concatenate([group[1] for group in groups])
    rows = [make_window(rng, *pair) for pair in zip(seen, wanted, strict=True)]
    stacked = (np.stack(column)[..., None] for column in zip(*rows, strict=True))
    return tuple(torch.from_numpy(column.astype("float32")) for column in stacked)


def make_window(rng: np.random.Generator, seen: np.ndarray, wanted: np.ndarray) -> Window:
    """One (past, mask, future), cut short in 40 % of the cases."""
    history = seen[:CONTEXT][~np.isnan(seen[:CONTEXT])]
    if rng.random() < SHORT_SHARE:
        kept = int(np.exp(rng.uniform(np.log(SHORTEST), np.log(CONTEXT))))
        history = history[-kept:]
    scaled, loc, scale = to_unit_scale(history)
    past, mask = pad_left(scaled, CONTEXT)
    # A flat past with a jumping future would drown every other window of its batch.
    future = np.clip((wanted[CONTEXT:] - loc) / scale, -10, 10)
    return past, mask, future


def train(steps: int, seed: int, rate: float) -> tuple[TinyTimeMixerForPrediction, float]:
    """The averaged model and the mean absolute error of the last tenth of the training."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    parts = training_parts()
    model = TinyTimeMixerForPrediction(demo_config()).train()
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=rate, total_steps=steps, pct_start=0.1
    )
    errors = []
    with trange(steps, unit="step", mininterval=5) as progress:
        for _ in progress:
            errors.append(step(model, optimizer, make_batch(rng, parts)))
            schedule.step()
            follow(average, model)
            progress.set_postfix(mae=f"{np.mean(errors[-100:]):.3f}", refresh=False)
    return average, float(np.mean(errors[-max(1, steps // 10) :]))


def step(model: torch.nn.Module, optimizer: torch.optim.Optimizer, batch: Any) -> float:
    """One optimizer step on the mean absolute error; returns that error."""
    past, mask, future = batch
    out = model(past_values=past, past_observed_mask=mask)
    loss = (out.prediction_outputs - future).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def follow(average: torch.nn.Module, model: torch.nn.Module) -> None:
    """Move the averaged weights a little towards the trained ones."""
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
            slow.lerp_(fast, 1 - EMA_DECAY)
        for slow, fast in zip(average.buffers(), model.buffers(), strict=True):
            slow.copy_(fast)


def main() -> None:
    """Read the arguments, train, save, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--out", type=Path, default=Path("granite_ws/demo_weights"))
    args = parser.parse_args()
    model, error = train(args.steps, args.seed, args.rate)
    model.save_pretrained(args.out, safe_serialization=True)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"parameters": count, "training_mae": round(error, 4), "out": str(args.out)}))


if __name__ == "__main__":
    main()
