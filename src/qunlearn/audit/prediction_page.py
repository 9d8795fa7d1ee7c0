"""An audit of predictions in Markdown."""

from collections.abc import Mapping, Sequence

from qunlearn._markdown import table
from qunlearn.audit.sample_risks import SampleRisk
from qunlearn.audit.verdict import Verdict
from qunlearn.records import Row

SHOWN_SAMPLES = 10

LIMITS = (
    "Closeness to retraining cannot prove that data had no influence: other data can give the same model.",
    "Criteria are means over samples. Single records are listed above; attacks on a whole forget set "
    "understate the risk of outliers.",
    "Retained data can leak more after unlearning, so retained samples are audited, too.",
    "The claim is about the models that were given, on these samples.",
)


def markdown(verdict: Verdict, rows: Sequence[Row], risks: Sequence[SampleRisk]) -> str:
    """Verdict, criteria, membership, the most deviating samples, and limits."""
    counts = f"{verdict.unlearned} unlearned against {verdict.gold} gold models, level {verdict.alpha:g}."
    p = verdict.p_exchangeable
    rank = "" if p is None else f" Exchangeable with gold: p = {p:.3f}."
    parts = [
        f"# {verdict.verdict}",
        verdict.sentence,
        f"{counts}{rank} Plan {verdict.plan_sha256[:12]}.",
        "## Criteria",
        table(
            ("criterion", "value", "gold", "gap", "margin", "outcome"),
            [
                (
                    one.criterion,
                    _number(one.value),
                    f"{_number(one.gold_mean)} ± {_number(one.gold_sd)}" if one.gold_sd is not None else "",
                    _number(one.gap, signed=True),
                    _number(one.margin),
                    one.outcome if one.reason is None else f"{one.outcome}: {one.reason}",
                )
                for one in verdict.criteria
            ],
            left=None,
        ),
        "## Membership",
        _side_by_side(rows, "membership_"),
        "## Table of the literature",
        _side_by_side(rows, ("ua", "ra", "ta", "mia", "avg_gap", "tow", "zrf")),
        "## Between ensembles",
        _side_by_side(rows, ("forgetting_quality", "epsilon_", "klom_")),
        "## Samples that deviate most from gold",
        _samples(risks),
        "## Limits",
        "\n".join(f"- {limit}" for limit in LIMITS),
    ]
    return "\n\n".join(parts)


def _side_by_side(rows: Sequence[Row], start: str | tuple[str, ...]) -> str:
    """Original, unlearned and gold side by side, with the range of gold against gold."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row.split == "roles" and row.metric.startswith(start):
            found.setdefault(row.metric, {})[row.model] = row
    lines: list[tuple[str, ...]] = []
    for metric, models in found.items():
        last = models["unlearned"]
        cells = [
            _number(models[m].value) if m in models else "" for m in ("original", "unlearned", "gold_gold")
        ]
        spread = f"{_number(last.null_low)} to {_number(last.null_high)}" if last.null_low is not None else ""
        lines.append((metric, *cells, spread if last.reason is None else last.reason))
    return table(("metric", "original", "unlearned", "gold", "middle 95 % of gold"), lines, left=None)


def _samples(risks: Sequence[SampleRisk]) -> str:
    ranked = sorted(risks, key=lambda line: -abs(line["deviation"] or 0.0))[:SHOWN_SAMPLES]
    names = ("id", "role", "label", "p_original", "p_unlearned", "p_gold", "deviation", "beyond")
    lines: list[Mapping[str, object]] = [*ranked]
    return table(names, [tuple(_number(line[n]) for n in names) for line in lines], left=None)


def _number(value: object, *, signed: bool = False) -> str:
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:+.4f}" if signed else f"{value:.4f}"
