"""What an implementation must be able to do, and every work derived from it in NumPy."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from harness.circuits import Model
from harness.works import Work, inputs

DESCENT_RATE = 1e-3
ADAM = {"b1": 0.9, "b2": 0.999, "eps": 1e-8}
Array: TypeAlias = Any  # of NumPy, or of JAX where `JaxSimulator` takes over
Call: TypeAlias = Callable[[], Array]


class Simulator:
    """One circuit in one implementation: its own `expectations` and `pullback`; it may replace the rest."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def expectations(self, params: Array, x: Array) -> Array:
        """<Z> (B, M) of the read-out qubits, for params (P,) and x (B, d)."""
        raise NotImplementedError

    def pullback(self, params: Array, x: Array, weights: Array) -> Array:
        """The derivative (P,) of the sum of `weights` (B, M) times the expectations, by its best rule."""
        raise NotImplementedError

    def shifted(self, params: Array, x: Array) -> Array:
        """Expectations (S, B, M) of S parameter vectors (S, P)."""
        return np.stack([self.expectations(p, x) for p in params])

    def gradient(self, params: Array, x: Array, y: Array) -> Array:
        """The gradient (P,) of the mean cross-entropy."""
        return self.pullback(params, x, cross_entropy_weights(self.expectations(params, x), y))

    def shift_pullback(self, params: Array, x: Array, weights: Array) -> Array:
        """As `pullback`, by the parameter-shift rule."""
        z = self.shifted(shifts(params), x)
        return np.einsum("sbm,bm->s", (z[: len(params)] - z[len(params) :]) / 2, weights)

    def shift(self, params: Array, x: Array, y: Array) -> Array:
        """The same gradient by the parameter-shift rule, the sample's own logits in the same call."""
        z = self.shifted(np.concatenate([params[None], shifts(params)]), x)
        weights = cross_entropy_weights(z[0], y)
        n = len(params)
        return np.einsum("sbm,bm->s", (z[1 : n + 1] - z[n + 1 :]) / 2, weights)

    def models(self, params: Array, x: Array, y: Array) -> Array:
        """Gradients (G, P) of G models, each on its own batch."""
        return np.stack([self.gradient(*each) for each in zip(params, x, y, strict=True)])

    def forward(self, params: Array, x: Array) -> Array:
        """Logits (B, K)."""
        return self.expectations(params, x)

    def scaling(self, params: Array, x: Array) -> Array:
        """The gradient (P,) of one expectation value for one sample."""
        return self.pullback(params, x, np.ones((len(x), 1)))

    def train(self, params: Array, x: Array, y: Array, batches: Array, rates: Array) -> Array:
        """Parameters after Adam with `rates` (S,) on the rows `batches` (S, b)."""
        m = v = np.zeros_like(params)
        for step, (rows, rate) in enumerate(zip(batches, rates, strict=True), start=1):
            g = self.gradient(params, x[rows], y[rows])
            m, v, params = adam_update(np, step, rate, g, m, v, params)
        return params

    def prepare(self, work: Work) -> Call:
        """A call that does the work once, its inputs already where they are needed."""
        arguments = inputs(work).values()
        if work.kind == "descent":
            return lambda: self._descent(work.steps, *arguments)
        return lambda: getattr(self, work.kind)(*arguments)

    def _descent(self, steps: int, params: Array, x: Array, y: Array) -> Array:
        for _ in range(steps):
            params = params - DESCENT_RATE * self.gradient(params, x, y)
        return params


class ShiftSimulator(Simulator):
    """An implementation whose only exact gradient is the parameter-shift rule."""

    def pullback(self, params: Array, x: Array, weights: Array) -> Array:
        return self.shift_pullback(params, x, weights)

    def gradient(self, params: Array, x: Array, y: Array) -> Array:
        return self.shift(params, x, y)


def shifts(params: Array) -> Array:
    """All parameters moved by +pi/2, one at a time, then all by -pi/2: (2P, P)."""
    moves = np.pi / 2 * np.eye(len(params))
    return np.concatenate([params + moves, params - moves])


def cross_entropy_weights(logits: Array, y: Array) -> Array:
    """The derivative (B, K) of the mean cross-entropy by the logits."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True) - np.eye(logits.shape[1])[y]) / len(y)


def adam_update(
    xp: Any, step: Array, rate: Array, gradient: Array, m: Array, v: Array, params: Array
) -> tuple[Array, ...]:
    """One step of Adam (arXiv 1412.6980) with `xp` = numpy or jax.numpy; `step` counts from 1."""
    m = ADAM["b1"] * m + (1 - ADAM["b1"]) * gradient
    v = ADAM["b2"] * v + (1 - ADAM["b2"]) * gradient**2
    root = xp.sqrt(v / (1 - ADAM["b2"] ** step)) + ADAM["eps"]
    return m, v, params - rate * m / (1 - ADAM["b1"] ** step) / root
