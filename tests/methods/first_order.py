"""What tests of first-order methods share: a problem, its rows batch by batch, and gradients of the twin."""

import zlib
from typing import Any

import jax
import numpy as np

from qunlearn.train.batches import batch_indices
from reference import training as slow
from toys import BATCH, STEPS, cosines_numpy, problem

LOGITS = cosines_numpy(3)
PROBLEM = problem()
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(4)
FORGET, RETAIN = PROBLEM.forget, PROBLEM.retain
THETAS = np.random.default_rng(8).uniform(-np.pi, np.pi, (3, 6))


def p_of(params: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Class probabilities of the toy, by the twin."""
    return np.exp(slow.log_probabilities(LOGITS(params, x)))


def batches(pool: str, n: int) -> np.ndarray:
    """Row numbers (STEPS, BATCH) as the loop says it draws them."""
    own = jax.random.fold_in(KEY, zlib.crc32(pool.encode()))
    return np.asarray(batch_indices(own, n, BATCH, STEPS))


def gradient(params: np.ndarray, x: np.ndarray, target: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of the soft cross-entropy of some rows."""
    return slow.shifted_gradient(LOGITS, params, x[rows], target[rows])


def on_all_rows(method: Any, params: np.ndarray, key: Any = KEY) -> tuple[Any, dict[str, Any]]:
    """Objective and terms on every row of every pool, with what a call with `key` draws."""
    pools = method.pools(PROBLEM)
    for name, drawn in method.draws(PROBLEM, key).items():
        pools[name] = {**pools[name], **drawn}
    return method.objective(PROBLEM.model, jax.numpy.asarray(params), jax.numpy.asarray(THETA_0), pools)


def drawn_key() -> Any:
    """The key that a call with KEY hands to `draws`."""
    return jax.random.fold_in(KEY, zlib.crc32(b"draws"))
