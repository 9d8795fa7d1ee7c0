"""A quantum kernel classifier: the fidelity of encoded states, and a ridge head in closed form on top.

Its only trained quantities are the head's, and they are a formula of the training samples. So a row can be
taken out exactly, without a circuit being run: `kernel_ridge.py`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, PRNGKeyArray

from qunlearn._errors import require, require_at_least, require_one_of, require_positive, typed
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.statevector import AnyArray, statevector
from qunlearn.model.encodings import ENCODINGS


@partial(jax.jit, static_argnames="circuit")
def fidelity_kernel(
    circuit: Circuit, a: Float[AnyArray, "n d"], b: Float[AnyArray, "m d"]
) -> Float[Array, "n m"]:
    """|⟨φ(a_i)|φ(b_j)⟩|², the overlap of the states that `circuit` (without parameters) encodes rows into.

    In [0, 1], and 1 for equal rows. On hardware one entry is one circuit: the frequency of all-zeros after
    encoding b_j and undoing the encoding of a_i.
    """
    states = [statevector(circuit, jnp.zeros(0), jnp.asarray(rows)) for rows in (a, b)]
    overlaps = states[0].conj() @ states[1].T  # (n, m), ⟨φ(a_i)|φ(b_j)⟩ from states (n, 2^q) and (m, 2^q)
    return overlaps.real**2 + overlaps.imag**2  # |z|² without the root that abs would take


@dataclass(frozen=True)
class KernelClassifier:
    """Logits `logit_scale * Σ_i k(x, x_i) α_i` over training samples x_i; α (n, K) solves (k + ridge I) α =
    Y.

    Y are one-hot labels. `support` are the training samples (n, d); their labels are in α only. `params` hold
    α by rows and then the inverse G = (k + ridge I)^-1 (n, n) by rows, which removal needs. A row whose α and
    G are zero has no part in the logits: removal leaves such rows, and `compact` drops them.

    `ridge` > 0 in units of k(x, x) = 1. Raises `InputError` for values that do not fit together.
    """

    support: tuple[tuple[float, ...], ...]
    n_classes: int
    n_qubits: int = 4
    encoding: str = "pairwise"
    ridge: float = 0.1
    logit_scale: float = 4.0

    def __post_init__(self) -> None:
        for name, low in (("n_classes", 2), ("n_qubits", 1)):
            size = typed(name, getattr(self, name), int)
            require_at_least(name, size, low)
            object.__setattr__(self, name, size)
        require_one_of("encoding", self.encoding, ENCODINGS)
        require_positive("ridge", self.ridge)
        require_positive("logit_scale", self.logit_scale)
        object.__setattr__(self, "support", _checked_support(self.support))
        _ = self.encoder  # refuses more features than a circuit can take

    @property
    def encoder(self) -> Circuit:
        """The encoding alone."""
        encoding = ENCODINGS[self.encoding]
        ops = encoding.ops(self.n_qubits, self.n_features)
        return Circuit(self.n_qubits, ops, amplitude_encoding=encoding.amplitude, n_features=self.n_features)

    @property
    def n_support(self) -> int:
        """n, the number of training samples."""
        return len(self.support)

    @property
    def n_features(self) -> int:
        """d."""
        return len(self.support[0])

    @property
    def n_params(self) -> int:
        """n K + n²."""
        return self.n_support * (self.n_classes + self.n_support)

    @property
    def circuits_per_gradient(self) -> int:
        """0: the head is classical. A forward evaluation takes n circuits, one for each training sample."""
        return 0

    @property
    def logit_range(self) -> None:
        """No bounds."""
        return None

    def init(self, key: PRNGKeyArray) -> Float[Array, " P"]:
        """The head of no rows, which is zero; the key is not used."""
        return jnp.zeros(self.n_params)

    def split(self, params: Float[AnyArray, " P"]) -> tuple[Float[AnyArray, "n K"], Float[AnyArray, "n n"]]:
        """α (n, K) and G (n, n) of `params`."""
        require(
            params.shape == (self.n_params,),
            f"`params` must have shape ({self.n_params},) for this model, but have {params.shape}",
        )
        end, n = self.n_support * self.n_classes, self.n_support
        return params[:end].reshape(n, self.n_classes), params[end:].reshape(n, n)

    def logits(self, params: Float[Array, " P"], x: Float[Array, "B d"]) -> Float[Array, "B K"]:
        """Logits (B, K) for inputs x (B, d)."""
        alpha, _ = self.split(params)
        kernel = fidelity_kernel(self.encoder, x, jnp.asarray(self.support))  # (B, n)
        return self.logit_scale * (kernel @ alpha)  # (B, n) (n, K)

    def to_dict(self) -> dict[str, Any]:
        """Every field, JSON-ready; the training samples are among them."""
        return {**asdict(self), "support": [list(row) for row in self.support]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "KernelClassifier":
        """The model whose `to_dict` gave `data`. Raises `InputError` for fields that it does not have."""
        names = [f.name for f in fields(cls)]
        for name in data:
            require_one_of("field of a kernel classifier", name, names)
        return cls(**{**data, "support": tuple(map(tuple, data["support"]))})


def _checked_support(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    x = np.asarray(rows)
    require(
        x.ndim == 2 and x.size > 0 and x.dtype.kind in "iuf" and np.isfinite(x).all(),
        f"`support` must be training samples (n, d) of finite numbers, but have shape {x.shape}",
    )
    return tuple(map(tuple, x.astype(np.float64).tolist()))
