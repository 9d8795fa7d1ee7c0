"""How well thresholds tell unlearned models from gold models, sample by sample: ε̂ and forgetting quality.

An attacker sees one number of a model, its log-odds of one sample's true label, and says "unlearned" beyond a
threshold. With false positive rate FPR (gold taken for unlearned) and false negative rate FNR,
(ε, δ)-indistinguishability demands FPR + e^ε FNR >= 1 − δ and FNR + e^ε FPR >= 1 − δ, so

    ε̂ = max over thresholds of max(ln((1 − δ − FPR) / FNR), ln((1 − δ − FNR) / FPR), 0).

arXiv:2406.09073, with its rules: δ = 0.01, and a threshold at which one rate is 0 and the other is
not says nothing. Ours: thresholds are taken from both sides (a model that avoids a sample is as recognisable
as one that knows it), and where both rates are 0 each counts as half a model, so that ε̂ stays finite.
Thresholds are the only attack.

Even perfectly unlearned models score above 0, because the threshold is the best of many on few models: read
ε̂ and the quality beside their null, never alone.
"""

import numpy as np
from jaxtyping import Bool, Float

from qunlearn.metrics.binomial import clopper_pearson

DELTA = 0.01
BIN_WIDTH, BINS = 0.5, 13


def epsilon_hat(
    scores: Float[np.ndarray, "N n"], unlearned: Bool[np.ndarray, "B N"]
) -> Float[np.ndarray, "B n"]:
    """ε̂ of every sample from the scores of N models, for B ways of saying which of them are unlearned."""
    order = np.argsort(-scores, axis=0, kind="stable")  # (N, n): models by falling score
    result = np.empty((len(unlearned), scores.shape[1]))  # (B, n)
    for i in range(scores.shape[1]):
        descending = scores[order[:, i], i]  # (N,)
        is_cut = np.append(descending[1:] != descending[:-1], True)  # (N,): a threshold splits no ties
        above = np.cumsum(unlearned[:, order[:, i]], axis=1)[:, is_cut]  # (B, cuts): unlearned models above
        gold_above = (np.flatnonzero(is_cut) + 1) - above  # (B, cuts): k + 1 models are above cut k
        result[:, i] = _largest(above, gold_above, unlearned.sum(axis=1)[:, None])
    return result


def _largest(above: np.ndarray, gold_above: np.ndarray, n_unlearned: np.ndarray) -> np.ndarray:
    """The largest ε over cuts (B, cuts), "unlearned" being said above the cut or else below it."""
    n_gold = above[:, -1:] + gold_above[:, -1:] - n_unlearned  # (B, 1): the last cut has all N above it
    up = _epsilon_of_counts(gold_above, n_unlearned - above, n_gold, n_unlearned)
    down = _epsilon_of_counts(n_gold - gold_above, above, n_gold, n_unlearned)
    return np.maximum(up, down).max(axis=1)  # (B,)


def _epsilon_of_counts(
    false_positives: np.ndarray, false_negatives: np.ndarray, n_gold: np.ndarray, n_unlearned: np.ndarray
) -> np.ndarray:
    perfect = (false_positives == 0) & (false_negatives == 0)  # (B, cuts), as all below
    telling = perfect | ((false_positives > 0) & (false_negatives > 0))
    fpr = np.where(perfect, 0.5, false_positives) / n_gold
    fnr = np.where(perfect, 0.5, false_negatives) / n_unlearned
    return np.where(telling, epsilon_of_rates(fpr, fnr), 0.0)


def epsilon_of_rates(fpr: Float[np.ndarray, "*n"], fnr: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """max(ln((1 − δ − FPR) / FNR), ln((1 − δ − FNR) / FPR), 0); infinite where a rate is 0 and helps."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # the two demands solved for e^ε; 0 / 0 says nothing and becomes 0, x / 0 stays infinite
        first = np.maximum(1 - DELTA - fpr, 0) / fnr
        second = np.maximum(1 - DELTA - fnr, 0) / fpr
        best = np.log(np.maximum(np.nan_to_num(first, posinf=np.inf), np.nan_to_num(second, posinf=np.inf)))
    return np.maximum(best, 0)


def quality(epsilon: Float[np.ndarray, "B n"]) -> Float[np.ndarray, "B n"]:
    """Forgetting quality: 2 / 2^b, b = 1, ..., 13 the bin of width 0.5 that ε̂ lies in; 1 for ε̂ < 0.5."""
    return 2.0 / 2.0 ** np.digitize(epsilon, np.arange(BINS) * BIN_WIDTH)


def epsilon_limits(
    scores: Float[np.ndarray, "N n"], unlearned: Bool[np.ndarray, " N"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Lower and upper limit of ε of one threshold per sample, chosen on one half of the models and counted on
    the other, so that the choice does not count as evidence.

    The rates have Clopper–Pearson limits with 2.5 % in each tail. The lower limit holds for the pair of
    procedures with 95 % confidence; the upper one is about this threshold only, no bound over all attacks,
    and is infinite where a rate of 0 cannot be excluded. At 64 + 64 models the lower limit is at most 2.1.
    """
    members, others = np.flatnonzero(unlearned), np.flatnonzero(~unlearned)
    chosen = np.concatenate([members[::2], others[::2]])
    counted_u, counted_g = members[1::2], others[1::2]
    best = [_best_cut(column, unlearned[chosen]) for column in scores[chosen].T]
    cuts, is_up = np.array([cut for cut, _ in best]), np.array([up for _, up in best])
    # misses of one half's thresholds, counted on the other half: (n,) each
    fnr_low, fnr_high = clopper_pearson(((scores[counted_u] > cuts) != is_up).sum(axis=0), len(counted_u))
    fpr_low, fpr_high = clopper_pearson(((scores[counted_g] > cuts) == is_up).sum(axis=0), len(counted_g))
    return epsilon_of_rates(fpr_high, fnr_high), epsilon_of_rates(fpr_low, fnr_low)


def _best_cut(scores: np.ndarray, unlearned: np.ndarray) -> tuple[float, bool]:
    """The threshold of largest difference between the two rates, and whether "unlearned" is said above it.

    The largest difference rather than the largest ε̂, which would pick a threshold that few models cross.
    """
    cuts = np.unique(scores)  # (t,)
    tpr = (scores[unlearned] > cuts[:, None]).mean(axis=1)  # (t,), as fpr
    fpr = (scores[~unlearned] > cuts[:, None]).mean(axis=1)
    best = int(np.argmax(np.abs(tpr - fpr)))
    return float(cuts[best]), bool(tpr[best] >= fpr[best])
