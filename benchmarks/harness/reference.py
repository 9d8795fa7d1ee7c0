"""The arbiter: a state-vector simulator in NumPy with the adjoint gradient, slow and obvious."""

from functools import lru_cache

import numpy as np

from harness.circuits import Gate
from harness.simulator import Simulator
from harness.works import Work


@lru_cache(maxsize=32)
def reference(work: Work) -> np.ndarray:
    """What every implementation must get, as a flat array."""
    return np.ravel(NumpySimulator(work.model).prepare(work)())


class NumpySimulator(Simulator):
    """States are (B, 2, ..., 2), one axis per qubit."""

    def expectations(self, params: np.ndarray, x: np.ndarray) -> np.ndarray:
        return self._z(self._run(params, x))

    def pullback(self, params: np.ndarray, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Adjoint method: E = <psi|O|psi>, lambda = O psi, dE/dt = Im <lambda|P psi> for exp(-i t P / 2)."""
        psi = self._run(params, x)
        lam = np.zeros_like(psi)
        for wire, weight in zip(self.model.readout, weights.T, strict=True):
            lam += psi * weight.reshape(-1, *[1] * self.model.n_qubits) * self._sign(wire)
        gradient = np.zeros(len(params))
        for gate in reversed(self.model.gates):
            if gate.source == "param":
                gradient[gate.index[0]] += np.vdot(lam, _pauli(psi, gate)).imag
            angles = _angles(gate, params, x)
            psi, lam = (_apply(state, gate, -angles) for state in (psi, lam))
        return gradient

    def _run(self, params: np.ndarray, x: np.ndarray) -> np.ndarray:
        states = np.zeros((len(x), *[2] * self.model.n_qubits), complex)
        states.reshape(len(x), -1)[:, 0] = 1
        for gate in self.model.gates:
            states = _apply(states, gate, _angles(gate, params, x))
        return states

    def _sign(self, wire: int) -> np.ndarray:
        return np.array([1.0, -1.0]).reshape(2, *[1] * (self.model.n_qubits - wire - 1))

    def _z(self, states: np.ndarray) -> np.ndarray:
        density = np.abs(states) ** 2
        axes = tuple(range(1, states.ndim))
        return np.stack([(density * self._sign(wire)).sum(axis=axes) for wire in self.model.readout], axis=1)


def _angles(gate: Gate, params: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One angle for each sample; zeros where the gate has none."""
    if gate.source == "param":
        return np.full(len(x), params[gate.index[0]])
    return np.prod(x[:, list(gate.index)], axis=1) if gate.source == "feature" else np.zeros(len(x))


def _pauli(states: np.ndarray, gate: Gate) -> np.ndarray:
    zero, one = np.moveaxis(states, gate.wires[0] + 1, 0)
    pair = (-1j * one, 1j * zero) if gate.name == "ry" else (zero, -one)
    return np.moveaxis(np.stack(pair), 0, gate.wires[0] + 1)


def _apply(states: np.ndarray, gate: Gate, angles: np.ndarray) -> np.ndarray:
    if gate.name != "cx":
        half = (angles / 2).reshape(-1, *[1] * (states.ndim - 1))
        return np.cos(half) * states - 1j * np.sin(half) * _pauli(states, gate)
    control, target = (wire + 1 for wire in gate.wires)
    off, on = np.moveaxis(states, control, 0)
    flipped = np.flip(on, axis=target - (target > control))
    return np.moveaxis(np.stack([off, flipped]), 0, control)
