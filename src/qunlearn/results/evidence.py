"""The class probabilities of a run, and the two distributions that a report draws from them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from qunlearn._errors import require
from qunlearn.metrics.divergence import kl_divergence

REMEDY = "restore it from a copy, or repeat the run with --force"


@dataclass(frozen=True)
class Evidence:
    """Labels `y` (n,) of the audited samples, class probabilities of both models (n, K) and of gold (G, n,
    K).

    `forget` (n,) marks the rows of the request; `forget_index` is the forgotten class, None where it is none.
    """

    y: Int[np.ndarray, " n"]
    forget: Bool[np.ndarray, " n"]
    original: Float[np.ndarray, "n K"]
    unlearned: Float[np.ndarray, "n K"]
    gold: Float[np.ndarray, "G n K"]
    forget_index: int | None

    def probability(self, rows: Bool[np.ndarray, " n"]) -> dict[str, np.ndarray]:
        """p(forgotten class) on `rows` for each model, or p(true class) where the request is not a class.

        Gold's values are pooled over its G models.
        """
        at = np.flatnonzero(rows)
        c = self.y[at] if self.forget_index is None else np.full(len(at), self.forget_index)
        return {
            "original": self.original[at, c],
            "unlearned": self.unlearned[at, c],
            "gold": self.gold[:, at, c].ravel(),
        }

    def divergence(self) -> dict[str, np.ndarray]:
        """KL(gold‖model) in nats on retained samples, renormalised over retained labels.

        One value for each pair of gold model and row; for `gold_gold`, for each ordered pair of different
        gold models and row.
        """
        gold = _renormalise(self.gold[:, ~self.forget], self.forget_index)
        models = np.stack([self.original, self.unlearned])[:, ~self.forget]
        to_models = kl_divergence(gold, _renormalise(models, self.forget_index))
        between = kl_divergence(gold, gold)[~np.eye(len(gold), dtype=bool)]
        return {
            "original": to_models[0].ravel(),
            "unlearned": to_models[1].ravel(),
            "gold_gold": between.ravel(),
        }


def _renormalise(p: Float[np.ndarray, "M r K"], forget_index: int | None) -> Float[np.ndarray, "M r R"]:
    if forget_index is None:
        return p
    kept = np.delete(p, forget_index, axis=2)
    return kept / kept.sum(axis=2, keepdims=True)


def read_evidence(file: Path, summary: dict[str, Any]) -> Evidence:
    """Read `evidence.safetensors` and check that shapes fit each other and the classes of `summary`."""
    names = ("y_audit", "forget_audit", "p_original", "p_unlearned", "p_gold")
    arrays = tensors(file, names)
    missing = [name for name in names if name not in arrays]
    require(not missing, f"`{file}` lacks `{', '.join(missing)}`: {REMEDY}")
    y, forget, original, unlearned, gold = (arrays[name] for name in names)
    shape = (len(y), len(summary["class_names"]))
    require(
        original.shape == unlearned.shape == gold.shape[1:] == shape and y.ndim == 1 and len(gold) > 0,
        f"`p_original`, `p_unlearned` and `p_gold` in `{file}` must be (n, K), (n, K) and (G, n, K) "
        f"with {shape[0]} labels and {shape[1]} classes, but are {original.shape}, {unlearned.shape} and "
        f"{gold.shape}: {REMEDY}",
    )
    require(
        forget.shape == y.shape and forget.dtype == bool and forget.any() and not forget.all(),
        f"`forget_audit` in `{file}` must mark samples of the request among others: {REMEDY}",
    )
    index = summary["forget_index"]
    require(
        index is None or np.array_equal(forget, y == index),
        f"`forget_audit` in `{file}` must mark exactly the samples of the forgotten class: {REMEDY}",
    )
    return Evidence(y, forget, original, unlearned, gold, index)


def tensors(file: Path, names: Collection[str]) -> dict[str, np.ndarray]:
    """Those of the tensors `names` that `file` has; no other is read."""
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as stored:
        return {name: stored.get_tensor(name) for name in {*names}.intersection(stored.keys())}
