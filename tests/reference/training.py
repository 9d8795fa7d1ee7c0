"""Training, slowly: cross-entropy, Adam, half a cosine, best-validation parameters, with NumPy and loops."""

import math
from collections.abc import Callable, Sequence

import numpy as np

Logits = Callable[[np.ndarray, np.ndarray], np.ndarray]


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """log softmax, row by row."""
    out = np.empty_like(logits)
    for i, row in enumerate(logits):
        out[i] = row - math.log(sum(math.exp(v) for v in row))
    return out


def cross_entropy(logits: np.ndarray, labels: Sequence[int]) -> float:
    """Mean of -log p(label)."""
    log_p = log_probabilities(logits)
    return sum(-log_p[i, label] for i, label in enumerate(labels)) / len(labels)


def soft_cross_entropy(logits: np.ndarray, target: np.ndarray) -> float:
    """Mean of -sum_k q_k log p_k; `target` (n, K)."""
    log_p = log_probabilities(logits)
    total = 0.0
    for i in range(len(logits)):
        for k in range(logits.shape[1]):
            total -= target[i, k] * log_p[i, k]
    return total / len(logits)


def one_hot(labels: Sequence[int], n_classes: int) -> np.ndarray:
    """Labels as distributions."""
    out = np.zeros((len(labels), n_classes))
    for i, label in enumerate(labels):
        out[i, label] = 1
    return out


def shifted_gradient(logits: Logits, params: np.ndarray, x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Gradient of the soft cross-entropy: parameter shift for the logits, the chain rule for the rest."""
    by_logits = (np.exp(log_probabilities(logits(params, x))) - target) / len(x)
    gradient = np.zeros(len(params))
    for j in range(len(params)):
        shift = np.zeros(len(params))
        shift[j] = math.pi / 2
        gradient[j] = np.sum(by_logits * (logits(params + shift, x) - logits(params - shift, x)) / 2)
    return gradient


def central_difference(
    f: Callable[[np.ndarray], float], params: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Gradient of any function, to about 1e-9."""
    gradient = np.zeros(len(params))
    for j in range(len(params)):
        shift = np.zeros(len(params))
        shift[j] = step
        gradient[j] = (f(params + shift) - f(params - shift)) / (2 * step)
    return gradient


class Adam:
    """Kingma & Ba 2015, algorithm 1."""

    def __init__(self, n_params: int) -> None:
        self.m, self.v, self.t = np.zeros(n_params), np.zeros(n_params), 0

    def direction(self, gradient: np.ndarray) -> np.ndarray:
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient**2
        m_hat, v_hat = self.m / (1 - 0.9**self.t), self.v / (1 - 0.999**self.t)
        return m_hat / (np.sqrt(v_hat) + 1e-8)


def train(
    logits: Logits,
    start: np.ndarray,
    train: tuple[np.ndarray, np.ndarray],
    val: tuple[np.ndarray, np.ndarray],
    batches: np.ndarray,
    learning_rate: float,
    val_every: int,
) -> dict[str, np.ndarray | int]:
    """One run over batches (steps, b); `params` are those after `best_step` updates, `last` after all."""
    (x, y), params, adam, steps = train, start.copy(), Adam(len(start)), len(batches)
    loss, val_loss, path = [], [], [start.copy()]
    for i, batch in enumerate(batches):
        scores = logits(params, x[batch])
        loss.append(cross_entropy(scores, y[batch]))
        gradient = shifted_gradient(logits, params, x[batch], one_hot(y[batch], scores.shape[1]))
        rate = learning_rate * (1 + math.cos(math.pi * i / steps)) / 2
        params = params - rate * adam.direction(gradient)
        path.append(params.copy())
        looked = (i + 1) % val_every == 0 or i + 1 == steps
        val_loss.append(cross_entropy(logits(params, val[0]), val[1]) if looked else math.nan)
    best_step = 1 + int(np.nanargmin(val_loss))
    return {
        "params": path[best_step],
        "last": params,
        "best_step": best_step,
        "loss": np.array(loss),
        "val_loss": np.array(val_loss),
    }
