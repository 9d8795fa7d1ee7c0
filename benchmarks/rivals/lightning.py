"""PennyLane lightning.qubit (C++): adjoint derivatives asked of the device itself, without a QNode."""

import numpy as np
import pennylane as qml
from harness.circuits import Model
from harness.simulator import Simulator
from pennylane.devices import ExecutionConfig
from pennylane.tape import QuantumScript

GATES = {"ry": qml.RY, "rz": qml.RZ, "cx": qml.CNOT}


def build(model: Model) -> Simulator:
    """A batch is a list of circuits, one a sample."""
    return Lightning(model)


class Lightning(Simulator):
    """One circuit for each sample, whose parameters alone are trainable."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.device = qml.device("lightning.qubit", wires=model.n_qubits)
        self.config = ExecutionConfig(gradient_method="adjoint", use_device_gradient=True)
        self.observables = [qml.PauliZ(wire) for wire in model.readout]
        angled = [gate for gate in model.gates if gate.source != "none"]
        self.trainable = [i for i, gate in enumerate(angled) if gate.source == "param"]
        self.order = np.array([gate.index[0] for gate in angled if gate.source == "param"])

    def expectations(self, params: np.ndarray, x: np.ndarray) -> np.ndarray:
        results = self.device.execute(self._scripts(params, x), self.config)
        return np.array(results).reshape(len(x), -1)

    def pullback(self, params: np.ndarray, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return self._sum(self.device.compute_derivatives(self._scripts(params, x), self.config), weights)

    def _sum(self, jacobians: object, weights: np.ndarray) -> np.ndarray:
        each = np.array(jacobians).reshape(*weights.shape, len(self.trainable))
        gradient = np.zeros(self.model.n_params)
        np.add.at(gradient, self.order, np.einsum("bmp,bm->p", each, weights))
        return gradient

    def _scripts(self, params: np.ndarray, x: np.ndarray) -> list[QuantumScript]:
        return [self._script(params, row) for row in x]

    def _script(self, params: np.ndarray, row: np.ndarray) -> QuantumScript:
        ops = []
        for gate in self.model.gates:
            if gate.source == "none":
                ops.append(GATES[gate.name](wires=gate.wires))
            else:
                angle = params[gate.index[0]] if gate.source == "param" else np.prod(row[list(gate.index)])
                ops.append(GATES[gate.name](angle, wires=gate.wires))
        measured = [qml.expval(z) for z in self.observables]
        return QuantumScript(ops, measured, trainable_params=self.trainable)
