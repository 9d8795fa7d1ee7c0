"""What a federation remembers of its training: the rounds, which methods that remove a client work from."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from qunlearn._errors import fail, require
from qunlearn.records import write_atomic


@dataclass(frozen=True, eq=False)
class History:
    """The R rounds of federated averaging among C clients.

    Round r starts from the common parameters `start[r]`; client `clients[c]` sends back `start[r] +
    updates[r, c]`, which is averaged with weight `weights[c]` (its share of the training samples). So
    `start[r] + weights @ updates[r]` are the parameters after the round, `start[r + 1]`.
    """

    start: Float[np.ndarray, "R P"]
    updates: Float[np.ndarray, "R C P"]
    weights: Float[np.ndarray, " C"]
    clients: Int[np.ndarray, " C"]

    @property
    def final(self) -> Float[np.ndarray, " P"]:
        """The common parameters after the last round."""
        return self.start[-1] + self.weights @ self.updates[-1]


def save_history(path: Path, history: History) -> None:
    """Write the history as safetensors."""
    from safetensors.numpy import save

    arrays = {f.name: np.ascontiguousarray(getattr(history, f.name)) for f in fields(History)}
    write_atomic(path, save(arrays))


def load_history(path: Path) -> History:
    """What `save_history` wrote; `InputError` where it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    require(path.is_file(), f"there is no history of the federated training at {path}: train again")
    try:
        return History(**load(path.read_bytes()))
    except (SafetensorError, TypeError):
        fail(f"the history of the federated training at {path} is damaged: train again")
