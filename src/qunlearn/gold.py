"""The gold ensemble: models retrained without the forgotten data, the reference of every audit."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from qunlearn import __version__
from qunlearn._errors import require_at_least
from qunlearn.model.classifier import Classifier
from qunlearn.records import sha256_arrays, write_atomic
from qunlearn.train.cost import Cost
from qunlearn.train.fit import Rows, fit_many, training_cost
from qunlearn.train.keys import as_key
from qunlearn.train.progress import Progress, silent
from qunlearn.unlearn.problem import Problem


@dataclass(frozen=True)
class Gold:
    """Parameters (G, P) of the retrained models, the cost of one of them, and how many came from the cache."""

    params: Float[np.ndarray, "G P"]
    cost: Cost
    cached: int
    digest: str


def gold_ensemble(
    problem: Problem,
    *,
    size: int = 16,
    key: PRNGKeyArray | int,
    cache: Path | str | None = None,
    progress: Progress = silent,
) -> Gold:
    """Retrain `size` models on the retained rows, with the training of the original, side by side.

    The key may be an integer seed. Model g has the key `fold_in(key, g)`, which decides its initial
    parameters and data order, so a larger ensemble begins with the smaller one. With `cache` (a folder) models are kept there under a hash of everything they depend on; an entry
    whose content does not match its own digest is trained anew, and missing models are added to an entry.
    """
    require_at_least("size", size, 2)
    key = as_key(key)
    digest = _digest(problem, key)
    entry = Path(cache) / f"gold-{digest}.safetensors" if cache is not None else None
    known = _read(entry, problem.model.n_params)
    params = known[:size]
    if len(params) < size:
        keys = jax.vmap(lambda g: jax.random.fold_in(key, g))(np.arange(len(params), size))
        fitted = fit_many(
            problem.model, problem.retain, problem.val, keys=keys, training=problem.training, progress=progress
        )
        params = np.concatenate([params, np.stack([f.params for f in fitted])])
        _write(entry, params)
    cost = training_cost(problem.training, len(problem.retain.y), len(problem.val.y))
    return Gold(params, cost, min(len(known), size), digest)


def default_cache() -> Path:
    """The user's cache folder for gold ensembles."""
    from platformdirs import user_cache_path

    return user_cache_path("qunlearn") / "gold"


def _digest(problem: Problem, key: PRNGKeyArray) -> str:
    """Hash of data, architecture, training, key and versions: whatever decides the ensemble's parameters."""
    words = {
        "model": _describe(problem.model),
        "training": asdict(problem.training),
        "versions": {"qunlearn": __version__, "jax": jax.__version__, "numpy": np.__version__},
    }
    text = json.dumps(words, sort_keys=True, default=str).encode()
    return sha256_arrays(
        {
            **_arrays("retain", problem.retain),
            **_arrays("val", problem.val),
            "key": np.asarray(jax.random.key_data(key)),
            "words": np.frombuffer(text, np.uint8),
        }
    )


def _describe(model: Classifier) -> dict[str, Any]:
    return {"kind": type(model).__name__, **model.to_dict()}


def _arrays(name: str, rows: Rows) -> dict[str, np.ndarray]:
    return {f"{name}_x": np.asarray(rows.x, np.float64), f"{name}_y": np.asarray(rows.y, np.int64)}


def _read(entry: Path | None, n_params: int) -> Float[np.ndarray, "G P"]:
    """The entry's models, or none where it is missing, damaged or of another shape."""
    from safetensors import SafetensorError, safe_open

    nothing = np.empty((0, n_params))
    if entry is None or not entry.is_file():
        return nothing
    try:
        with safe_open(entry, "numpy") as stored:
            params, promised = stored.get_tensor("gold"), stored.metadata()["sha256"]
    except (SafetensorError, OSError, KeyError, TypeError):
        return nothing
    intact = params.ndim == 2 and params.shape[1] == n_params and sha256_arrays({"gold": params}) == promised
    return params if intact else nothing


def _write(entry: Path | None, params: Float[np.ndarray, "G P"]) -> None:
    from safetensors.numpy import save

    if entry is not None:
        entry.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(entry, save({"gold": params}, metadata={"sha256": sha256_arrays({"gold": params})}))
