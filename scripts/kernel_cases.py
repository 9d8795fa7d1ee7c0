"""Writes random circuits with their values and gradients for tests/circuit/native/driver.cpp."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "circuit"))

from native.native_circuits import random_circuit, random_inputs
from native.slow_twin import products

from qunlearn.circuit.native.program import program

SHAPES = ((1, 12, 1), (2, 20, 3), (3, 40, 9), (4, 40, 5), (5, 40, 21), (7, 25, 2), (3, 1, 4))


def row(values: np.ndarray) -> str:
    return " ".join([str(values.size), *(repr(v.item()) for v in values.ravel())])


def main(path: str) -> None:
    """One case per line group: samples and measured qubits, then the program and six arrays."""
    cases = [(n, depth, samples, a) for n, depth, samples in SHAPES for a in (False, n > 1)]
    lines = [str(len(cases))]
    for seed, (n, depth, samples, amplitude) in enumerate(cases):
        circuit = random_circuit(seed, n, depth, amplitude=amplitude)
        wires = tuple(range(n))
        params, x, cotangent = random_inputs(circuit, samples, n)
        lines.append(f"{samples} {n}")
        arrays = (params, x, cotangent, *products(circuit, wires, params, x, cotangent))
        lines += [row(array) for array in (program(circuit, wires), *arrays)]
    Path(path).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
