"""Qiskit Aer's estimator on its state-vector method with the parameter-shift rule."""

from harness.circuits import Model
from harness.simulator import Simulator
from qiskit import transpile
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import EstimatorV2

from rivals.qiskit_circuit import QiskitShift


def build(model: Model) -> Simulator:
    """Exact expectation values; the circuit is transpiled once."""
    options = {"backend_options": {"method": "statevector"}, "run_options": {"shots": None}}
    simulator = QiskitShift(model, EstimatorV2(options=options))
    simulator.circuit = transpile(simulator.circuit, AerSimulator(method="statevector"), optimization_level=0)
    return simulator
