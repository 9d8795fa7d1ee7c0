"""What the C++ side does with programs and arrays that do not fit: it refuses them in a sentence."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.native import available, library, native_expectations, set_threads
from qunlearn.circuit.native.library import FORWARD, GRADIENT
from qunlearn.circuit.native.program import program

from .native_circuits import needs_kernel, random_circuit

QUBITS = 1  # word of the header: mutated into 24 qubits it would only take memory


@cache
def code_of_a_circuit() -> np.ndarray:
    return program(random_circuit(5, 4, 30), (0, 3))


def forward(
    code: Any, params: Any = (5,), x: Any = (6, 4), out: Any = (6, 2), dtype: Any = np.float64
) -> Any:
    library.library()
    call = jax.ffi.ffi_call(FORWARD, jax.ShapeDtypeStruct(out, dtype))
    arrays = (jnp.zeros(params, dtype), jnp.zeros(x))
    return np.asarray(call(*arrays, program=np.asarray(code, np.int64), keep=np.int64(0)))


@needs_kernel
def test_the_unchanged_program_runs() -> None:
    assert forward(code_of_a_circuit()).shape == (6, 2)


@needs_kernel
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"params": (4,)}, "`params` has another length"),
        ({"params": ()}, "`params` does not fit"),
        ({"params": (2, 5)}, "`params` does not fit"),
        ({"x": (6, 3)}, "`x` has another width"),
        ({"x": (4,)}, "`x` does not fit"),
        ({"x": (2, 6, 4), "params": (1, 5), "out": (3, 6, 2)}, "`x` does not fit"),
        ({"out": (5, 2)}, "the result has a wrong shape"),
        ({"out": (6, 3)}, "the result has a wrong shape"),
        ({"out": (6,)}, "the result has a wrong shape"),
        ({"dtype": np.float32}, "same precision"),
        ({"dtype": np.int32}, "same precision"),
    ],
)
def test_refuses_arrays_that_do_not_fit(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception, match=f"native engine: .*{message}"):
        forward(code_of_a_circuit(), **arguments)


@needs_kernel
@pytest.mark.parametrize("shapes", [((6, 3), (5,), (6, 4)), ((6, 2), (4,), (6, 4)), ((6, 2), (5,), (3, 4))])
def test_refuses_gradients_that_do_not_fit(shapes: Any) -> None:
    library.library()
    cotangent, *results = shapes
    call = jax.ffi.ffi_call(GRADIENT, [jax.ShapeDtypeStruct(s, np.float64) for s in results])
    arrays = (jnp.zeros(5), jnp.zeros((6, 4)), jnp.zeros(cotangent))
    with pytest.raises(Exception, match=r"native engine: the .* has a wrong shape"):
        jax.block_until_ready(call(*arrays, program=code_of_a_circuit(), shift=False))


@needs_kernel
@pytest.mark.parametrize("length", [0, 1, 5, 9, "half", -1])
def test_refuses_a_program_cut_short(length: int | str) -> None:
    code = code_of_a_circuit()
    with pytest.raises(Exception, match="malformed"):
        forward(code[: len(code) // 2 if length == "half" else length])


@needs_kernel
def test_refuses_a_program_that_goes_on_and_another_version() -> None:
    with pytest.raises(Exception, match="goes on after its end"):
        forward([*code_of_a_circuit(), 0])
    with pytest.raises(Exception, match="another version"):
        forward([2, *code_of_a_circuit()[1:]])


@needs_kernel
def test_any_changed_word_is_refused_or_harmless() -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(40):
        code = code_of_a_circuit().copy()
        at = int(rng.integers(len(code)))
        if at == QUBITS:
            continue
        code[at] = int(rng.choice([-1, 0, 1, 2, 3, 7, 15, 16, 2**31, 2**40, -(2**63)]))
        try:
            forward(code)
        except jax.errors.JaxRuntimeError:
            refused += 1
    assert refused > 10


def test_says_why_there_is_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_find", lambda: None)
    library._load.cache_clear()
    try:
        assert available() == (False, library._load()[1])
        with pytest.raises(InputError, match=r"not available: it was not built.*`jax` engine"):
            native_expectations(random_circuit(77, 2, 5), (0,))
    finally:
        library._load.cache_clear()


@needs_kernel
def test_refuses_a_negative_number_of_threads() -> None:
    with pytest.raises(InputError, match="`count` must be 0"):
        set_threads(-1)
