"""Times the native engine on the work of the project's goals: `python benchmarks/kernel.py [threads]`.

Prints medians, and the best times where other programs disturb. The share of peak is the arithmetic that the
kernel does (counted from its program, a fused multiply-add as two) at its best time, over the best rate of a
matrix product on one core in the same run; it is given for one thread only.
"""

import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn.circuit.circuit import Circuit, Feature, Op, Param
from qunlearn.circuit.native import (
    instruction_set,
    native_expectations,
    native_shift_expectations,
    set_threads,
    threads,
)
from qunlearn.circuit.native.lower import lower
from qunlearn.circuit.native.passes import schedule

GOALS = {  # milliseconds on one thread, from prototypes on another day; ratios within one run count
    "forward B=10000": 5.1,
    "gradient B=10": 0.05,
    "gradient B=90": 0.16,
    "gradient B=1000": 1.4,
    "shift gradient B=10": 1.0,
    "64 models x B=10": 2.0,
    "300 steps B=10": 9.6,
}
READOUT = (3, 4, 5)


def layered_circuit(n_qubits: int, uploads: int) -> Circuit:
    """The seed paper's layout: `uploads` times a feature map and three layers of RY, RZ, CNOT ring."""
    ops: list[Op] = []
    n_params = 0
    for _ in range(uploads):
        ops += [Op("RY", (q,), (Feature((q,)),)) for q in range(4)]
        for a in range(3):
            ops += [Op("CX", (a, a + 1)), Op("RZ", (a + 1,), (Feature((a, a + 1)),)), Op("CX", (a, a + 1))]
        for _ in range(3):
            for gate in ("RY", "RZ"):
                ops += [Op(gate, (q,), (Param(n_params + q),)) for q in range(n_qubits)]
                n_params += n_qubits
            ops += [Op("CX", (q, (q + 1) % n_qubits)) for q in range(n_qubits)]
    return Circuit(n_qubits, tuple(ops))


def milliseconds(call: Callable[..., Any], *arguments: Any, budget: float = 0.4) -> tuple[float, float]:
    """Median and best of as many calls as fit the budget of seconds, after three to warm up."""
    for _ in range(3):
        jax.block_until_ready(call(*arguments))
    times: list[float] = []
    while len(times) < 5 or sum(times) < budget:
        start = time.perf_counter()
        jax.block_until_ready(call(*arguments))
        times.append(time.perf_counter() - start)
    return 1e3 * median(times), 1e3 * min(times)


def matrix_product_rate(n: int = 512) -> float:
    """GFLOP/s of one core."""
    a = np.random.default_rng(0).normal(size=(n, n))
    best = min(_seconds(lambda: a @ a) for _ in range(60))
    return 2e-9 * n**3 / best


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def kiloflops(circuit: Circuit) -> tuple[float, float]:
    """Of one sample's values, and of its values and gradient together, passes over all amplitudes assumed."""
    passes = schedule(lower(circuit, READOUT)[1])
    rotations = sum(len(p.rotations) for p in passes)
    tables = sum(bool(p.phases) for p in passes)
    kilo = 2**circuit.n_qubits / 1000
    forward = kilo * (4 * rotations + 6 * tables + 4)
    return forward, 2 * forward + kilo * (8 * rotations + 10 * tables + 4)


def rows(circuit: Circuit) -> list[tuple[str, tuple[float, float]]]:
    rng = np.random.default_rng(0)
    params = jnp.asarray(rng.normal(size=circuit.n_params))
    models = jnp.asarray(rng.normal(size=(64, circuit.n_params)))

    def data(n: int) -> tuple[jax.Array, jax.Array]:
        return jnp.asarray(rng.uniform(0, 3, size=(n, 4))), jnp.asarray(rng.integers(3, size=n))

    def loss_of(values: Callable[..., Any]) -> Callable[..., Any]:
        def loss(p: Any, x: Any, y: Any) -> Any:
            return -jnp.take_along_axis(jax.nn.log_softmax(values(p, x)), y[:, None], 1).mean()

        return loss

    values = native_expectations(circuit, READOUT)
    gradient = jax.grad(loss_of(values))
    shifted = jax.grad(loss_of(native_shift_expectations(circuit, READOUT)))
    ten = data(10)

    def train(p: Any) -> Any:
        return jax.lax.scan(lambda p, _: (p - 0.1 * gradient(p, *ten), None), p, None, length=300)[0]

    result = [("forward B=10000", milliseconds(values, params, data(10000)[0]))]
    result += [
        (f"gradient B={n}", milliseconds(jax.jit(gradient), params, *data(n))) for n in (10, 90, 1000, 10000)
    ]
    result.append(("shift gradient B=10", milliseconds(jax.jit(shifted), params, *ten)))
    many = jax.jit(jax.vmap(gradient, (0, None, None)))
    result.append(("64 models x B=10", milliseconds(many, models, *ten)))
    result.append(("300 steps B=10", milliseconds(jax.jit(train), params)))
    return result


def large(n_qubits: int) -> tuple[float, float]:
    """One sample's gradient on more qubits, one upload."""
    circuit = layered_circuit(n_qubits, 1)
    rng = np.random.default_rng(0)
    params, x = jnp.asarray(rng.normal(size=circuit.n_params)), jnp.asarray(rng.uniform(size=(1, 4)))
    values = native_expectations(circuit, READOUT)
    return milliseconds(jax.jit(jax.grad(lambda p: values(p, x).sum())), params)


def main() -> None:
    set_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    peak = matrix_product_rate()
    print(
        f"{instruction_set()}, {threads()} thread(s), float64; matrix product {peak:.1f} GFLOP/s on one core"
    )
    circuit = layered_circuit(6, 2)
    forward, both = kiloflops(circuit)
    print(f"{forward:.1f} kflop for a sample's values, {both:.1f} with its gradient\n")
    print(f"{'work':24}{'median ms':>10}{'best ms':>10}{'goal':>9}{'of peak':>9}")
    for name, (middle, best) in rows(circuit):
        flops = forward if name.startswith("forward") else both if name.startswith("gradient") else None
        share = (
            f"{1e-3 * flops * int(name.split('=')[1]) / best / peak:9.0%}" if flops and threads() == 1 else ""
        )
        print(f"{name:24}{middle:10.3f}{best:10.3f}{GOALS.get(name, ''):>9}{share:>9}")
    for n in (8, 12, 16, 18, 20):
        middle, best = large(n)
        print(f"{f'1 sample, {n} qubits':24}{middle:10.3f}{best:10.3f}")


if __name__ == "__main__":
    main()
