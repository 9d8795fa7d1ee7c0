"""What only a full audit has: unlearned models of other seeds, the attackers' models, and relearning."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn.attacks import References
from qunlearn.attacks.anamnesis import ON, RELEARNING, anamnesis_index
from qunlearn.attacks.references import train_references
from qunlearn.attacks.relearning import relearn
from qunlearn.audit.prediction_rows import metric_row
from qunlearn.data.samples import Samples
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.unlearn import unlearn_many
from qunlearn.records import Row
from qunlearn.run.audit_samples import role_samples
from qunlearn.run.levels import LEVELS
from qunlearn.run.setup import Setup
from qunlearn.train import Progress, silent
from qunlearn.train.fit import fit_many

_OTHERS, _REFERENCES, _RELEARNING = 1 << 21, 1 << 22, 1 << 23

MOST_RELEARNED = 64
"""Gold models that relearn."""


@dataclass(frozen=True, eq=False)
class ExtraModels:
    """`unlearned` (U, P) and the attackers' `references`, None where the level has none."""

    unlearned: np.ndarray | None = None
    references: References | None = None


def train(setup: Setup, problem: Problem, progress: Progress = silent) -> ExtraModels:
    """What the configuration's level asks for.

    Ensembles vary the seed of training and the seed of unlearning together. Models of a federation are
    trained one by one and get none.
    """
    level = LEVELS[setup.config.audit]
    if level.unlearned == 0 or setup.prepared.clients is not None:
        return ExtraModels()
    return ExtraModels(
        _unlearned(setup, problem, level.unlearned, progress), _references(setup, level.references, progress)
    )


def relearning(
    setup: Setup, problem: Problem, unlearned: np.ndarray, gold: np.ndarray, progress: Progress = silent
) -> list[Row]:
    """How fast the unlearned model (P,) relearns the forget samples, against gold models (G, P); in a full
    audit only.
    """
    if LEVELS[setup.config.audit].unlearned == 0:
        return []
    key = jax.random.fold_in(setup.key("gold"), _RELEARNING)
    rows = []
    for done, on in enumerate(ON):
        progress("relearning", done, len(ON))
        own, others = (relearn(problem, p, on=on, key=key) for p in (unlearned[None], gold[:MOST_RELEARNED]))
        estimate, null = anamnesis_index(own, others)
        row = RELEARNING[f"ain_{on}"]
        rows += [
            metric_row(model, "roles", row.id, row, found, null)
            for model, found in (("unlearned", estimate), ("gold_gold", null.estimate))
        ]
    return rows


def _unlearned(setup: Setup, problem: Problem, size: int, progress: Progress) -> np.ndarray:
    keys = jax.random.split(jax.random.fold_in(setup.key("train"), _OTHERS), size)
    rows = setup.samples("train"), setup.samples("val")
    fitted = fit_many(setup.model, *rows, keys=keys, training=setup.config.training, progress=progress)
    params = np.stack([one.params for one in fitted])
    keys = jax.random.split(jax.random.fold_in(setup.key("unlearn"), _OTHERS), size)
    results = unlearn_many(setup.method, problem, params=jnp.asarray(params), keys=keys, progress=progress)
    return np.stack([np.asarray(one.params) for one in results])


def _references(setup: Setup, size: int, progress: Progress) -> References:
    rows = role_samples(setup.forget)
    return train_references(
        setup.model,
        Samples(rows.x, rows.y),
        setup.samples("val"),
        size=size,
        key=jax.random.fold_in(setup.key("gold"), _REFERENCES),
        training=setup.config.training,
        progress=progress,
    )
