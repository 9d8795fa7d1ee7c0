"""The verdict: PASS, FAIL or INCONCLUSIVE, from a plan that was fixed before.

PASS: every criterion lies within its margin (Holm's correction at the plan's level, so that the chance of a
PASS with any criterion outside its margin is at most alpha). FAIL: at least one criterion lies beyond its
margin (Holm again) and the unlearned models are not draws from gold (exchangeability, level alpha); the
second condition holds with probability at most alpha for retrained models, whatever their distribution.
INCONCLUSIVE: neither, or fewer gold models than 1 / alpha − 1, with which a rank says nothing at that level.

"Not significantly different" is not a PASS, and a PASS is not a proof that the data had no influence.
"""

import math
from dataclasses import asdict, dataclass

import numpy as np

from qunlearn._errors import require
from qunlearn.audit.criteria import measure, pooled
from qunlearn.audit.equivalence import Assessment, Measured, assess, exchangeability, holm
from qunlearn.audit.plan import Criterion, Plan
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.predictions import require_comparable
from qunlearn.metrics.roles import RolePredictions

VERDICTS = {
    "PASS": "every criterion is equivalent to gold within its margin",
    "FAIL": "a criterion is beyond its margin, and the models are not draws from gold",
    "INCONCLUSIVE": "the gold models are too few, or too different from one another, to decide",
}

MOST_GOLD = 100_000
"""Numbers of gold models beyond it are not worth naming: the value lies on the margin."""


@dataclass(frozen=True)
class Finding:
    """One criterion: value (mean over unlearned models), mean and standard deviation of gold, their gap, and
    the test. `outcome` is equivalent, beyond, undecided or undefined, and then `reason` says why."""

    criterion: str
    unit: str
    outcome: str
    value: float | None = None
    gold_mean: float | None = None
    gold_sd: float | None = None
    gap: float | None = None
    margin: float | None = None
    distance: float | None = None
    stderr: float | None = None
    p_equivalent: float | None = None
    p_beyond: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The decision and everything that led to it.

    `more_gold_needed`: how many further gold models would decide if the estimates stay as they are; 0 when
    it is decided, None when no number would. `p_exchangeable` tests whether the unlearned models are further
    draws from gold. `over_forgetting` names criteria beyond the margin on the side of a model that avoids the
    data. `plan_sha256` is the hash of the plan.
    """

    verdict: str
    sentence: str
    criteria: tuple[Finding, ...]
    more_gold_needed: int | None
    p_exchangeable: float | None
    over_forgetting: tuple[str, ...]
    gold: int
    unlearned: int
    alpha: float
    plan_sha256: str

    def to_dict(self) -> dict[str, object]:
        """Plain data for `verdict.json`."""
        return {**asdict(self), "criteria": [asdict(one) for one in self.criteria]}


def decide(plan: Plan, unlearned: RolePredictions, gold: RolePredictions) -> Verdict:
    """Judge `unlearned` models against `gold` models by `plan`.

    Raises `InputError` when they are not about the same samples, or their numbers are not those of the plan.
    """
    require_comparable(unlearned, gold)
    _check_counts(plan, unlearned, gold)
    models = pooled(unlearned, gold)
    return decide_measured(plan, [measure(criterion, models) for criterion in plan.criteria])


def decide_measured(plan: Plan, measured: list[Measured | Undefined]) -> Verdict:
    """As `decide`, from the criteria of all models, the unlearned ones first."""
    mask = np.arange(plan.unlearned + plan.gold) < plan.unlearned
    tests = [None if isinstance(one, Undefined) else assess(one, mask) for one in measured]
    known = [one for one in measured if isinstance(one, Measured)]
    tested = [one for one in tests if one is not None]
    level = plan.alpha * len(tested) / len(plan.criteria)
    equivalent = iter(holm(np.array([one.p_equivalent for one in tested]), level))
    beyond = iter(holm(np.array([one.p_beyond for one in tested]), level))
    findings = tuple(
        _undefined(criterion, one)
        if isinstance(one, Undefined) or result is None
        else _finding(criterion, one, result, mask, bool(next(equivalent)), bool(next(beyond)))
        for criterion, one, result in zip(plan.criteria, measured, tests, strict=True)
    )
    p = exchangeability(known, mask, plan.permutations, plan.seed) if known else None
    return _verdict(plan, findings, p)


def least_gold(alpha: float) -> int:
    """The number of gold models below which one more draw cannot be unusual at level `alpha`."""
    return math.ceil(1 / alpha - 1e-9) - 1


def _check_counts(plan: Plan, unlearned: RolePredictions, gold: RolePredictions) -> None:
    for name, promised, found in (
        ("gold", plan.gold, gold.n_models),
        ("unlearned", plan.unlearned, unlearned.n_models),
    ):
        require(promised == found, f"the plan is for {promised} {name} models, but there are {found}")


def _finding(
    criterion: Criterion,
    measured: Measured,
    result: Assessment,
    mask: np.ndarray,
    equivalent: bool,
    beyond: bool,
) -> Finding:
    values = measured.of_each((~mask)[None].astype(float))[0]
    value, mean = float(values[mask].mean()), float(values[~mask].mean())
    return Finding(
        criterion=criterion.id,
        unit=criterion.row.unit,
        outcome="equivalent" if equivalent else "beyond" if beyond else "undecided",
        value=value,
        gold_mean=mean,
        gold_sd=float(values[~mask].std(ddof=1)),
        gap=value - mean,
        **asdict(result),
    )


def _undefined(criterion: Criterion, reason: object) -> Finding:
    return Finding(criterion.id, criterion.row.unit, "undefined", reason=str(reason))


def _verdict(plan: Plan, findings: tuple[Finding, ...], p: float | None) -> Verdict:
    outcomes = [finding.outcome for finding in findings]
    enough = plan.gold >= least_gold(plan.alpha)
    if enough and all(outcome == "equivalent" for outcome in outcomes):
        word = "PASS"
    elif enough and "beyond" in outcomes and p is not None and p <= plan.alpha:
        word = "FAIL"
    else:
        word = "INCONCLUSIVE"
    more = 0 if word != "INCONCLUSIVE" else _more_gold(plan, findings, p)
    over = _over_forgetting(plan, findings)
    sentence = _sentence(plan, word, findings, more, over)
    return Verdict(
        word, sentence, findings, more, p, over, plan.gold, plan.unlearned, plan.alpha, plan.sha256()
    )


def _more_gold(plan: Plan, findings: tuple[Finding, ...], p: float | None) -> int | None:
    """Further gold models that would decide, if estimates stay and standard errors fall as 1 / √G."""
    needed = [least_gold(plan.alpha)]
    open_ones = [f for f in findings if f.outcome in ("undecided", "beyond")]
    if any(f.outcome == "undefined" for f in findings):
        return None
    if plan.gold >= needed[0] and any(f.outcome == "beyond" for f in findings):
        return None  # retrained models are as far off as often: no number of them will change that
    towards_fail = [f for f in open_ones if _excess(f) > 0]
    sizes = [_size_for(plan, f) for f in towards_fail or open_ones]
    needed.append(min(sizes) if towards_fail else max(sizes, default=0))
    total = max(needed)
    return None if total > MOST_GOLD else max(total - plan.gold, 1)


def _excess(finding: Finding) -> float:
    assert finding.distance is not None
    assert finding.margin is not None
    return finding.distance - finding.margin


def _size_for(plan: Plan, finding: Finding) -> int:
    """The number of gold models at which this criterion's test is decided."""
    # scipy.stats takes much longer to import
    from scipy.special import ndtri  # pyright: ignore[reportMissingTypeStubs]

    assert finding.stderr is not None
    quantile = ndtri(1 - plan.alpha / (2 * len(plan.criteria)))
    ratio = finding.stderr * quantile / max(abs(_excess(finding)), 1e-12)
    return math.ceil(min(plan.gold * ratio**2, 10.0 * MOST_GOLD))


def _over_forgetting(plan: Plan, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(
        finding.criterion
        for criterion, finding in zip(plan.criteria, findings, strict=True)
        if criterion.large_means_remembered
        and finding.gap is not None
        and finding.margin is not None
        and finding.gap < -finding.margin
    )


def _sentence(
    plan: Plan, word: str, findings: tuple[Finding, ...], more: int | None, over: tuple[str, ...]
) -> str:
    total, gold = len(findings), f"{plan.gold} retrained models"
    named = {
        o: [f.criterion for f in findings if f.outcome == o] for o in ("beyond", "undecided", "undefined")
    }
    if word == "PASS":
        text = f"PASS: all {total} criteria are equivalent to {gold} within their margins."
    elif word == "FAIL":
        text = f"FAIL: {', '.join(named['beyond'])} beyond the margin around {gold}."
    else:
        left = [*named["undecided"], *named["beyond"], *named["undefined"]]
        text = f"INCONCLUSIVE: {', '.join(left) or 'the rank among gold'} not decided by {gold}; " + (
            "no further number of them would decide." if more is None else f"about {more} more would decide."
        )
    alarm = f" Over-forgetting: {', '.join(over)} below what retraining gives." if over else ""
    return text + alarm
