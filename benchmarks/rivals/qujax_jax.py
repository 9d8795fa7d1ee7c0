"""qujax: circuits as JAX functions of angles in units of pi, `vmap` over the batch."""

import jax
import jax.numpy as jnp
import numpy as np
import qujax
from harness.circuits import Model
from harness.jax_simulator import JaxSimulator
from jax import Array

NAMES = {"ry": "Ry", "rz": "Rz", "cx": "CX"}


def build(model: Model) -> JaxSimulator:
    """The usual construction: gates, wires and parameter indices to a state-tensor function."""
    return Qujax(model)


class Qujax(JaxSimulator):
    """Angles of parameters and features concatenated into the one vector that qujax takes."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.products = sorted({gate.index for gate in model.gates if gate.source == "feature"})
        slots = {index: model.n_params + i for i, index in enumerate(self.products)}
        where = {"param": lambda g: [g.index[0]], "feature": lambda g: [slots[g.index]], "none": lambda g: []}
        self.state = qujax.get_params_to_statetensor_func(
            [NAMES[gate.name] for gate in model.gates],
            [list(gate.wires) for gate in model.gates],
            [where[gate.source](gate) for gate in model.gates],
            model.n_qubits,
        )

    def expectations(self, params: Array, x: Array) -> Array:
        return jax.vmap(self._one, (None, 0))(params, x)

    def _one(self, params: Array, row: Array) -> Array:
        encoded = [jnp.prod(row[np.array(index)])[None] for index in self.products]
        density = jnp.abs(self.state(jnp.concatenate([params, *encoded]) / jnp.pi)) ** 2
        axes = range(self.model.n_qubits)
        margins = [density.sum([a for a in axes if a != wire]) for wire in self.model.readout]
        return jnp.stack([zero - one for zero, one in margins])
