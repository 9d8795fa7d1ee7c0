"""The statistics behind a verdict: equivalence by margins, exchangeability by ranks, correction by Holm.

N models are pooled, of which some are unlearned and G are gold. For one criterion,

    distance D = √(mean over unlearned models of (value − gold mean)²)
    margin   M = max(sd_multiple · sd over gold models, min_margin)
    excess   E = D − M

Values of metrics that compare with gold are means over gold models; a gold model is compared with the
others. The unlearned models are taken as given: one model is all that many users have, and the claim is about
it. What is uncertain is gold. The standard error of E is the jackknife's over gold models, and E / stderr is
held against Student's t with G − 1 degrees of freedom. For one model, E < 0 is the pair of hypotheses
value > gold mean − M and value < gold mean + M, and its p-value the larger one of the two one-sided tests
(D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657). With several, D sees both a shift of their mean
and a spread that gold models do not have.

Retrained models are one more draw from gold: D is about one standard deviation, never 0. So the margin must
be several of them, and one model can only be shown to be as near to gold as gold models are to one another.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qunlearn._errors import require


@dataclass(frozen=True, eq=False)
class Measured:
    """A criterion of N models: `values` (N,) of each alone, or (N, N) of each (row) against each (column).

    `sd_multiple` and `min_margin` make the margin.
    """

    values: Float[np.ndarray, "..."]
    sd_multiple: float
    min_margin: float

    def of_each(self, gold: Float[np.ndarray, "B N"]) -> Float[np.ndarray, "B N"]:
        """The value of every model where those marked in `gold` are the gold models; B ways of marking."""
        if self.values.ndim == 1:
            return np.broadcast_to(self.values, gold.shape)
        others = self.values * ~np.eye(len(self.values), dtype=bool)
        return gold @ others.T / (gold.sum(axis=1, keepdims=True) - gold)

    def distance_and_sd(
        self, unlearned: Float[np.ndarray, "B N"], gold: Float[np.ndarray, "B N"]
    ) -> tuple[Float[np.ndarray, " B"], Float[np.ndarray, " B"]]:
        """D and the standard deviation of gold, for B ways of marking unlearned and gold models with ones."""
        values, count = self.of_each(gold), gold.sum(axis=1)
        mean = (gold * values).sum(axis=1) / count
        squares = (values - mean[:, None]) ** 2
        sd = np.sqrt((gold * squares).sum(axis=1) / (count - 1))
        distance = np.sqrt((unlearned * squares).sum(axis=1) / unlearned.sum(axis=1))
        return distance, sd


@dataclass(frozen=True)
class Assessment:
    """One criterion, tested: distance, margin, standard error of their difference, and p-values of
    "the distance is not below the margin" and "it is not above the margin"."""

    distance: float
    margin: float
    stderr: float
    p_equivalent: float
    p_beyond: float

    @property
    def excess(self) -> float:
        """Distance minus margin."""
        return self.distance - self.margin


def assess(measured: Measured, unlearned: Bool[np.ndarray, " N"]) -> Assessment:
    """Is the distance of the unlearned models from gold below or above the margin? Needs G >= 3."""
    n_gold = int((~unlearned).sum())
    require(n_gold >= 3, f"an equivalence test needs at least 3 gold models, but there are {n_gold}")
    gold = np.repeat((~unlearned)[None].astype(float), n_gold + 1, axis=0)
    gold[np.arange(1, n_gold + 1), np.flatnonzero(~unlearned)] = 0
    marked = np.repeat(unlearned[None].astype(float), n_gold + 1, axis=0)
    distance, sd = measured.distance_and_sd(marked, gold)
    spread, least = (_against(distance, bound) for bound in (measured.sd_multiple * sd, measured.min_margin))
    return Assessment(
        float(distance[0]),
        float(max(measured.sd_multiple * sd[0], measured.min_margin)),
        _jackknife(distance - np.maximum(measured.sd_multiple * sd, measured.min_margin)),
        min(1.0, 2 * min(spread[0], least[0])),
        max(spread[1], least[1]),
    )


def _against(distance: np.ndarray, bound: np.ndarray | float) -> tuple[float, float]:
    """p-values of "D >= bound" and "D <= bound", the jackknife's estimates coming after the first."""
    # scipy.stats takes much longer to import
    from scipy.special import stdtr  # pyright: ignore[reportMissingTypeStubs]

    excess = (distance - bound)[0]
    stderr = _jackknife(distance - bound)
    if stderr < 1e-12 * max(1.0, abs(excess)):
        return float(excess >= 0), float(excess <= 0)
    degrees = len(distance) - 2
    return float(stdtr(degrees, excess / stderr)), float(stdtr(degrees, -excess / stderr))


def _jackknife(estimates: np.ndarray) -> float:
    """Standard error from the estimates without one gold model each, which follow the first."""
    return float(np.sqrt((len(estimates) - 2) * np.var(estimates[1:])))


def exchangeability(
    criteria: list[Measured], unlearned: Bool[np.ndarray, " N"], permutations: int, seed: int
) -> float:
    """p-value of "the unlearned models are further draws from gold", with all criteria at once.

    The statistic is the largest D / M over criteria. Unlearned and gold models change places: one unlearned
    model with every gold model in turn, several in `permutations` random ways; the p-value is the fraction of
    arrangements, the true one included, that are at least as extreme. It is valid at any number of models and
    for any distribution, because under the hypothesis all arrangements are equally likely. With one unlearned
    model it is 1 / (G + 1) at least.
    """
    arrangements = _arrangements(unlearned, permutations, seed)
    largest = np.zeros(len(arrangements))
    for criterion in criteria:
        distance, sd = criterion.distance_and_sd(arrangements, 1 - arrangements)
        margin = np.maximum(criterion.sd_multiple * sd, criterion.min_margin)
        largest = np.maximum(largest, distance / margin)
    return float((largest >= largest[0] * (1 - 1e-12)).mean())


def _arrangements(unlearned: np.ndarray, permutations: int, seed: int) -> Float[np.ndarray, "B N"]:
    """Who is called unlearned; the truth comes first."""
    if unlearned.sum() == 1:
        every = np.eye(len(unlearned))
        first = int(np.flatnonzero(unlearned)[0])
        return np.concatenate([every[[first]], np.delete(every, first, axis=0)])
    rng = np.random.default_rng(seed)
    return np.stack([unlearned, *(rng.permutation(unlearned) for _ in range(permutations))]).astype(float)


def holm(p: Float[np.ndarray, " m"], alpha: float) -> Bool[np.ndarray, " m"]:
    """Which of m hypotheses are rejected at family-wise level `alpha`.

    The smallest p-value is held against alpha / m, the next against alpha / (m − 1), and so on until one
    fails. S. Holm, Scand. J. Stat. 6 (1979) 65.
    """
    order = np.argsort(p, kind="stable")
    passed = np.logical_and.accumulate(p[order] <= alpha / np.arange(len(p), 0, -1))
    rejected = np.zeros(len(p), dtype=bool)
    rejected[order[passed]] = True
    return rejected
