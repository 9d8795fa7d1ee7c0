"""Qulacs: parametric circuits in C++, gradients by its `backprop`."""

import numpy as np
from harness.circuits import Model
from harness.simulator import Simulator
from qulacs import GeneralQuantumOperator, ParametricQuantumCircuit, PauliOperator, QuantumState
from qulacs.gate import RY, RZ

# Qulacs rotates by exp(+i t P / 2).
FIXED = {"ry": RY, "rz": RZ}


def build(model: Model) -> Simulator:
    """One circuit, its feature gates replaced for every sample; qubit 0 is the least significant bit."""
    return Qulacs(model)


class Qulacs(Simulator):
    """Only parameters are parametric gates, because `backprop` differentiates by all of those."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.circuit = ParametricQuantumCircuit(model.n_qubits)
        add = {"ry": self.circuit.add_parametric_RY_gate, "rz": self.circuit.add_parametric_RZ_gate}
        for gate in model.gates:
            if gate.source == "none":
                self.circuit.add_CNOT_gate(*gate.wires)
            elif gate.source == "param":
                add[gate.name](gate.wires[0], 0.0)
            else:
                self.circuit.add_gate(FIXED[gate.name](gate.wires[0], 0.0))
        self.order = [gate.index[0] for gate in model.gates if gate.source == "param"]
        self.encoding = [(i, gate) for i, gate in enumerate(model.gates) if gate.source == "feature"]
        self.state = QuantumState(model.n_qubits)
        self.signs = _signs(model)

    def expectations(self, params: np.ndarray, x: np.ndarray) -> np.ndarray:
        self._set(params)
        return np.stack([self._one(row) for row in x])

    def pullback(self, params: np.ndarray, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        self._set(params)
        by_gate = sum(self._backprop(row, w) for row, w in zip(x, weights, strict=True))
        gradient = np.zeros(len(params))
        np.add.at(gradient, self.order, -by_gate)
        return gradient

    def _set(self, params: np.ndarray) -> None:
        for i, index in enumerate(self.order):
            self.circuit.set_parameter(i, -params[index])

    def _encode(self, row: np.ndarray) -> None:
        values = row.tolist()
        for position, gate in self.encoding:
            angle = values[gate.index[0]] * (values[gate.index[1]] if len(gate.index) > 1 else 1.0)
            self.circuit.remove_gate(position)
            self.circuit.add_gate(FIXED[gate.name](gate.wires[0], -angle), position)

    def _one(self, row: np.ndarray) -> np.ndarray:
        self._encode(row)
        self.state.set_zero_state()
        self.circuit.update_quantum_state(self.state)
        return np.abs(self.state.get_vector()) ** 2 @ self.signs

    def _backprop(self, row: np.ndarray, weights: np.ndarray) -> np.ndarray:
        self._encode(row)
        observable = GeneralQuantumOperator(self.model.n_qubits)
        for wire, weight in zip(self.model.readout, weights.tolist(), strict=True):
            observable.add_operator(PauliOperator(f"Z {wire}", weight))
        return np.array(self.circuit.backprop(observable))


def _signs(model: Model) -> np.ndarray:
    bits = np.arange(2**model.n_qubits)[:, None] >> np.array(model.readout) & 1
    return 1.0 - 2.0 * bits
