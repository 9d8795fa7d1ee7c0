"""Attacks on models by role: forgotten or retained samples, or the most exposed ones, against unseen ones."""

import numpy as np
from jaxtyping import Bool, Float

from qunlearn._errors import require, require_one_of
from qunlearn.attacks.attack import References
from qunlearn.attacks.curve import AttackResult, evaluate_attack
from qunlearn.attacks.lira import normal_of
from qunlearn.attacks.membership import ATTACKS, TARGETS
from qunlearn.metrics.log_odds import log_odds
from qunlearn.metrics.roles import RolePredictions


def attack_models(
    predictions: RolePredictions,
    role: str,
    *,
    references: References | None = None,
    rows: Bool[np.ndarray, " n"] | None = None,
) -> dict[str, list[AttackResult]]:
    """Every attack on every model: an `AttackResult` for each of the M models, by attack.

    Members are the samples of `role` ("forget" or "retain"), only those in `rows` (n,) where given
    (canaries, or `vulnerable` samples); non-members are unseen samples as `RolePredictions.non_members` has
    them, never retained ones. Attacks with reference models run where `references` are given. Raises
    `InputError` when no sample is left, and `Undefined` when there are no non-members.
    """
    scores = attack_scores(predictions, role, references=references, rows=rows)
    return {id: list(map(evaluate_attack, *both)) for id, both in scores.items()}


def attack_scores(
    predictions: RolePredictions,
    role: str,
    *,
    references: References | None = None,
    rows: Bool[np.ndarray, " n"] | None = None,
) -> dict[str, tuple[Float[np.ndarray, "M m"], Float[np.ndarray, "M k"]]]:
    """The scores of members (M, m) and of non-members (M, k) by attack; arguments and errors as above."""
    require_one_of("role", role, TARGETS)
    members, others = predictions.having(role), predictions.non_members(role)
    if rows is not None:
        members = members & rows
        require(members.any(), f"`rows` must mark at least one {role} sample")
    found = {}
    for id, attack in ATTACKS.items():
        if attack.needs == "predictions":
            scores = attack.function(predictions.p, predictions.y)
        elif references is not None:
            scores = attack.function(predictions.p, predictions.y, references)
        else:
            continue
        found[id] = scores[:, members], scores[:, others]
    return found


def vulnerable(
    references: References, y: np.ndarray, candidates: Bool[np.ndarray, " n"], fraction: float = 0.1
) -> Bool[np.ndarray, " n"]:
    """The `fraction` of `candidates` (n,) whose membership changes a model most, at least one of them.

    The measure is `exposure`. It looks at reference models only, so choosing by it does not favour any
    outcome of the audit. Raises `InputError` for a fraction outside (0, 1].
    """
    require(0 < fraction <= 1, f"`fraction` must be in (0, 1], but is {fraction}")
    require(candidates.any(), "`candidates` must mark at least one sample")
    measure = np.where(candidates, exposure(references, y), -np.inf)
    count = max(1, round(fraction * candidates.sum()))
    chosen = np.zeros(len(candidates), dtype=bool)
    chosen[np.argsort(-measure, kind="stable")[:count]] = True
    return chosen


def exposure(references: References, y: np.ndarray) -> Float[np.ndarray, " n"]:
    """|mean_in − mean_out| / √((sd_in² + sd_out²) / 2) of each sample's log-odds over reference models."""
    scores = log_odds(references.p, y)
    seen, unseen = normal_of(scores, references.member), normal_of(scores, ~references.member)
    return np.abs(seen.mean - unseen.mean) / np.sqrt((seen.sd**2 + unseen.sd**2) / 2)
