"""KLoM: the divergence between how sure gold models and unlearned models are of a sample."""

import numpy as np
from jaxtyping import Bool, Float

BINS = 20
LEAST = 1e-5


def klom(scores: Float[np.ndarray, "N n"], unlearned: Bool[np.ndarray, "B N"]) -> Float[np.ndarray, "B n"]:
    """KL(gold‖unlearned) in nats between histograms of the models' log-odds of a sample's true label.

    `scores` (N, n) of all models, `unlearned` (B, N): B ways of saying which of them are unlearned. 20 bins
    of equal width span the scores of a sample; a bin that no unlearned model is in counts as 1e-5, which
    makes ln(1e5) = 11.5 the largest value. arXiv:2410.23232. Never below 0 beyond that rounding; a finite
    number of models scores above 0 even where both are drawn alike, so it has a null.
    """
    low, high = scores.min(axis=0), scores.max(axis=0)  # (n,) each
    width = np.where(high > low, high - low, 1.0)  # all scores equal: one bin, whatever its width
    bins = np.minimum((scores - low) / width * BINS, BINS - 1).astype(int)  # (N, n); `high` is in the last
    one_hot = (bins[:, :, None] == np.arange(BINS)).reshape(len(scores), -1).astype(float)  # (N, n · 20)
    shape = (len(unlearned), scores.shape[1], BINS)  # (B, n, 20)
    # shares of models in each bin, for all B at once: mask (B, N) @ one_hot (N, n · 20) counts them
    gold = ((~unlearned).astype(float) @ one_hot / (~unlearned).sum(axis=1, keepdims=True)).reshape(shape)
    other = (unlearned.astype(float) @ one_hot / unlearned.sum(axis=1, keepdims=True)).reshape(shape)
    ratio = np.where(gold > 0, gold, 1.0) / np.maximum(other, LEAST)  # 0 ln 0 = 0
    return np.maximum((gold * np.log(ratio)).sum(axis=2), 0)  # (B, n)
