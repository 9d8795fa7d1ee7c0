"""Federated averaging and FedEraser, slowly: clients one after the other, step by step."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.training import Adam, Logits, cross_entropy, one_hot, shifted_gradient


def federated_averaging(
    logits: Logits,
    start: np.ndarray,
    train: tuple[np.ndarray, np.ndarray],
    batches: Mapping[int, list[list[int]]],
    sizes: Mapping[int, int],
    local_steps: int,
    learning_rate: float,
) -> dict[str, Any]:
    """`batches[c]` lists the training samples of client c's mini-batches, `sizes[c]` how many it holds."""
    x, y = train
    steps = len(next(iter(batches.values())))
    adams = {c: Adam(len(start)) for c in batches}
    total = sum(sizes.values())
    common, starts, updates = start.copy(), [], []
    loss = [0.0] * steps
    for first in range(0, steps, local_steps):
        starts.append(common)
        sent = {}
        for c, own in batches.items():
            params = common.copy()
            for i in range(first, first + local_steps):
                rows = own[i]
                scores = logits(params, x[rows])
                loss[i] += sizes[c] / total * cross_entropy(scores, y[rows])
                gradient = shifted_gradient(logits, params, x[rows], one_hot(y[rows], scores.shape[1]))
                rate = learning_rate * (1 + math.cos(math.pi * i / steps)) / 2
                params = params - rate * adams[c].direction(gradient)
            sent[c] = params
        common = sum(sizes[c] / total * sent[c] for c in batches)
        updates.append([sent[c] - starts[-1] for c in batches])
    return {
        "last": common,
        "starts": np.array(starts),
        "updates": np.array(updates),
        "loss": np.array(loss),
    }


def fed_eraser(
    logits: Logits,
    start: np.ndarray,
    updates: Mapping[int, list[np.ndarray]],
    train: tuple[np.ndarray, np.ndarray],
    batches: Mapping[int, list[list[int]]],
    sizes: Mapping[int, int],
    interval: int,
    local_steps: int,
    learning_rate: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Parameters, and the loss of every local step. All mappings are over the retained clients.

    `updates[c]` lists client c's updates of every round of the federation that started at `start`.
    """
    x, y = train
    total = sum(sizes.values())
    rounds = len(next(iter(updates.values())))
    kept = [j * interval for j in range(rounds // interval)]
    params = start + sum(sizes[c] / total * updates[c][0] for c in sizes)
    adams = {c: Adam(len(start)) for c in sizes}
    loss = [0.0] * (local_steps * (len(kept) - 1))
    for number, r in enumerate(kept[1:]):
        change = np.zeros(len(start))
        for c in sizes:
            local = params.copy()
            for i in range(number * local_steps, (number + 1) * local_steps):
                rows = batches[c][i]
                scores = logits(local, x[rows])
                loss[i] += sizes[c] / total * cross_entropy(scores, y[rows])
                gradient = shifted_gradient(logits, local, x[rows], one_hot(y[rows], scores.shape[1]))
                local = local - learning_rate * adams[c].direction(gradient)
            new = local - params
            length = math.sqrt(sum(v * v for v in updates[c][r]))
            change = change + sizes[c] / total * length * new / math.sqrt(sum(v * v for v in new))
        params = params + change
    return params, np.array(loss)
