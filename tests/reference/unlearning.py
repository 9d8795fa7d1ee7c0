"""Distribution-guided unlearning (arXiv 2601.04413), slowly: targets, objective (7), problem (9)."""

import math

import numpy as np

from reference.training import Adam, Logits, log_probabilities, shifted_gradient


def forget_target(p_calibration: np.ndarray, c: int, beta: float) -> np.ndarray:
    """Equation 6: q_c = 0, q_k proportional to (mean probability of k)^beta."""
    n_classes = p_calibration.shape[1]
    q = np.zeros(n_classes)
    for k in range(n_classes):
        if k != c:
            q[k] = (sum(p[k] for p in p_calibration) / len(p_calibration)) ** beta
    return q / sum(q)


def objective(
    log_p_forget: np.ndarray,
    log_p_anchor: np.ndarray,
    q: np.ndarray,
    r: np.ndarray,
    move: np.ndarray,
    lam: float,
    mu: float,
) -> float:
    """J of equation 7, to be maximised; `move` is theta - theta_0."""
    fit = keep = 0.0
    for i in range(len(log_p_forget)):
        for k in range(log_p_forget.shape[1]):
            fit += q[i, k] * log_p_forget[i, k] / len(log_p_forget)
    for i in range(len(log_p_anchor)):
        for k in range(log_p_anchor.shape[1]):
            keep += r[i, k] * log_p_anchor[i, k] / len(log_p_anchor)
    return fit + lam * keep - mu * sum(d * d for d in move)


def lagrangian(
    log_p_forget: np.ndarray,
    log_p_anchor: np.ndarray,
    q: np.ndarray,
    r: np.ndarray,
    move: np.ndarray,
    lam: float,
    mu: float,
    epsilon: float,
    delta: float,
) -> float:
    """Of problem (9): maximise the fit, subject to mean KL(r || p) <= epsilon and |move|^2 <= delta."""
    fit = sum(q[i, k] * log_p_forget[i, k] for i in range(len(q)) for k in range(q.shape[1])) / len(q)
    kl = sum(
        r[i, k] * (math.log(r[i, k]) - log_p_anchor[i, k]) for i in range(len(r)) for k in range(r.shape[1])
    )
    return fit - lam * (kl / len(r) - epsilon) - mu * (float(np.linalg.norm(move)) ** 2 - delta)


def descend(
    logits: Logits,
    start: np.ndarray,
    forget: tuple[np.ndarray, np.ndarray],
    anchors: tuple[np.ndarray, np.ndarray],
    batches: tuple[np.ndarray, np.ndarray],
    lam: float,
    mu: float,
    learning_rate: float,
) -> np.ndarray:
    """Adam on -J over mini-batches of (inputs, targets); the parameters after the last one."""
    params, adam = start.copy(), Adam(len(start))
    for rows_f, rows_a in zip(*batches, strict=True):
        gradient = shifted_gradient(logits, params, forget[0][rows_f], forget[1][rows_f])
        gradient = gradient + lam * shifted_gradient(logits, params, anchors[0][rows_a], anchors[1][rows_a])
        gradient = gradient + 2 * mu * (params - start)
        params = params - learning_rate * adam.direction(gradient)
    return params


def probabilities(logits: Logits, params: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Class probabilities."""
    return np.exp(log_probabilities(logits(params, x)))
