"""Simulate audits and write how often each verdict is given: docs/results/verdict.json and docs/verdict.md.

    python scripts/verdict_characteristics.py            # the page from the record
    python scripts/verdict_characteristics.py --record   # simulate anew first: ten minutes on one core
    python scripts/verdict_characteristics.py --record main circuits   # only these sections
    python scripts/verdict_characteristics.py --check    # exit 1 where the page is out of date

Every simulated audit draws fresh data and trains its own models: random tanh features with a least-squares
read-out, whose training seed is the draw of the features. Training takes a millisecond, so that hundreds of
audits with 64 gold models each are retrained for real. Two tables of circuits are measured beside them.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn._markdown import table
from qunlearn.audit.criteria import measure
from qunlearn.audit.equivalence import Measured
from qunlearn.audit.plan import Criterion, Plan, default_plan
from qunlearn.audit.verdict import VERDICTS, Verdict, decide, decide_measured
from qunlearn.metrics import RolePredictions
from qunlearn.metrics.estimate import Undefined
from qunlearn.records import write_json

ROOT = Path(__file__).resolve().parent.parent
RECORD, PAGE = ROOT / "docs/results/verdict.json", ROOT / "docs/verdict.md"
CLASSES, ROWS, WIDTH, RIDGE, SHARPNESS = 3, 40, 24, 0.3, 5.0


class World:
    """One data set: three overlapping normal classes, a third of the rows unseen by any model."""

    def __init__(self, seed: int, request: str) -> None:
        rng = np.random.default_rng(seed)
        n = CLASSES * ROWS
        self.y = np.arange(n) % CLASSES
        centres = rng.normal(0, 1.6, (CLASSES, 4))
        self.x = centres[self.y] + rng.normal(size=(n, 4))
        unseen = np.arange(n) >= 2 * n // 3
        wanted = self.y == 0 if request == "class" else np.arange(n) % 10 == 0
        self.roles = np.where(unseen, "test", np.where(wanted, "forget", "retain"))
        self.seed = seed

    def models(
        self, count: int, first: int, *, on: tuple[str, ...] = ("retain",), swap: float = 0.0
    ) -> np.ndarray:
        """Probabilities (count, n, K) of models trained from seeds `first`, ... on the rows of these roles;
        `swap` is the fraction of forget samples added to them."""
        rows = np.isin(self.roles, on)
        if swap:
            forget = np.flatnonzero(self.roles == "forget")
            rows[forget[: round(swap * len(forget))]] = True
        return np.stack([self._trained(first + i, rows) for i in range(count)])

    def _trained(self, seed: int, rows: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng([self.seed, seed])
        hidden = np.tanh(self.x @ rng.normal(0, 0.7, (4, WIDTH)) + rng.uniform(-1, 1, WIDTH))
        hidden = np.column_stack([hidden, np.ones(len(hidden))])
        gram = hidden[rows].T @ hidden[rows] + RIDGE * np.eye(WIDTH + 1)
        weights = np.linalg.solve(gram, hidden[rows].T @ np.eye(CLASSES)[self.y[rows]])
        logits = SHARPNESS * (hidden @ weights)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)


def retrain(world: World, count: int) -> np.ndarray:
    """The right answer: trained without the data, from other seeds."""
    return world.models(count, 10_000)


def nothing(world: World, count: int) -> np.ndarray:
    """The original model, unchanged."""
    return world.models(count, 20_000, on=("retain", "forget"))


def half(world: World, count: int) -> np.ndarray:
    """Retrained with half of the forget samples still there."""
    return world.models(count, 30_000, swap=0.5)


def blend(world: World, count: int) -> np.ndarray:
    """Nine parts retrained, one part original."""
    return 0.9 * retrain(world, count) + 0.1 * nothing(world, count)


def silence(world: World, count: int) -> np.ndarray:
    """The original with the forgotten class (or each forgotten sample's label) driven to 1 % of its odds."""
    p = nothing(world, count)
    forget = world.roles == "forget"
    whole = len(np.unique(world.y[forget])) == 1
    hit = np.zeros(p.shape[1:], dtype=bool)
    hit[:, 0] = True
    if not whole:
        hit = forget[:, None] & (np.arange(CLASSES) == world.y[:, None])
    p = np.where(hit, 0.01 * p, p)
    return p / p.sum(axis=2, keepdims=True)


def average(world: World, count: int) -> np.ndarray:
    """The mean of 20 retrained models: central, but no draw from them."""
    return np.stack([world.models(20, 40_000 + 20 * i).mean(axis=0) for i in range(count)])


CANDIDATES = {f.__name__: f for f in (retrain, nothing, half, blend, silence, average)}


def audit(seed: int, request: str, candidate: str, gold: int, unlearned: int) -> Verdict:
    """One simulated audit by the default plan."""
    world = World(seed, request)
    plan = default_plan(world.y, world.roles, gold=gold, unlearned=unlearned)
    models = RolePredictions(CANDIDATES[candidate](world, unlearned), world.y, world.roles)
    return decide(plan, models, RolePredictions(world.models(gold, 0), world.y, world.roles))


def simulate(audits: int, request: str, candidate: str, gold: int = 64, unlearned: int = 1) -> dict[str, Any]:
    """How often each verdict is given in `audits` audits, each with its own data and models."""
    found = [audit(seed, request, candidate, gold, unlearned) for seed in range(audits)]
    setting = {"request": request, "candidate": candidate, "gold": gold, "unlearned": unlearned}
    return {**setting, **counted(found)}


def counted(found: Sequence[Verdict]) -> dict[str, Any]:
    """Counts of verdicts and alarms, and the median of further gold models asked for."""
    more = [v.more_gold_needed for v in found if v.more_gold_needed]
    return {
        "audits": len(found),
        **{word: sum(v.verdict == word for v in found) for word in VERDICTS},
        "over_forgetting": sum(bool(v.over_forgetting) for v in found),
        "median_more_gold": float(np.median(more)) if more else None,
    }


DISTRIBUTIONS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "Student t, 5 degrees of freedom": lambda rng, size: rng.standard_t(5, size) / np.sqrt(5 / 3),
    "chi-square, 3 degrees of freedom": lambda rng, size: (rng.chisquare(3, size) - 3) / np.sqrt(6),
    "uniform": lambda rng, size: rng.uniform(-1, 1, size) * np.sqrt(3),
}


def at_the_margin(
    name: str, gold: int, side: int, audits: int = 1000, multiple: float = 4.0
) -> dict[str, Any]:
    """A model that lies exactly on the true margin: there a wrong PASS is likeliest."""
    plan = Plan((Criterion("accuracy", "unseen", multiple, 1e-9),), gold)
    rng = np.random.default_rng(7)
    passes = 0
    for _ in range(audits):
        values = np.append(side * multiple, DISTRIBUTIONS[name](rng, gold))
        passes += decide_measured(plan, [Measured(values, multiple, 1e-9)]).verdict == "PASS"
    return {"distribution": name, "gold": gold, "side": side, "audits": audits, "PASS": passes}


def circuits(dataset: str, models: int = 192, gold: int = 64) -> list[dict[str, Any]]:
    """The seed paper's circuit: every one of `models` retrained circuits in the place of the unlearned one
    against `gold` of the others, and the original model against as many draws of gold."""
    from qunlearn import gold_ensemble
    from qunlearn.model.probabilities import probabilities
    from qunlearn.run.config import from_dict
    from qunlearn.run.setup import set_up
    from qunlearn.train import fit

    setup = set_up(from_dict({"dataset": dataset}))
    train, test = setup.samples("train"), setup.samples("test")
    params = fit(
        setup.model, train, setup.samples("val"), key=setup.key("train"), training=setup.config.training
    ).params
    ensemble = gold_ensemble(setup.problem(params), size=models, key=setup.key("gold")).params
    x, y = np.concatenate([train.x, test.x]), np.concatenate([train.y, test.y])
    roles = np.where(
        np.arange(len(y)) >= len(train.y), "test", np.where(y == setup.forget_index, "forget", "retain")
    )
    p = np.stack([np.asarray(probabilities(setup.model, one, x)) for one in [params, *ensemble]])
    everyone = RolePredictions(p, y, roles)
    plan = default_plan(y, roles, gold=gold)
    measured = [measure(criterion, everyone) for criterion in plan.criteria]

    def judged(model: int, draw: int) -> Verdict:
        others = np.delete(np.arange(1, models + 1), model - 1 if model else [])
        chosen = np.random.default_rng(draw).choice(others, gold, replace=False)
        return decide_measured(plan, [_chosen(one, np.append(model, chosen)) for one in measured])

    retrained, original = ([judged(m * k, k) for k in range(1, models + 1)] for m in (1, 0))
    setting = {"dataset": dataset, "gold": gold, "models": models}
    return [
        {**setting, "candidate": "retrain", **counted(retrained)},
        {**setting, "candidate": "nothing", **counted(original)},
    ]


def _chosen(measured: Measured | Undefined, models: np.ndarray) -> Measured | Undefined:
    if isinstance(measured, Undefined):
        return measured
    grid = models if measured.values.ndim == 1 else np.ix_(models, models)
    return Measured(measured.values[grid], measured.sd_multiple, measured.min_margin)


def _main() -> list[dict[str, Any]]:
    audits = {"retrain": 400, "nothing": 400}
    return [simulate(audits.get(c, 100), r, c) for r in ("class", "instances") for c in CANDIDATES]


def _sizes() -> list[dict[str, Any]]:
    sizes = (8, 16, 24, 32, 128)
    return [simulate(200, "class", c, gold=gold) for c in ("retrain", "nothing") for gold in sizes]


def _several() -> list[dict[str, Any]]:
    requests, candidates = ("class", "instances"), ("retrain", "nothing")
    return [simulate(200, r, c, unlearned=8) for r in requests for c in candidates]


def _margin() -> list[dict[str, Any]]:
    return [
        at_the_margin(name, gold, side) for name in DISTRIBUTIONS for gold in (24, 64) for side in (1, -1)
    ]


def _circuits() -> list[dict[str, Any]]:
    return [row for dataset in ("iris", "covertype") for row in circuits(dataset)]


SECTIONS = {
    "main": _main,
    "sizes": _sizes,
    "several": _several,
    "margin": _margin,
    "circuits": _circuits,
}


def record(names: Sequence[str]) -> None:
    """Simulate these sections anew; each is kept as soon as it is there."""
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    for name in names or SECTIONS:
        known = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
        write_json(RECORD, {**known, name: SECTIONS[name]()})


def page(found: dict[str, Any]) -> str:
    """docs/verdict.md from the record."""
    text = (ROOT / "scripts/verdict.template.md").read_text(encoding="utf-8")
    tables = {
        "main": _table(found["main"], ("request", "candidate")),
        "sizes": _table(found["sizes"], ("candidate", "gold")),
        "several": _table(found["several"], ("request", "candidate")),
        "circuits": _table(found["circuits"], ("dataset", "candidate")),
        "margin": _margin_table(found["margin"]),
    }
    for name, shown in tables.items():
        text = text.replace(f"{{{{ {name} }}}}", shown)
    return text


def _table(rows: Sequence[dict[str, Any]], names: tuple[str, ...]) -> str:
    head = [*names, "audits", *VERDICTS, "over-forgetting alarm", "further gold asked for (median)"]
    lines = []
    for row in rows:
        n, more = row["audits"], row["median_more_gold"]
        shares = [f"{row[word] / n:.1%}" for word in (*VERDICTS, "over_forgetting")]
        lines.append([*(row[name] for name in names), n, *shares, "" if more is None else f"{more:.0f}"])
    return table(head, lines, left=None)


def _margin_table(rows: Sequence[dict[str, Any]]) -> str:
    head, lines = ["gold values", "gold models", "model lies", "audits", "PASS"], []
    for row in rows:
        side = "4 sd above" if row["side"] > 0 else "4 sd below"
        share = f"{row['PASS'] / row['audits']:.1%}"
        lines.append([row["distribution"], row["gold"], side, row["audits"], share])
    return table(head, lines, left=None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", nargs="*", choices=list(SECTIONS))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.record is not None:
        record(options.record)
    text = page(json.loads(RECORD.read_text(encoding="utf-8")))
    if options.check:
        stale = PAGE.read_text(encoding="utf-8") != text
        print(f"{PAGE.name} is out of date: run `python {Path(__file__).name}`" if stale else "up to date")
        sys.exit(int(stale))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
