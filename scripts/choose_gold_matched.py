"""How the defaults of `gold_matched` were chosen: on validation rows, with seeds of their own.

    python scripts/choose_gold_matched.py [--seeds 12] [--out docs/results/gold-matched-choice.json]

For every learning rate, damping and reach of `GRID` it unlearns on Covertype, Iris and Wine, all side by
side, and measures the cross-entropy of the retained validation rows, of which each data set's mean over
seeds has the same weight. Rule: of the settings within one standard error of the lowest (of the difference
from it, over seeds) the smallest learning rate, then the largest damping, then the lowest loss: steps no
larger than they need to be. Neither gold models nor test rows are looked at, and no reported run uses these
seeds.
"""

import argparse
import itertools
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn.audit.config import RunConfig
from qunlearn.audit.setup import set_up
from qunlearn.model.losses import cross_entropy
from qunlearn.unlearn import Problem, make_method

FIRST_SEED = 1000
DATASETS = ("covertype", "iris", "wine")
GRID = {"learning_rate": (0.1, 0.15, 0.2, 0.3), "damping": (0.01, 0.02, 0.04), "reach": (0.2, 0.3, 0.45)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    losses = {name: np.stack([measure(name, seed) for seed in seeds]) for name in DATASETS}
    settings = list(itertools.product(*GRID.values()))
    by_seed = np.mean(list(losses.values()), axis=0)
    mean, near, chosen = choose(by_seed, settings)
    print(f"{'mean':>7} {''.join(f'{name:>10}' for name in DATASETS)}  {', '.join(GRID)}")
    for i in np.argsort(mean):
        each = "".join(f"{losses[name][:, i].mean():10.4f}" for name in DATASETS)
        mark = "  <- chosen" if i == chosen else "  within one standard error" if near[i] else ""
        print(f"{mean[i]:7.4f} {each}  {settings[i]}{mark}")
    if options.out is not None:
        record = {
            "seeds": list(seeds),
            "grid": GRID,
            "settings": settings,
            "validation_loss": {name: values.mean(0).round(5).tolist() for name, values in losses.items()},
            "within_one_standard_error": near.tolist(),
            "chosen": dict(zip(GRID, settings[chosen], strict=True)),
        }
        options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def choose(by_seed: np.ndarray, settings: list[tuple[float, ...]]) -> tuple[np.ndarray, np.ndarray, int]:
    """From losses (seeds, settings): their means, which are near the lowest, and the one to take."""
    mean = by_seed.mean(0)
    behind = by_seed - by_seed[:, [np.argmin(mean)]]
    near = behind.mean(0) <= behind.std(0, ddof=1) / len(behind) ** 0.5
    order = [(settings[i][0], -settings[i][1], mean[i], i) for i in np.flatnonzero(near)]
    return mean, near, int(min(order)[-1])


def measure(dataset: str, seed: int) -> np.ndarray:
    """Validation loss of every setting."""
    setup = set_up(RunConfig(dataset, seed=seed))
    problem = setup.problem(setup.train()[0].params)
    hyper = {
        name: jnp.array(v)
        for name, v in zip(GRID, np.array(list(itertools.product(*GRID.values()))).T, strict=True)
    }
    return np.asarray(jax.vmap(lambda h: _loss(problem, h, setup.key("unlearn")))(hyper))


def _loss(problem: Problem, hyper: dict, key: jax.Array) -> jax.Array:
    found = make_method("gold_matched", hyper)(problem, key=key)
    return cross_entropy(
        problem.model.logits(found.params, jnp.asarray(problem.val.x)), jnp.asarray(problem.val.y)
    )


if __name__ == "__main__":
    main()
