"""The Pauli matrices, and words of them as Kronecker products."""

from functools import reduce

import numpy as np
from jaxtyping import Complex

PAULI = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]).astype(complex),
}


def pauli_word(word: str) -> Complex[np.ndarray, "k k"]:
    """The matrix of a word such as "ZX", the first letter on the first wire."""
    return reduce(np.kron, [PAULI[letter] for letter in word])
