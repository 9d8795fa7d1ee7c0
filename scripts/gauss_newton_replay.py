"""What `gauss_newton_replay` reaches, which parts matter, closeness against cost: measured, and the page.

    python scripts/gauss_newton_replay.py measure [--datasets iris ...] [--seeds 20] [--gold 16] [--out FILE]
    python scripts/gauss_newton_replay.py page    # docs/gauss-newton-replay.md from the record

Every seed has its own split, original, gold models and unlearning key. Seeds are 0, 1, ..., none of which
chose a hyper-parameter (`scripts/choose_gauss_newton_replay.py` takes those from 1000 on).
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn import __version__
from qunlearn.methods import METHODS
from qunlearn.methods.base.method import Scalar, method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.gauss_newton_replay import GaussNewtonReplay
from qunlearn.metrics import Predictions
from qunlearn.model.probabilities import predict
from qunlearn.run.config import RunConfig
from qunlearn.run.problem_and_gold import problem_and_gold
from qunlearn.run.setup import Setup
from qunlearn.study.compare.measures import among_gold, measured

ROOT = Path(__file__).resolve().parent.parent
# records keep the name that the method had when they were made
RECORD, PAGE = ROOT / "docs/results/gold-matched.json", ROOT / "docs/gauss-newton-replay.md"
CHOICE = ROOT / "docs/results/gold-matched-choice.json"
FORGOTTEN = {"covertype": "7", "iris": "2", "wine": "2", "digits": "7"}
METRICS = (
    "kl_gold_mean",
    "forget_probability_forget",
    "forget_probability_retain",
    "retain_accuracy",
    "forget_recall",
)


@method
class FromOriginal(GaussNewtonReplay):
    """The same steps from `keep` · θ₀ + fresh parameters; keep = 1 is θ₀ itself."""

    keep: Scalar = 1.0

    def begin(self, problem: Problem, key: Any) -> jax.Array:
        fresh, original = problem.model.init(key), jnp.asarray(problem.params)
        return jnp.where(self.keep == 1, original, self.keep * original + fresh)


def _retrain(batch: int, problem: Problem, key: Any) -> Unlearned:
    """Training's own recipe on mini-batches of `batch` rows, validated at every fifth step."""
    cheaper = replace(problem, training=replace(problem.training, batch=batch, val_every=5))
    return METHODS["retrain"]()(cheaper, key=key)


def _with(kind: type, **hyper: Any) -> Callable[[Problem, Any], Unlearned]:
    return lambda problem, key: kind(**hyper)(problem, key=key)


def _exchanged() -> dict[str, Any]:
    """What a model with a head has by default where there is none, and the other way round."""
    usual, names = GaussNewtonReplay(), ("damping", "reach", "window", "refresh", "taught")
    here = {name: getattr(usual, f"head_{name}") for name in names}
    return {**here, **{f"head_{name}": getattr(usual, name) for name in names}}


FRONT: Mapping[str, Callable[[Problem, Any], Unlearned]] = {
    "gauss_newton_replay": _with(GaussNewtonReplay),
    "gauss_newton_replay, 2/5": _with(GaussNewtonReplay, steps=600),
    "gauss_newton_replay, 1/10": _with(GaussNewtonReplay, steps=150),
    "gauss_newton_replay, 1/20": _with(GaussNewtonReplay, steps=75),
    "Adam from fresh parameters (retraining with 2 rows a step)": partial(_retrain, 2),
    "Adam from fresh parameters, 1/10 (1 row a step)": partial(_retrain, 1),
    "Adam from θ₀ (finetune, 2 rows a step)": _with(METHODS["finetune"], steps=300, batch=2),
    "the paper's objective (distribution_guided)": _with(METHODS["distribution_guided"]),
}
ABLATIONS: Mapping[str, Callable[[Problem, Any], Unlearned]] = {
    "without replay: only the rows of the step": _with(
        GaussNewtonReplay, window=2, head_window=2, head_refresh=0
    ),
    "replay whatever the distance": _with(GaussNewtonReplay, reach=1e3, head_reach=1e3),
    "rows measured again every 5 steps; with a head never": _with(
        GaussNewtonReplay, refresh=5, head_refresh=0
    ),
    "without refitting the head to all samples": _with(GaussNewtonReplay, head_prior=1e9),
    "the memory of the other kind of model": _with(GaussNewtonReplay, **_exchanged()),
    "from θ₀": _with(FromOriginal),
    "from half of θ₀ + fresh parameters": _with(FromOriginal, keep=0.5),
    "distillation weight 1/2; with a head 0": _with(GaussNewtonReplay, taught=0.5, head_taught=0.0),
    "from half of θ₀, distillation weight 1/2": _with(FromOriginal, keep=0.5, taught=0.5),
}
VARIANTS = {**FRONT, **ABLATIONS}


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("page")
    wanted = commands.add_parser("measure")
    wanted.add_argument("--datasets", nargs="+", default=list(FORGOTTEN), choices=list(FORGOTTEN))
    wanted.add_argument("--seeds", type=int, default=20)
    wanted.add_argument("--gold", type=int, default=16)
    wanted.add_argument("--out", type=Path, default=RECORD)
    options = parser.parse_args()
    if options.command == "measure":
        record(options.datasets, options.seeds, options.gold, options.out)
    else:
        from gauss_newton_replay_page import current, document

        recorded, choice = (current(p.read_text(encoding="utf-8")) for p in (RECORD, CHOICE))
        PAGE.write_text(document(recorded, choice), encoding="utf-8")


def record(datasets: list[str], seeds: int, gold: int, out: Path) -> None:
    """Measure data set by data set; those that are not asked for stay in the record as they are."""
    from gauss_newton_replay_page import current

    known = current(out.read_text(encoding="utf-8")) if out.is_file() else {"cells": {}}
    for dataset in datasets:
        known["cells"][dataset] = [cell(dataset, seed, gold) for seed in range(seeds)]
        known["settings"] = {"gold": gold, "version": __version__, "forgotten": FORGOTTEN}
        known["tables"] = {"front": list(FRONT), "ablations": list(ABLATIONS)}
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def cell(dataset: str, seed: int, gold: int) -> dict[str, Any]:
    """Every variant on one seed: its metrics on test samples, and its circuits over those of retraining."""
    start = problem_and_gold(RunConfig(dataset, seed=seed, forget_class=FORGOTTEN[dataset]), gold)
    setup, trained, problem, ensemble = start.setup, start.original, start.problem, start.gold
    found = {name: of(problem, setup.key("unlearn")) for name, of in VARIANTS.items()}
    params = np.stack([trained.params, *(np.asarray(u.params) for u in found.values())])
    retraining = ensemble.cost.circuits(setup.model)
    costs = [0.0, *(u.cost.circuits(setup.model) / retraining for u in found.values())]
    models, reference = predictions(setup, params), predictions(setup, ensemble.params)
    values = {metric: measured(models, reference, metric) for metric in METRICS}
    rows = {
        name: {**{m: _round(values[m][i]) for m in METRICS}, "cost": round(costs[i], 4)}
        for i, name in enumerate(["original", *found])
    }
    rows["gold"] = {**{m: _round(among_gold(reference, m)) for m in METRICS}, "cost": 1.0}
    print(
        dataset,
        seed,
        {k: v["kl_gold_mean"] for k, v in rows.items() if k in ("gold", "gauss_newton_replay")},
        flush=True,
    )
    return rows


def predictions(setup: Setup, params: np.ndarray) -> Predictions:
    """Of models (M, P) on the test samples."""
    test, c = setup.samples("test"), setup.forget.forget_index
    return Predictions(predict(setup.model, params, test.x), test.y, test.y == c, c)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


if __name__ == "__main__":
    main()
