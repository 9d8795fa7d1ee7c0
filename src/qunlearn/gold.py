"""The gold ensemble: models retrained without the forgotten data, the reference of every audit."""

import json
import warnings
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from qunlearn._cache import cache_folder
from qunlearn._errors import require_at_least, typed
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.base.retraining import retrain_many, retraining_cost
from qunlearn.records import sha256_arrays, sha256_file, write_atomic
from qunlearn.train.cost import Cost
from qunlearn.train.fit import Samples
from qunlearn.train.keys import as_key
from qunlearn.train.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Gold:
    """Retrained models: parameters (G, P), and the cost of training one of them.

    `cached` of them came from the cache, under `digest`, the hash of everything they depend on.
    """

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
    memory: int | None = None,
    progress: Progress = silent,
) -> Gold:
    """Retrain models on the retained samples as the original was trained: what an audit compares with.

    Model g has the key `fold_in(key, g)`, so up to rounding a larger ensemble begins with the smaller one.

    Args:
        problem: The trained model and the data to take out of it, from `make_problem`.
        size: The number of models, at least 2; they are trained side by side.
        key: A JAX key or an integer seed; it decides initial parameters and the order of the samples.
        cache: A folder, made if need be, where models are kept under a hash of everything they depend on:
            data, model, training, key, versions and this package's code. An entry that is damaged or of
            another hash is trained anew, and missing models are added to one; a folder that cannot be written
            is a warning.
        memory: Bytes that bound what is trained at one time, as in `fit_many`.
        progress: Called with (what is being done, models done, models in all).

    Returns:
        The parameters (size, P), and the cost of one of the models.

    Raises:
        InputError: Where `fit_many` does, and for fewer than two models.

    Example:
        >>> import qunlearn as qu
        >>> data = qu.load_dataset("iris")
        >>> rows = qu.prepare(data, qu.split(data.y, seed=0))
        >>> model = qu.VQC(4, 3, n_qubits=4, uploads=1, repetitions=1)
        >>> fitted = qu.fit(model, rows.train, rows.val, key=0, training=qu.Training(steps=5))
        >>> problem = qu.make_problem(model, fitted, rows, qu.ForgetClass("virginica"))
        >>> qu.gold_ensemble(problem, size=2, key=2).params.shape
        (2, 8)
    """
    require_at_least("size", typed("size", size, int), 2)
    key = as_key(key)
    digest = _digest(problem, key)
    entry = Path(cache) / f"gold-{digest}.safetensors" if cache is not None else None
    known = _read(entry, digest, problem.model.n_params)
    params = known[:size]
    if len(params) < size:
        missing = _retrain(problem, key, range(len(params), size), memory, progress)
        params = np.concatenate([params, missing])
        _write(entry, digest, params)
    return Gold(params, retraining_cost(problem), min(len(known), size), digest)


def default_cache() -> Path:
    """The user's cache folder for gold ensembles; the environment variable QUNLEARN_CACHE_DIR moves it."""
    return cache_folder("gold")


def _retrain(
    problem: Problem, key: PRNGKeyArray, models: range, memory: int | None, progress: Progress
) -> np.ndarray:
    keys = jax.vmap(lambda g: jax.random.fold_in(key, g))(np.arange(models.start, models.stop))
    return np.stack([f.params for f in retrain_many(problem, keys, progress, memory)])


def _digest(problem: Problem, key: PRNGKeyArray) -> str:
    """Hash of whatever decides the ensemble's parameters."""
    kind = type(problem.model)
    words = {
        "model": [kind.__module__, kind.__qualname__, problem.model.to_dict()],
        "training": asdict(problem.training),
        "key": str(jax.random.key_impl(key)),
        "versions": {name: metadata.version(name) for name in ("jax", "jaxlib", "numpy", "optax")},
        "code": _code(),
    }
    shared = {}
    if problem.federation is not None:
        words["local_steps"] = problem.federation.local_steps
        shared["clients"] = problem.federation.clients
    return sha256_arrays(
        {
            **shared,
            **_arrays("retain", problem.retain),
            **_arrays("val", problem.val),
            "key": np.asarray(jax.random.key_data(key)),
            "words": np.frombuffer(json.dumps(words, sort_keys=True).encode(), np.uint8),
        }
    )


@lru_cache(maxsize=1)
def _code() -> dict[str, str]:
    """Hashes of the sources that train a model: while a version is worked on, its number says little."""
    root = Path(__file__).parent
    files = [f for part in ("circuit", "model", "train") for f in (root / part).rglob("*")]
    files += [root / "gold.py", root / "methods" / "base" / "retraining.py"]
    sources = [f for f in files if f.suffix in (".py", ".cpp", ".hpp")]
    return {f.relative_to(root).as_posix(): sha256_file(f) for f in sources}


def _arrays(name: str, rows: Samples) -> dict[str, np.ndarray]:
    return {f"{name}_x": np.asarray(rows.x, np.float64), f"{name}_y": np.asarray(rows.y, np.int64)}


def _read(entry: Path | None, digest: str, n_params: int) -> Float[np.ndarray, "G P"]:
    """The entry's models, or none where it is missing, damaged, of another shape or of another digest."""
    from safetensors import SafetensorError, safe_open

    nothing = np.empty((0, n_params))
    if entry is None or not entry.is_file():
        return nothing
    try:
        with safe_open(entry, "numpy") as stored:
            params, promised = stored.get_tensor("gold"), stored.metadata()["sha256"]
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return nothing
    intact = params.ndim == 2 and params.shape[1] == n_params and _sha256(params, digest) == promised
    return params if intact else nothing


def _write(entry: Path | None, digest: str, params: Float[np.ndarray, "G P"]) -> None:
    from safetensors.numpy import save

    if entry is None:
        return
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(entry, save({"gold": params}, metadata={"sha256": _sha256(params, digest)}))
    except OSError as error:
        warnings.warn(f"the gold ensemble is not kept for the next run: {error}", stacklevel=3)


def _sha256(params: np.ndarray, digest: str) -> str:
    return sha256_arrays({"gold": params, digest: np.empty(0)})
