"""Variational quantum classifiers: encoding, ansatz, ⟨Z⟩ read-out, softmax."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, PRNGKeyArray

from qunlearn._errors import require, require_at_least, require_one_of, require_positive, typed
from qunlearn.circuit.circuit import Circuit, Op
from qunlearn.circuit.engines import EXPECTATION_ENGINES
from qunlearn.circuit.expectations import expectations
from qunlearn.circuit.gradients import GRADIENTS, shift_circuits
from qunlearn.circuit.precision import PRECISIONS, real_dtype
from qunlearn.model.ansatz import ANSATZE
from qunlearn.model.encodings import ENCODINGS

_SIZES = {"n_features": 1, "n_classes": 2, "n_qubits": 1, "uploads": 1, "repetitions": 1}
_TABLES = {
    "encoding": ENCODINGS,
    "ansatz": ANSATZE,
    "gradient": GRADIENTS,
    "engine": EXPECTATION_ENGINES,
    "precision": PRECISIONS,
}


@dataclass(frozen=True)
class VQC:
    """A classifier whose logits are `logit_scale * ⟨Z⟩` on the `readout` qubits, or a linear head on them.

    The circuit is `uploads` times {encoding, ansatz of `repetitions`}: more than one upload is data
    re-uploading. Without a head class k is read from qubit `readout[k]` (default: the last K qubits). With
    `head=True` every qubit of `readout` (M of them; default: all) is measured and the logits are
    `logit_scale * (W z + b)`; W (K, M) by rows and then b (K,) follow the angles in the parameter vector.
    Angles start from N(0, init_sd^2), W from N(0, 1/M), b from 0.

    `gradient` is a row of `GRADIENTS`, `engine` one of `EXPECTATION_ENGINES`; both leave the logits as they
    are. With `precision` "float32" the circuit is simulated and differentiated in single precision, faster
    and in half the memory; parameters and logits stay what they are. Raises `InputError` for values that do
    not fit together. Amplitude encoding has no state for a row of zeros: its logits are NaN, and training
    refuses them.
    """

    n_features: int
    n_classes: int
    n_qubits: int = 6
    encoding: str = "angle"
    ansatz: str = "ry_rz_cnot_ring"
    uploads: int = 2
    repetitions: int = 3
    readout: tuple[int, ...] = ()
    logit_scale: float = 1.0
    head: bool = False
    init_sd: float = 0.1
    gradient: str = "reverse"
    engine: str = "auto"
    precision: str = "float64"

    def __post_init__(self) -> None:
        for name, low in _SIZES.items():
            size = typed(name, getattr(self, name), int)
            require_at_least(name, size, low)
            object.__setattr__(self, name, size)
        for name, table in _TABLES.items():
            require_one_of(name, getattr(self, name), table)
        require_positive("logit_scale", self.logit_scale)
        require_positive("init_sd", self.init_sd)
        require(
            not ENCODINGS[self.encoding].amplitude or self.uploads == 1,
            f"amplitude encoding sets the start state, so `uploads` must be 1, but is {self.uploads}",
        )
        readout = tuple(self.readout) or self._last_qubits()
        _check_readout(readout, self.n_qubits, None if self.head else self.n_classes)
        object.__setattr__(self, "readout", tuple(map(int, readout)))
        _ = self.circuit  # refuses more qubits or amplitudes than a circuit can have

    def _last_qubits(self) -> tuple[int, ...]:
        width = self.n_qubits if self.head else self.n_classes
        require(
            width <= self.n_qubits,
            f"{self.n_classes} classes need as many read-out qubits, but `n_qubits` is {self.n_qubits}: "
            "take more qubits or `head=True`",
        )
        return tuple(range(self.n_qubits - width, self.n_qubits))

    @property
    def circuit(self) -> Circuit:
        """The circuit's frozen description, without read-out and head."""
        return _circuit(
            self.n_qubits, self.n_features, self.encoding, self.ansatz, self.uploads, self.repetitions
        )

    @property
    def n_angles(self) -> int:
        """Parameters inside the circuit."""
        return self.uploads * self.repetitions * ANSATZE[self.ansatz].params_per_qubit * self.n_qubits

    @property
    def n_params(self) -> int:
        """P: angles, and the head's weights and biases if there is one."""
        return self.n_angles + (self.n_classes * (len(self.readout) + 1) if self.head else 0)

    @property
    def layers(self) -> tuple[range, ...]:
        """Parameter numbers of every repetition of the ansatz in order of time, and of the head if any."""
        count = self.uploads * self.repetitions
        width = self.n_angles // count
        ansatz = tuple(range(i * width, (i + 1) * width) for i in range(count))
        return (*ansatz, range(self.n_angles, self.n_params)) if self.head else ansatz

    @property
    def circuits_per_gradient(self) -> int:
        """Circuits of one sample's parameter-shift gradient (144 for the seed paper's model)."""
        return shift_circuits(self.circuit)

    @property
    def logit_range(self) -> tuple[float, float] | None:
        """[-logit_scale, logit_scale]; None with a head, whose weights are free."""
        return None if self.head else (-self.logit_scale, self.logit_scale)

    def init(self, key: PRNGKeyArray) -> Float[Array, " P"]:
        """Small Gaussian angles; see the class for the head."""
        k_angles, k_head = jax.random.split(key)
        angles = self.init_sd * jax.random.normal(k_angles, (self.n_angles,))
        if not self.head:
            return angles
        width = len(self.readout)
        weights = jax.random.normal(k_head, (self.n_classes * width,)) / width**0.5
        return jnp.concatenate([angles, weights, jnp.zeros(self.n_classes)])

    def logits(self, params: Float[Array, " P"], x: Float[Array, "B d"]) -> Float[Array, "B K"]:
        """Logits (B, K) for inputs x (B, d), in radians where they are angles.

        Raises `InputError` when `params` or `x` has another size than the model.
        """
        require(
            params.shape == (self.n_params,),
            f"`params` must have shape ({self.n_params},) for this model, but has {params.shape}",
        )
        return self.read(params, self.measure(params[: self.n_angles], x))

    def measure(self, angles: Float[Array, " A"], x: Float[Array, "B d"]) -> Float[Array, "B M"]:
        """⟨Z⟩ of the measured qubits, in the precision of the arguments however it was simulated."""
        of = expectations(self.circuit, self.readout, gradient=self.gradient, engine=self.engine)
        if self.precision == "float64":
            return of(angles, x)
        return of(angles.astype(jnp.float32), x.astype(jnp.float32)).astype(real_dtype(angles, x))

    def read(self, params: Float[Array, " P"], z: Float[Array, "B M"]) -> Float[Array, "B K"]:
        """Logits from measured values z, which takes no circuit."""
        if not self.head:
            return self.logit_scale * z
        end = self.n_params - self.n_classes
        weights = params[self.n_angles : end].reshape(self.n_classes, len(self.readout))
        return self.logit_scale * (z @ weights.T + params[end:])

    def to_dict(self) -> dict[str, Any]:
        """Every field, JSON-ready; `VQC.from_dict` is the inverse."""
        return {**asdict(self), "readout": list(self.readout)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "VQC":
        """The model whose `to_dict` gave `data`. Raises `InputError` for fields that a VQC does not have."""
        names = [f.name for f in fields(cls)]
        for name in data:
            require_one_of("field of a VQC", name, names)
        return cls(**{**data, "readout": tuple(data["readout"])})


def _check_readout(readout: Sequence[int], n_qubits: int, n_classes: int | None) -> None:
    require(
        len(set(readout)) == len(readout) and set(readout) <= set(range(n_qubits)),
        f"`readout` must be different qubits in 0..{n_qubits - 1}, but is {readout}",
    )
    require(
        n_classes is None or len(readout) == n_classes,
        f"without a head `readout` needs one qubit for each of {n_classes} classes, but has {len(readout)}",
    )


@lru_cache(maxsize=256)
def _circuit(
    n_qubits: int, n_features: int, encoding: str, ansatz: str, uploads: int, repetitions: int
) -> Circuit:
    enc, ans = ENCODINGS[encoding], ANSATZE[ansatz]
    ops: list[Op] = []
    for block in range(uploads):
        first = block * repetitions * ans.params_per_qubit * n_qubits
        ops += [*enc.ops(n_qubits, n_features), *ans.ops(n_qubits, repetitions, first)]
    return Circuit(n_qubits, tuple(ops), amplitude_encoding=enc.amplitude, n_features=n_features)
