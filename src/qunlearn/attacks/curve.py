"""One evaluation for every attack: scores of members and of non-members in, error rates out.

Nothing is folded: an AUC of 0.3 stays 0.3, since a model that avoids members is as recognisable as one that
favours them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qunlearn._errors import require
from qunlearn.metrics.binomial import LEVEL, clopper_pearson
from qunlearn.metrics.estimate import Scores

FALSE_POSITIVE_RATES = (0.01, 0.001)


@dataclass(frozen=True)
class Rate:
    """The true positive rate at a false positive rate of at most `at`, with exact binomial 95 % limits.

    `false_positives` of the non-members were in fact above the threshold. With fewer than 1 / `at`
    non-members that is none of them, and `fpr_high`, the upper limit of the false positive rate that was
    really shown, is above `at`. The limits of the rate take the threshold as given.
    """

    at: float
    value: float
    low: float
    high: float
    false_positives: int
    fpr_high: float


@dataclass(frozen=True)
class AttackResult:
    """How an attack does. `stderr` of the AUC is DeLong's, `low` and `high` the two-sided 95 % limits from
    it, cut at 0 and 1; both say nothing (width 0) where the scores separate the groups completely.

    `members_high` holds the true positive rates when large scores are taken for members, `members_low` when
    small ones are: what is left of a sample that was pushed away.
    """

    auc: float
    stderr: float | None
    low: float | None
    high: float | None
    members_high: tuple[Rate, ...]
    members_low: tuple[Rate, ...]
    n_members: int
    n_non_members: int


def evaluate_attack(members: Float[np.ndarray, " m"], non_members: Float[np.ndarray, " k"]) -> AttackResult:
    """AUC and true positive rates at 1 % and 0.1 % false positives of the scores of one model.

    Raises `InputError` when either group is empty or a score is NaN.
    """
    _check(members, non_members)
    scores = auc(members[None], non_members[None])
    m, k = len(members), len(non_members)
    value, stderr = float(scores.values[0]), delong(members, non_members)
    half = None if stderr is None else _quantile() * stderr
    return AttackResult(
        auc=value,
        stderr=stderr,
        low=None if half is None else max(0.0, value - half),
        high=None if half is None else min(1.0, value + half),
        members_high=tuple(rate_at(members, non_members, at) for at in FALSE_POSITIVE_RATES),
        members_low=tuple(rate_at(-members, -non_members, at) for at in FALSE_POSITIVE_RATES),
        n_members=m,
        n_non_members=k,
    )


def auc(members: Float[np.ndarray, "M m"], non_members: Float[np.ndarray, "M k"]) -> Scores:
    """P(member's score > non-member's) + ½ P(equal) of M models; `influence` is over members, then
    non-members."""
    inside, outside = _placements(members, non_members)
    values = inside.mean(axis=1)
    # the derivative of a mean over m members is (placement − mean) / m, and so for the non-members
    influence = [
        (inside - values[:, None]) / inside.shape[1],
        (outside - values[:, None]) / outside.shape[1],
    ]
    return Scores(values, np.concatenate(influence, axis=1))


def delong(members: Float[np.ndarray, " m"], non_members: Float[np.ndarray, " k"]) -> float | None:
    """DeLong's standard error of the AUC; None with a single member or non-member.

    √(S_members / m + S_non-members / k) with the sample variances of each sample's placement among the other
    group. E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Biometrics 44 (1988) 837.
    """
    if min(len(members), len(non_members)) < 2:
        return None
    inside, outside = _placements(members[None], non_members[None])
    return float(np.sqrt(sum(part.var(ddof=1) / part.size for part in (inside, outside))))


def _placements(members: np.ndarray, non_members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The fraction of non-members below each member, and of members above each non-member; equal ones count
    half."""
    inside = np.stack([_below(*pair) for pair in zip(members, non_members, strict=True)])
    outside = np.stack([1 - _below(*pair) for pair in zip(non_members, members, strict=True)])
    return inside, outside


def _below(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The fraction of `others` below each score, equal ones by half."""
    order = np.sort(others)
    # left counts those below, right those below or equal: their mean counts equal ones by half
    twice = np.searchsorted(order, scores, "left") + np.searchsorted(order, scores, "right")
    return twice / (2 * len(others))


def rate_at(members: Float[np.ndarray, " m"], non_members: Float[np.ndarray, " k"], at: float) -> Rate:
    """The true positive rate above the lowest threshold with a false positive rate of at most `at`.

    Thresholds are scores of non-members; nothing is interpolated.
    """
    k = len(non_members)
    # ⌊at · k⌋ non-members may lie above: the threshold is the next one; 1e-9 for 0.01 · 100 < 1 in floats
    threshold = np.sort(non_members)[k - 1 - int(np.floor(at * k + 1e-9))]
    hits, false = int((members > threshold).sum()), int((non_members > threshold).sum())
    low, high = clopper_pearson(hits, len(members))
    return Rate(at, hits / len(members), float(low), float(high), false, float(clopper_pearson(false, k)[1]))


def roc(
    members: Float[np.ndarray, " m"], non_members: Float[np.ndarray, " k"]
) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, " t"]]:
    """False and true positive rates at every threshold, from (0, 0) to (1, 1), for drawing."""
    _check(members, non_members)
    cuts = np.unique(np.concatenate([members, non_members]))[::-1]
    rates = [
        np.searchsorted(np.sort(-group), -cuts, side="right") / len(group) for group in (non_members, members)
    ]
    return np.append(0.0, rates[0]), np.append(0.0, rates[1])


def _check(members: np.ndarray, non_members: np.ndarray) -> None:
    for name, scores in (("members", members), ("non_members", non_members)):
        require(len(scores) > 0, f"an attack needs at least one score in `{name}`, but there is none")
        require(not np.isnan(scores).any(), f"scores in `{name}` must not be NaN")


def _quantile() -> float:
    from scipy.special import ndtri  # scipy.stats takes much longer to import

    return float(ndtri((1 + LEVEL) / 2))
