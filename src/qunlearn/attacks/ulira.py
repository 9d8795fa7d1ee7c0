"""U-LiRA, sample by sample: can a likelihood ratio tell unlearned models from models that never saw it?"""

import numpy as np
from jaxtyping import Bool, Float

LEAST_VARIANCE = 1e-12


def ulira_accuracy(
    scores: Float[np.ndarray, "N n"], unlearned: Bool[np.ndarray, "B N"]
) -> Float[np.ndarray, "B n"]:
    """Balanced accuracy of the attack on each sample, for B ways of saying which models are unlearned.

    A model's log-odds of the sample is attributed to the likelier of two normal distributions, fitted to the
    unlearned and to the gold models without that model (leave-one-out), so that no model is judged by itself.
    0.5 is the target, but the expected value for equal distributions is a little below: read it beside its
    null. 1 means that every model is told apart. arXiv:2403.01218.
    """
    result = np.empty((len(unlearned), scores.shape[1]))
    for b, mask in enumerate(unlearned):
        ratio = ulira_scores(scores, mask)
        right = np.where(mask[:, None], ratio > 0, ratio < 0) + 0.5 * (ratio == 0)
        result[b] = (right[mask].mean(axis=0) + right[~mask].mean(axis=0)) / 2
    return result


def ulira_scores(
    scores: Float[np.ndarray, "N n"], unlearned: Bool[np.ndarray, " N"]
) -> Float[np.ndarray, "N n"]:
    """ln likelihood ratio, unlearned against gold, of every model for every sample, leave-one-out.

    At least three models are needed on each side.
    """
    centred = scores - scores.mean(axis=0)
    result = np.zeros(scores.shape)
    for group, sign in ((unlearned, 1.0), (~unlearned, -1.0)):
        inside, count = centred[group], group.sum()
        total, squares = inside.sum(axis=0), (inside**2).sum(axis=0)  # (n,) each
        own = group[:, None]  # (N, 1): a model leaves its own group's fit
        n = count - own  # (N, 1)
        mean = (
            total - own * centred
        ) / n  # (N, n), as the variance: Σ x² − n mean², centred against cancellation
        variance = (squares - own * centred**2 - n * mean**2) / (n - 1)
        variance = np.maximum(variance, LEAST_VARIANCE)
        result += sign * (-((centred - mean) ** 2) / variance - np.log(variance)) / 2
    return result
