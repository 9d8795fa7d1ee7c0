"""The circuit in Qiskit, and all its shifted copies as one PUB."""

import numpy as np
from harness.circuits import Model
from harness.simulator import ShiftSimulator
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.primitives.containers.observables_array import ObservablesArray


class QiskitShift(ShiftSimulator):
    """Observables (1, 1, M) against parameter values (S, B, 1, P + F): one PUB for shifts and batch."""

    def __init__(self, model: Model, estimator: object) -> None:
        super().__init__(model)
        self.estimator = estimator
        self.products = sorted({gate.index for gate in model.gates if gate.source == "feature"})
        self.circuit = self.translated()
        labels = [
            "".join("Z" if q == wire else "I" for q in range(model.n_qubits))[::-1] for wire in model.readout
        ]
        self.observables = ObservablesArray([[labels]])

    def translated(self) -> QuantumCircuit:
        """Parameters `p`, then products of features `x`: Qiskit sorts the values by name."""
        circuit = QuantumCircuit(self.model.n_qubits)
        p, x = ParameterVector("p", self.model.n_params), ParameterVector("x", len(self.products))
        for gate in self.model.gates:
            if gate.source == "none":
                circuit.cx(*gate.wires)
            else:
                angle = p[gate.index[0]] if gate.source == "param" else x[self.products.index(gate.index)]
                getattr(circuit, gate.name)(angle, *gate.wires)
        return circuit

    def expectations(self, params: np.ndarray, x: np.ndarray) -> np.ndarray:
        return self.shifted(params[None], x)[0]

    def shifted(self, params: np.ndarray, x: np.ndarray) -> np.ndarray:
        encoded = np.array([[np.prod(row[list(index)]) for index in self.products] for row in x])
        shape = (len(params), len(x))
        values = np.concatenate(
            [
                np.broadcast_to(params[:, None], (*shape, params.shape[1])),
                np.broadcast_to(encoded.reshape(len(x), -1), (*shape, len(self.products))),
            ],
            axis=-1,
        )
        job = self.estimator.run([(self.circuit, self.observables, values[:, :, None])], precision=0.0)
        return job.result()[0].data.evs
