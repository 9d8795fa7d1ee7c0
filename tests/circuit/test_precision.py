"""Double precision is on where JAX is, and descriptions need no JAX."""

import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.circuit.precision import complex_dtype, real_dtype

F32, F64 = np.zeros(1, np.float32), np.zeros(1)


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


@pytest.mark.parametrize(
    "module", ["draw", *(pytest.param(m, marks=pytest.mark.slow) for m in ("circuit", "gates", "fuse"))]
)
def test_descriptions_programs_and_drawings_load_without_jax(module):
    assert not {"jax", "matplotlib"} & modules_after(f"import qunlearn.circuit.{module}")


@pytest.mark.slow
def test_arrays_are_double_precision_once_a_simulator_is_imported():
    code = "import qunlearn.circuit.statevector, jax.numpy as jnp; print(jnp.ones(1).dtype)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "float64"


def test_single_precision_needs_every_argument_to_be_single():
    assert real_dtype(F32, F32) == real_dtype(F32, np.zeros(1, np.complex64)) == np.float32
    assert real_dtype(F32, F64) == real_dtype(F64) == real_dtype(F32, F64 * 1j) == np.float64
    assert complex_dtype(F32) == np.complex64
    assert complex_dtype(F64, jnp.zeros(1, jnp.float32)) == np.complex128
