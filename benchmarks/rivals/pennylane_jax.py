"""PennyLane default.qubit, the batch as a broadcast dimension, compiled by JAX."""

import jax.numpy as jnp
import pennylane as qml
from harness.circuits import Model
from harness.jax_simulator import JaxSimulator
from jax import Array

GATES = {"ry": qml.RY, "rz": qml.RZ, "cx": qml.CNOT}


def build(model: Model) -> JaxSimulator:
    """Reverse mode through `backprop`."""
    return PennyLane(model)


class PennyLane(JaxSimulator):
    """One QNode for the whole batch."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        device = qml.device("default.qubit", wires=model.n_qubits)

        @qml.qnode(device, interface="jax", diff_method="backprop")
        def circuit(params: Array, x: Array) -> list[object]:
            for gate in model.gates:
                if gate.source == "none":
                    GATES[gate.name](wires=gate.wires)
                elif gate.source == "param":
                    GATES[gate.name](params[gate.index[0]], wires=gate.wires)
                else:
                    GATES[gate.name](jnp.prod(x[:, list(gate.index)], axis=1), wires=gate.wires)
            return [qml.expval(qml.PauliZ(wire)) for wire in model.readout]

        self.circuit = circuit

    def expectations(self, params: Array, x: Array) -> Array:
        return jnp.stack(self.circuit(params, x), axis=-1).reshape(len(x), -1)
