"""Gauss-Newton steps on remembered, linearised rows, slowly."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reference.training import log_probabilities

Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass
class Row:
    """What is remembered of a row that was read."""

    x: np.ndarray
    measured: np.ndarray
    jacobian: np.ndarray
    target: np.ndarray
    read_at: np.ndarray

    def measured_at(self, angles: np.ndarray) -> np.ndarray:
        return self.measured + self.jacobian @ (angles - self.read_at)

    def measure_again(self, measure: Measure, angles: np.ndarray) -> None:
        """Broyden: J + (z - z') d^T / |d|^2, with z' what J made z out to be after the step d."""
        new, step = measure(angles, self.x[None])[0], angles - self.read_at
        if step @ step > 0:
            self.jacobian = self.jacobian + np.outer(new - self.measured_at(angles), step) / (step @ step)
        self.measured, self.read_at = new, angles


def jacobian(measure: Measure, angles: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(M, A) of one row by the parameter-shift rule."""
    columns = []
    for j in range(len(angles)):
        shift = np.zeros(len(angles))
        shift[j] = math.pi / 2
        columns.append((measure(angles + shift, x[None]) - measure(angles - shift, x[None]))[0] / 2)
    return np.array(columns).T


def through_head(
    params: np.ndarray, n_angles: int, z: np.ndarray, j: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and their derivatives by all parameters: z itself, or W z + b where parameters are left over."""
    if n_angles == len(params):
        return z, j
    m = len(z)
    k = (len(params) - n_angles) // (m + 1)
    weights = params[n_angles : n_angles + k * m].reshape(k, m)
    out = np.zeros((k, len(params)))
    out[:, :n_angles] = weights @ j
    for c in range(k):
        out[c, n_angles + c * m : n_angles + (c + 1) * m] = z
        out[c, n_angles + k * m + c] = 1
    return weights @ z + params[n_angles + k * m :], out


def unlearn(
    measure: Measure,
    params: np.ndarray,
    x: np.ndarray,
    target: np.ndarray,
    batches: Sequence[Sequence[int]],
    learning_rate: float,
    damping: float,
    reach: float,
    window: int,
    refresh: int = 0,
    n_angles: int | None = None,
) -> tuple[np.ndarray, list[float]]:
    """Parameters after the last step, and the replayed loss of every step."""
    n_angles = len(params) if n_angles is None else n_angles
    memory: list[Row] = []
    losses = []
    for i, batch in enumerate(batches):
        angles = params[:n_angles]
        if refresh and i % refresh == 0:
            for row in memory:
                row.measure_again(measure, angles)
        for n in batch:
            z, j = measure(angles, x[n][None])[0], jacobian(measure, angles, x[n])
            memory.append(Row(x[n], z, j, target[n], angles))
        memory = memory[-window:]
        weights = [math.exp(-sum((row.read_at - angles) ** 2) / (2 * reach**2)) for row in memory]
        gradient, matrix, loss = np.zeros(len(params)), damping * np.eye(len(params)), 0.0
        for weight, row in zip(weights, memory, strict=True):
            share = weight / sum(weights)
            logits, j = through_head(params, n_angles, row.measured_at(angles), row.jacobian)
            log_p = log_probabilities(logits[None])[0]
            p = np.exp(log_p)
            loss -= share * sum(row.target * log_p)
            gradient += share * j.T @ (p - row.target)
            matrix += share * j.T @ (np.diag(p) - np.outer(p, p)) @ j
        losses.append(loss)
        rate = learning_rate * (1 + math.cos(math.pi * i / len(batches))) / 2
        params = params - rate * np.linalg.inv(matrix) @ gradient
    return params, losses
