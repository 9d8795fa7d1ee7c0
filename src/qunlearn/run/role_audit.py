"""The deeper part of an audit: verdict, membership attacks, quantum states, ensembles of unlearned models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import jax
import numpy as np

from qunlearn.attacks import References, evaluate_attack, roc
from qunlearn.attacks.curve import auc
from qunlearn.attacks.exposure import attack_scores
from qunlearn.attacks.membership import TARGETS
from qunlearn.audit.plan import Plan, default_plan
from qunlearn.audit.prediction_rows import WITH_ROLES, ensemble_rows, rows_of
from qunlearn.audit.quantum import MOST_QUBITS, QuantumAudit, quantum_audit
from qunlearn.audit.verdict import Verdict, decide
from qunlearn.data.requests import Evaluation
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.roles import RolePredictions
from qunlearn.model import VQC
from qunlearn.model.probabilities import predict
from qunlearn.records import Row
from qunlearn.run.audit_samples import RoleSamples, role_samples
from qunlearn.run.config import RunConfig
from qunlearn.run.levels import LEVELS, Level
from qunlearn.run.setup import Setup, key_of

UNTRAINED = 8
"""Models at random initialisation, for `zrf`."""

MOST_ATTACKED = 64
"""Gold models that are attacked, to have the attack's null."""

GRID = np.concatenate([[0.0], np.geomspace(1e-3, 1, 40)])
"""False positive rates at which ROC curves are kept."""


@dataclass(frozen=True, eq=False)
class RoleAudit:
    """What the level asked for.

    `p` holds probabilities on `rows`: original, unlearned (n, K), gold (G, n, K), and where there is an
    `ensemble` (U, P) of unlearned models `unlearned_models` (U, n, K).
    """

    rows: RoleSamples
    p: dict[str, np.ndarray]
    plan: Plan
    verdict: Verdict
    ensemble: np.ndarray | None
    references: References | None
    lines: list[Row]
    attacks: dict[str, Any] | None
    quantum: QuantumAudit | None

    def files(self) -> dict[str, Any]:
        """The content of `verdict.json` (with the plan that it was made by), and of `attacks.json` and
        `quantum.json` where the audit went so deep.
        """
        every = {
            "verdict.json": {**self.verdict.to_dict(), "plan": self.plan.to_dict()},
            "attacks.json": self.attacks,
            "quantum.json": None if self.quantum is None else self.quantum.to_dict(),
        }
        return {name: content for name, content in every.items() if content is not None}


@dataclass(frozen=True, eq=False)
class Judged:
    """What a role audit looks at: of a run that goes on, or out of the evidence that one left.

    `samples` have roles; `evaluation` are those on which states are compared.
    """

    config: RunConfig
    model: VQC
    samples: RoleSamples
    evaluation: Evaluation


def judged_by(setup: Setup) -> Judged:
    """What the audit of a run looks at."""
    return Judged(setup.config, setup.model, role_samples(setup.forget), setup.forget.evaluation)


def audit_roles(
    judged: Judged,
    params: Mapping[str, np.ndarray],
    ensemble: np.ndarray | None = None,
    references: References | None = None,
) -> RoleAudit:
    """Judge original (P,), unlearned (P,) and gold (G, P) `params` as the configuration's level asks.

    ensemble (U, P): unlearned models of other seeds. The plan is made from labels and roles before any
    prediction is.
    """
    config, model, rows = judged.config, judged.model, judged.samples
    level = LEVELS[config.audit]
    seeds = {name: config.seed_of(name) for name in ("train", "unlearn", "gold")}
    plan = default_plan(rows.y, rows.roles, gold=len(params["gold"]), unlearned=1, seeds=seeds)
    p = {name: predict(model, value, rows.x) for name, value in params.items()}
    if ensemble is not None:
        p["unlearned_models"] = predict(model, ensemble, rows.x)
    untrained = predict(model, _untrained(judged), rows.x)
    views = {name: RolePredictions(value, rows.y, rows.roles, untrained) for name, value in p.items()}
    lines = [*rows_of("roles", WITH_ROLES, views["original"], views["unlearned"], views["gold"])]
    if ensemble is not None:
        lines += ensemble_rows(views["unlearned_models"], views["gold"], config.seed_of("gold"))
    quantum = _quantum(judged, params, level)
    return RoleAudit(
        rows,
        p,
        plan,
        decide(plan, views["unlearned"], views["gold"]),
        ensemble,
        references,
        lines + (quantum.rows if quantum else []),
        _attacks(views, references) if level.deep else None,
        quantum,
    )


def _untrained(judged: Judged) -> np.ndarray:
    keys = jax.random.split(jax.random.fold_in(key_of(judged.config, "gold"), 1 << 20), UNTRAINED)
    return np.asarray(jax.vmap(judged.model.init)(keys))


def _quantum(judged: Judged, params: Mapping[str, np.ndarray], level: Level) -> QuantumAudit | None:
    if not level.deep or judged.model.n_qubits > MOST_QUBITS or len(params["gold"]) < 3:
        return None
    return quantum_audit(judged.model, params, judged.evaluation.x, judged.evaluation.forget)


def _attacks(views: Mapping[str, RolePredictions], references: References | None) -> dict[str, Any]:
    """Every attack on forgotten and on retained samples: results, the gold models' AUCs, and ROC curves."""
    gold = views["gold"]
    few = RolePredictions(gold.p[:MOST_ATTACKED], gold.y, gold.roles)
    models = {"original": views["original"], "unlearned": views["unlearned"], "gold": few}
    found: dict[str, Any] = {"false_positive_rates": GRID.tolist()}
    for role in TARGETS:
        try:
            scores = {name: attack_scores(p, role, references=references) for name, p in models.items()}
        except Undefined as reason:
            found[role] = {"reason": str(reason)}
        else:
            found[role] = {id: _attack({name: scores[name][id] for name in models}) for id in scores["gold"]}
    return found


def _attack(scores: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """One attack by its scores of members (M, m) and non-members (M, k) for each kind of model."""
    original, unlearned = (evaluate_attack(*(s[0] for s in scores[m])) for m in ("original", "unlearned"))
    values = auc(*scores["gold"]).values
    low, high = np.quantile(values, (0.025, 0.975))
    return {
        "original": asdict(original),
        "unlearned": asdict(unlearned),
        "gold": {"mean": float(values.mean()), "low": float(low), "high": float(high)},
        "roc": {name: _curves(*both) for name, both in scores.items()},
    }


def _curves(members: np.ndarray, others: np.ndarray) -> dict[str, list[float]]:
    """True positive rates at `GRID`: of one model, or the middle 95 % of many and their median."""
    rates = np.stack([_at_grid(*roc(one, other)) for one, other in zip(members, others, strict=True)])
    if len(rates) == 1:
        return {"rate": rates[0].tolist()}
    low, middle, high = np.quantile(rates, (0.025, 0.5, 0.975), axis=0)
    return {"rate": middle.tolist(), "low": low.tolist(), "high": high.tolist()}


def _at_grid(false: np.ndarray, true: np.ndarray) -> np.ndarray:
    """The largest true positive rate at a false positive rate of at most each of `GRID`."""
    return true[np.searchsorted(false, GRID + 1e-12, side="right") - 1]
