"""The compiled engine: a C++ kernel called through JAX's foreign-function interface."""

from qunlearn.circuit.native.library import available, instruction_set, set_threads, threads
from qunlearn.circuit.native.native import native_expectations, native_shift_expectations

__all__ = [
    "available",
    "instruction_set",
    "native_expectations",
    "native_shift_expectations",
    "set_threads",
    "threads",
]
