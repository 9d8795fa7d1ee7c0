"""Training the attacker's models: on random halves of all rows, side by side."""

import jax
import numpy as np
from jaxtyping import Bool, Int, PRNGKeyArray

from qunlearn._errors import require, typed
from qunlearn.attacks.attack import LEAST_REFERENCES, References
from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.model.probabilities import probabilities
from qunlearn.train.fit import Training, fit_many
from qunlearn.train.keys import as_key
from qunlearn.train.progress import Progress, silent


def train_references(
    model: Classifier,
    rows: Samples,
    val: Samples,
    *,
    size: int,
    key: PRNGKeyArray | int,
    training: Training | None = None,
    population: Bool[np.ndarray, " n"] | None = None,
    progress: Progress = silent,
) -> References:
    """`size` reference models, half of which saw each row: what LiRA and RMIA need.

    `rows` (n,) are all rows that are attacked, members and non-members of the target alike: whoever attacks a
    row has it, and can train with and without it. `size` is even and at least 8; models come in pairs that
    split a random order of the rows between them, so every row is in exactly half of the models (with odd n
    one row of each pair in neither). They are trained as the target was (`training`), on half as many rows
    as there are, and the validation samples `val` select their parameters. `population` is RMIA's. Raises
    `InputError` where `fit` does.
    """
    size = typed("size", size, int)
    least = 4 * LEAST_REFERENCES
    require(size >= least and size % 2 == 0, f"`size` must be even and >= {least}, but is {size}")
    n = len(rows.y)
    require(n >= 2, f"reference models are trained on half of the rows, but there is {n}")
    k_halves, k_models = jax.random.split(as_key(key))
    halves = random_halves(k_halves, n, size)
    fitted = fit_many(
        model,
        rows,
        val,
        keys=jax.random.split(k_models, size),
        training=training,
        subsets=halves,
        progress=progress,
    )
    p = np.stack([np.asarray(probabilities(model, one.params, np.asarray(rows.x))) for one in fitted])
    member = np.zeros((size, n), dtype=bool)
    np.put_along_axis(member, halves, True, axis=1)
    return References(p, member, population)


def random_halves(key: PRNGKeyArray, n: int, size: int) -> Int[np.ndarray, "R m"]:
    """Row numbers (size, n // 2): pairs of disjoint halves, each pair of a random order of its own."""
    keys = jax.random.split(key, size // 2)
    orders = np.stack([np.asarray(jax.random.permutation(k, n)) for k in keys])
    half = n // 2
    return np.concatenate([orders[:, :half], orders[:, half : 2 * half]])
