"""The least arithmetic of a circuit, counted gate by gate, and one core's peak.

Counted from below, for N amplitudes: a Y rotation is 6 N (two real 2x2 products on N / 2 pairs), a run of
diagonal gates one complex multiplication, 6 N; CNOTs relabel; rotations of |0...0> before any other gate
and the read-out are free. Adjoint gradient with stored states: the forward pass; each layer undone on the
adjoint state, down to the first trainable rotation; for every Y rotation one real inner product, 4 N; for
every run of diagonal gates one elementwise product, 3 N, and signed sums for all its qubits together, 3 N.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from harness.circuits import Gate, Model


class Layer(NamedTuple):
    """Neighbouring Y rotations, or neighbouring diagonal gates up to CNOTs."""

    diagonal: bool
    rotations: int
    trained: int
    from_zero: bool


def layers(model: Model) -> list[Layer]:
    """The rotations of a circuit, grouped."""
    groups: list[tuple[bool, list[Gate]]] = []
    for gate in model.gates:
        if gate.name == "cx":
            continue
        diagonal = gate.name == "rz"
        touched = {wire for g in (groups[-1][1] if groups else []) for wire in g.wires}
        repeated = not diagonal and gate.wires[0] in touched
        if not groups or groups[-1][0] != diagonal or repeated:
            groups.append((diagonal, []))
        groups[-1][1].append(gate)
    return [
        Layer(diagonal, len(gates), sum(g.source == "param" for g in gates), number == 0 and not diagonal)
        for number, (diagonal, gates) in enumerate(groups)
    ]


def forward_flops(model: Model) -> int:
    """Of one sample's expectation values."""
    return sum(map(_apply, layers(model))) * 2**model.n_qubits


def gradient_flops(model: Model) -> int:
    """Of one sample's gradient by all parameters, by the adjoint method with stored states."""
    steps = layers(model)
    first = next(i for i, step in enumerate(steps) if step.trained)
    undone = sum(map(_apply, steps[first + 1 :]))
    inner = sum((6 if step.diagonal else 4 * step.trained) for step in steps if step.trained)
    return forward_flops(model) + (undone + inner) * 2**model.n_qubits


def _apply(step: Layer) -> int:
    """Per amplitude."""
    return 0 if step.from_zero else 6 if step.diagonal else 6 * step.rotations


def measured_peak() -> dict[str, float]:
    """float64 flop/s of one core: of a matrix product and, with a compiler, of a loop of multiply-adds."""
    code = "from harness.flops import matrix_product_peak; print(matrix_product_peak())"
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    root = Path(__file__).resolve().parent.parent
    product = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **single}, cwd=root, check=True, capture_output=True
    )
    peaks = {"matrix product": float(json.loads(product.stdout))}
    return {**peaks, **_fma_peak()}


def matrix_product_peak(size: int = 768) -> float:
    """The best of several products."""
    from time import perf_counter

    import numpy as np

    a, b = np.random.default_rng(0).normal(size=(2, size, size))
    best = float("inf")
    for _ in range(8):
        started = perf_counter()
        np.matmul(a, b)
        best = min(best, perf_counter() - started)
    return 2 * size**3 / best


def _fma_peak() -> dict[str, float]:
    source = Path(__file__).with_name("fma.cpp")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "fma"
        flags = ["-O3", "-march=native", "-ffp-contract=fast"]
        try:
            subprocess.run(
                [os.environ.get("CXX", "c++"), *flags, source, "-o", program], check=True, capture_output=True
            )
            done = subprocess.run([program], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError):
            return {}
    return {"multiply-add loop": float(done.stdout)}
