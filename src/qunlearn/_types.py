"""Names of arrays and their shapes, shared by every module.

Letters in shapes: `B` or `n` samples, `d` model inputs, `D` raw columns, `K` classes, `P` parameters,
`G` gold models, `M` measured qubits, `N` amplitudes (2 to the number of qubits).
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

JsonObject: TypeAlias = Mapping[str, Any]
"""What a JSON file says under its keys; those of a run are listed in docs/run-folder.md."""

Labels: TypeAlias = Int[np.ndarray, " n"]
Indices: TypeAlias = Int[np.ndarray, " m"]
Mask: TypeAlias = Bool[np.ndarray, " n"]
Features: TypeAlias = Float[np.ndarray, "n D"]
Inputs: TypeAlias = Float[np.ndarray, "n d"]
Probabilities: TypeAlias = Float[np.ndarray, "n K"]
GoldProbabilities: TypeAlias = Float[np.ndarray, "G n K"]
