"""What an audit of foreign models needs: labels, roles and class probabilities, checked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy.typing import ArrayLike

from qunlearn._errors import InputError, fail, require
from qunlearn.audit import LEAST_GOLD
from qunlearn.metrics import ROLES, RolePredictions
from qunlearn.metrics.roles import role_codes
from qunlearn.records import sha256_arrays


@dataclass(frozen=True, eq=False, init=False)
class AuditArrays:
    """Predictions of the original, the U unlearned and the G >= 3 gold models on the same n samples.

    `ids` (n,) name the samples, by default 0, 1, .... Raises `InputError`, naming the array, for whatever
    does not fit: shapes, values that are no probabilities, labels that are no classes, unknown roles.
    """

    original: RolePredictions
    unlearned: RolePredictions
    gold: RolePredictions
    ids: Shaped[np.ndarray, " n"]

    def __init__(
        self,
        labels: ArrayLike,
        roles: ArrayLike,
        original: ArrayLike,
        unlearned: ArrayLike,
        gold: ArrayLike,
        *,
        untrained: ArrayLike | None = None,
        ids: ArrayLike | None = None,
    ) -> None:
        y, words = _labels(labels), _words(roles)
        require(len(y) > 0, "labels: there are no samples")
        require(
            words.shape == y.shape,
            f"roles: must be one word for each of the {len(y)} samples, but have shape {words.shape}",
        )
        given = {"original": original, "unlearned": unlearned, "gold": gold}
        if untrained is not None:
            given["untrained"] = untrained
        p = {name: _stack(name, array, len(y)) for name, array in given.items()}
        classes = {name: array.shape[2] for name, array in p.items()}
        require(
            len(set(classes.values())) == 1,
            "all models must predict the same classes, but they predict "
            + ", ".join(f"{k} ({name})" for name, k in classes.items()),
        )
        require(len(p["original"]) == 1, f"original: must be one model, but are {len(p['original'])}")
        require(
            len(p["gold"]) >= LEAST_GOLD,
            f"gold: must be at least {LEAST_GOLD} models, but there are {len(p['gold'])}: retrain more",
        )
        for name in ("original", "unlearned", "gold"):
            built = _named(name, partial(RolePredictions, p[name], y, words, p.get("untrained")))
            object.__setattr__(self, name, built)
        object.__setattr__(self, "ids", _ids(ids, len(y)))

    def sha256(self) -> str:
        """Hash of all arrays."""
        gold = self.gold
        arrays = {"labels": gold.y, "roles": role_codes(gold.roles), "ids": self.ids.astype(str)}
        arrays |= {name: getattr(self, name).p for name in ("original", "unlearned", "gold")}
        return sha256_arrays(arrays if gold.untrained is None else {**arrays, "untrained": gold.untrained})


def _labels(labels: ArrayLike) -> Int[np.ndarray, " n"]:
    y = np.asarray(labels)
    require(
        y.ndim == 1 and np.issubdtype(y.dtype, np.integer),
        f"labels: must be whole numbers 0, 1, ..., one a sample, but are {y.dtype} of shape {y.shape}",
    )
    return y.astype(np.int64)


def _words(roles: ArrayLike) -> Shaped[np.ndarray, " n"]:
    words = np.asarray(roles)
    if words.dtype.kind == "S":
        words = np.char.decode(words, "ascii", "replace")
    require(
        words.ndim == 1 and words.dtype.kind == "U",
        f"roles: must be one word a sample ({', '.join(ROLES)}), but are {words.dtype} of shape "
        f"{words.shape}",
    )
    return words


def _stack(name: str, array: ArrayLike, n: int) -> Float[np.ndarray, "M n K"]:
    p = np.asarray(array)
    require(p.dtype.kind in "fiu", f"{name}: must hold probabilities, but holds {p.dtype}")
    p = p[None] if p.ndim == 2 and name != "gold" else p
    wanted = "(n, K)" if name == "original" else "(models, n, K)"
    require(p.ndim == 3, f"{name}: must have shape {wanted}, but has shape {np.shape(array)}")
    require(len(p) > 0, f"{name}: there is no model")
    require(
        p.shape[1] == n, f"{name}: must be about the {n} samples of the labels, but is about {p.shape[1]}"
    )
    return p.astype(np.float64)


def _ids(ids: ArrayLike | None, n: int) -> Shaped[np.ndarray, " n"]:
    known = np.arange(n) if ids is None else np.asarray(ids)
    require(
        known.shape == (n,), f"ids: must be one for each of the {n} samples, but have shape {known.shape}"
    )
    require(known.dtype.kind in "iuUSO", f"ids: must be whole numbers or words, but are {known.dtype}")
    values, counts = np.unique(known.astype(str), return_counts=True)
    if len(values) < n:
        fail(f"ids: every sample must have its own, but {values[counts > 1][0]} is there more than once")
    return known


def _named(name: str, build: Callable[[], RolePredictions]) -> RolePredictions:
    try:
        return build()
    except InputError as error:
        fail(f"{name}: {error}")
