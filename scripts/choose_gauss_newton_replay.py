"""How the defaults of `gauss_newton_replay` were chosen: on validation samples, with seeds of their own.

    python scripts/choose_gauss_newton_replay.py [--families angles head] [--seeds 12]
        [--out docs/results/gold-matched-choice.json]

For every setting of a family's grid it unlearns on the family's tasks and measures a score on the retained
validation samples, of which each task's mean over seeds has the same weight: the cross-entropy, or how far a
model's confidence is from the original's (`taught`; the entropies' difference by size over that of the
original, whose answers are renormalised without the forgotten class). Rule: of the settings within one
standard error of the lowest (of the difference from it, over seeds) those of the smallest steps: first by the
smallest learning rate, then by the largest damping, then by the lowest score. Neither gold models nor test
samples are looked at, and no reported run uses these seeds.
"""

import argparse
import itertools
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn.methods.base.problem import Problem
from qunlearn.methods.unlearn import make_method
from qunlearn.model.losses import cross_entropy
from qunlearn.run.config import RunConfig
from qunlearn.run.setup import set_up

FIRST_SEED = 1000


class Family(NamedTuple):
    """Tasks, and the grid of static (`fixed`) and of mapped (`grid`) hyper-parameters.

    The lowest `score(problem, params)` is best. Hyper-parameters in `given` are not
    chosen here.
    """

    tasks: Mapping[str, Mapping[str, Any]]
    fixed: Mapping[str, tuple[int, ...]]
    grid: Mapping[str, tuple[float, ...]]
    score: Callable[[Problem, Any], jax.Array]
    given: Mapping[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.fixed, *self.grid)

    @property
    def settings(self) -> list[tuple[float, ...]]:
        return list(itertools.product(*self.fixed.values(), *self.grid.values()))


def loss(problem: Problem, params: Any) -> jax.Array:
    """Cross-entropy of the validation samples that the request leaves."""
    return cross_entropy(problem.model.logits(params, jnp.asarray(problem.val.x)), jnp.asarray(problem.val.y))


def confidence_gap(problem: Problem, params: Any) -> jax.Array:
    """How far a model's mean entropy on these samples is from the original's, relative to it."""
    x, forgotten = jnp.asarray(problem.val.x), problem.forget_index
    log_p, before = (
        jax.nn.log_softmax(logits)
        for logits in (problem.model.logits(params, x), problem.logits(x).at[:, forgotten].set(-1e9))
    )
    ours, original = (-jnp.sum(jnp.exp(each) * each, axis=1).mean() for each in (log_p, before))
    return abs(ours - original) / original


HEAD: Mapping[str, Any] = {"model": {"head": True}}
HEAD_TASKS: Mapping[str, Mapping[str, Any]] = {
    "digits": {"dataset": "digits"},
    "covertype, head": {"dataset": "covertype", **HEAD},
    "wine, head": {"dataset": "wine", **HEAD},
}
FAMILIES = {
    "angles": Family(
        {name: {"dataset": name} for name in ("covertype", "iris", "wine")},
        {},
        {"learning_rate": (0.1, 0.15, 0.2, 0.3), "damping": (0.01, 0.02, 0.04), "reach": (0.2, 0.3, 0.45)},
        loss,
        {},
    ),
    "head": Family(
        HEAD_TASKS,
        {"head_window": (60, 120), "head_refresh": (5, 10)},
        {"head_damping": (0.001, 0.003, 0.01), "head_reach": (0.5, 2.0)},
        loss,
        {"head_taught": 0.0},
    ),
    "taught": Family(HEAD_TASKS, {}, {"head_taught": (0.0, 0.25, 0.5, 0.75, 1.0)}, confidence_gap, {}),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    for name in options.families:
        found = try_all(FAMILIES[name], seeds)
        if options.out is not None:
            known = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
            options.out.write_text(json.dumps({**known, name: found}, indent=1) + "\n", encoding="utf-8")


def try_all(family: Family, seeds: range) -> dict[str, Any]:
    """Scores of every setting, and the one chosen."""
    scores = {
        task: np.stack([measure(family, config, seed) for seed in seeds])
        for task, config in family.tasks.items()
    }
    settings = family.settings
    mean, near, chosen = choose(np.mean(list(scores.values()), axis=0), family.names, settings)
    print(f"{'mean':>7} {''.join(f'{task:>16}' for task in scores)}  {', '.join(family.names)}")
    for i in np.argsort(mean):
        each = "".join(f"{values[:, i].mean():16.4f}" for values in scores.values())
        mark = "  <- chosen" if i == chosen else "  within one standard error" if near[i] else ""
        print(f"{mean[i]:7.4f} {each}  {settings[i]}{mark}")
    return {
        "seeds": list(seeds),
        "grid": {**family.fixed, **family.grid},
        "settings": settings,
        "score": {task: values.mean(0).round(5).tolist() for task, values in scores.items()},
        "within_one_standard_error": near.tolist(),
        "chosen": dict(zip(family.names, settings[chosen], strict=True)),
    }


def choose(
    by_seed: np.ndarray, names: tuple[str, ...], settings: list[tuple[float, ...]]
) -> tuple[np.ndarray, np.ndarray, int]:
    """From scores (seeds, settings): their means, which are near the lowest, and the one to take."""
    mean = by_seed.mean(0)
    behind = by_seed - by_seed[:, [np.argmin(mean)]]
    near = behind.mean(0) <= behind.std(0, ddof=1) / len(behind) ** 0.5

    def order(i: int) -> tuple[float, ...]:
        values = dict(zip(names, settings[i], strict=True))
        damping = values.get("damping", values.get("head_damping", 0))
        return values.get("learning_rate", 0), -damping, mean[i], i

    return mean, near, int(min(map(order, np.flatnonzero(near).tolist()))[-1])


def measure(family: Family, config: Mapping[str, Any], seed: int) -> np.ndarray:
    """The score of every setting."""
    setup = set_up(RunConfig(**config, seed=seed))
    problem = setup.problem(setup.train()[0].params)
    mapped = np.array(list(itertools.product(*family.grid.values()))).T
    hyper = {name: jnp.array(v) for name, v in zip(family.grid, mapped, strict=True)}

    def score(mapped: dict[str, Any], static: tuple[int, ...]) -> jax.Array:
        chosen = {**family.given, **dict(zip(family.fixed, static, strict=True)), **mapped}
        found = make_method("gauss_newton_replay", chosen)(problem, key=setup.key("unlearn"))
        return family.score(problem, found.params)

    return np.concatenate(
        [jax.vmap(partial(score, static=v))(hyper) for v in itertools.product(*family.fixed.values())]
    )


if __name__ == "__main__":
    main()
