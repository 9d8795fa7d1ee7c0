"""Qiskit's StatevectorEstimator with the parameter-shift rule: the stack of the seed paper."""

from harness.circuits import Model
from harness.simulator import Simulator
from qiskit.primitives import StatevectorEstimator

from rivals.qiskit_circuit import QiskitShift


def build(model: Model) -> Simulator:
    """Exact expectation values."""
    return QiskitShift(model, StatevectorEstimator())
