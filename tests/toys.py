"""Small stand-ins for tests of training and unlearning: a cheap classifier, counters, tiny problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np

from qunlearn.data.samples import Samples
from qunlearn.methods.base.problem import Problem
from qunlearn.train import Training
from qunlearn.train.federated import Federation
from qunlearn.train.history import History

STEPS, BATCH = 4, 3  # one shape for most tests, so that most of them compile nothing
LIVELY = {"steps": STEPS, "batch": BATCH, "learning_rate": 0.3}


@contextmanager
def untyped() -> Iterator[None]:
    """Calls as users make them, without the type checks of the tests."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


@dataclass(frozen=True)
class Cosines:
    """logits_k = sum_j w_j cos(theta_kj + x_j): obeys the parameter-shift rule, and compiles in no time."""

    n_classes: int = 3
    n_features: int = 2

    @property
    def n_params(self) -> int:
        return self.n_classes * self.n_features

    @property
    def layers(self) -> tuple[range, ...]:
        """One a class, so that there is something to call the last layers."""
        return tuple(range(k * self.n_features, (k + 1) * self.n_features) for k in range(self.n_classes))

    @property
    def circuits_per_gradient(self) -> int:
        return 2 * self.n_params

    @property
    def logit_range(self) -> None:
        return None

    def init(self, key: Any) -> Any:
        return jax.random.normal(key, (self.n_params,))

    def logits(self, params: Any, x: Any) -> Any:
        angles = x[:, None, :] + params.reshape(self.n_classes, self.n_features)
        return jnp.cos(angles) @ (1.0 + jnp.arange(self.n_features))

    def preferring(self, c: int, x: Any) -> np.ndarray:
        """Parameters that take most of `x` for class c."""
        towards = np.where(np.arange(self.n_classes) == c, 0, np.pi)[:, None] - x.mean(0)
        return towards.ravel() + np.random.default_rng(3).normal(0, 0.3, self.n_params)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def cosines_numpy(n_classes: int, n_features: int = 2) -> Any:
    """The logits of `Cosines`, written again with NumPy and loops."""

    def logits(params: np.ndarray, x: np.ndarray) -> np.ndarray:
        out = np.zeros((len(x), n_classes))
        for i in range(len(x)):
            for k in range(n_classes):
                for j in range(n_features):
                    out[i, k] += (1 + j) * np.cos(params[k * n_features + j] + x[i, j])
        return out

    return logits


@dataclass(frozen=True, eq=False)
class Counting:
    """A classifier that counts what is really evaluated: rows forwards, rows differentiated, and tracings.

    With `only_traces` evaluations go uncounted, and can be differentiated twice.
    """

    inner: Any
    only_traces: bool = False
    counts: dict[str, int] = field(default_factory=lambda: {"forwards": 0, "gradients": 0, "traces": 0})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _add(self, what: str, rows: int) -> None:
        self.counts[what] += rows

    def logits(self, params: Any, x: Any) -> Any:
        self.counts["traces"] += 1
        if self.only_traces:
            return self.inner.logits(params, x)
        n = x.shape[0]

        def counted(p: Any, x: Any) -> Any:
            jax.debug.callback(lambda *_: self._add("forwards", n), p, x)  # so that vmap calls it for each
            return self.inner.logits(p, x)

        def backward(saved: Any, cotangent: Any) -> Any:
            jax.debug.callback(lambda *_: self._add("gradients", n), *saved)
            return jax.vjp(self.inner.logits, *saved)[1](cotangent)

        value = jax.custom_vjp(counted)
        value.defvjp(lambda p, x: (counted(p, x), (p, x)), backward)
        return value(params, x)

    def taken(self) -> tuple[int, int]:
        """(gradients, forwards) so far."""
        jax.effects_barrier()
        return self.counts["gradients"], self.counts["forwards"]


def rows(n: int, n_classes: int, seed: int, n_features: int = 2) -> Samples:
    """n labelled inputs in [0, pi), every class there, in no order."""
    r = np.random.default_rng(seed)
    return Samples(r.uniform(0, np.pi, (n, n_features)), r.permutation(np.arange(n) % n_classes))


def without(data: Samples, c: int) -> Samples:
    return Samples(data.x[data.y != c], data.y[data.y != c])


def only(data: Samples, c: int) -> Samples:
    return Samples(data.x[data.y == c], data.y[data.y == c])


def problem(
    model: Any = None, *, c: int = 1, n: int = 21, training: Training | None = None, **changes: Any
) -> Problem:
    """Class `c` of `n` training samples is to be forgotten by a model that knows it well."""
    model = model or Cosines()
    train, val = rows(n, model.n_classes, 1, model.n_features), rows(9, model.n_classes, 2, model.n_features)
    if hasattr(model, "preferring"):
        params = model.preferring(c, only(train, c).x)
    else:
        params = np.random.default_rng(3).uniform(-2, 2, model.n_params)
    given: dict[str, Any] = {
        "model": model,
        "params": params,
        "forget": only(train, c),
        "retain": without(train, c),
        "val": without(val, c),
        "training": training or Training(steps=STEPS, batch=BATCH),
        "forget_index": c,
    }
    return Problem(**{**given, **changes})


def federated_problem(model: Any = None, *, n: int = 21, rounds: int = 5, **changes: Any) -> Problem:
    """Client 1 of 0, 1, 3 is to be forgotten; the history is made up, its updates of uneven lengths."""
    model = model or Cosines()
    train, r = rows(n, model.n_classes, 1, model.n_features), np.random.default_rng(6)
    clients = np.array([0, 3, 1, 3, 0, 3, 3])[np.arange(n) % 7]
    left = clients != 1
    updates = r.normal(size=(rounds, 3, model.n_params)) * r.uniform(0.1, 0.4, (rounds, 3, 1))
    weights = np.array([np.mean(clients == c) for c in (0, 1, 3)])
    start = np.concatenate([r.normal(size=(1, model.n_params)), np.einsum("c,rcp->rp", weights, updates)])
    start = np.cumsum(start, axis=0)[:rounds]
    given = {
        "forget": Samples(train.x[~left], train.y[~left]),
        "retain": Samples(train.x[left], train.y[left]),
        "federation": Federation(clients[left], 2),
        "history": History(start, updates, weights, np.array([0, 1, 3])),
    }
    return problem(model, n=n, forget_index=None, kind="client", **{**given, **changes})
