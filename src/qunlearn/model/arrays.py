"""Names of what JAX computes with."""

from typing import TypeAlias

from jax import Array

from qunlearn.circuit.statevector import AnyArray

__all__ = ["AnyArray", "Number"]

Number: TypeAlias = int | float | Array
"""A number, or an array () that JAX may trace."""
