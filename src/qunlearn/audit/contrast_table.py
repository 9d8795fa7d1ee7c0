"""A contrast as rows, headline values, checks, a sentence and a small table."""

from typing import TypedDict

from qunlearn.audit.contrast import Contrast
from qunlearn.audit.every_metric import metric_of
from qunlearn.audit.prediction_rows import metric_row
from qunlearn.metrics import HEADLINE, HEADLINE_ROWS, gap
from qunlearn.records import MODELS, Row

CHECKED = (
    "forget_recall",
    "retain_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_full_mean",
)
"""The measures that the sentence counts for a class."""

CHECKED_ROWS = ("forget_accuracy", "retain_accuracy", "js_gold_forget", "tv_gold_forget", "kl_gold_mean")
"""The same for requests that are not a class: without a class to leave out, both KL are one."""


def rows(found: Contrast) -> list[Row]:
    """The contrast as the lines of `rows.parquet`.

    `gold` and `gold_gold` hold the same numbers: metrics of a model alone are means over gold models,
    comparisons with gold take every gold model against the others.
    """
    return [
        metric_row(model, "test", id, metric_of(id), found.value(model, id), null)
        for model in MODELS
        for id, null in found.gold.items()
    ]


class SpreadCheck(TypedDict):
    """A counted measure: the unlearned model's value, its gap to gold, gold's range, and whether inside."""

    metric: str
    value: float | None
    gap: float | None
    null_low: float | None
    null_high: float | None
    inside: bool


def headline_of(found: Contrast) -> tuple[str, ...]:
    """The ids of the headline values; those of one class are undefined where the request is none."""
    return HEADLINE if found.kind == "class" else (*HEADLINE, *HEADLINE_ROWS)


def headline(found: Contrast) -> dict[str, dict[str, float | None]]:
    """The headline values of every model (None where one is undefined), with `_stderr` where one is a
    mean over models.
    """
    table: dict[str, dict[str, float | None]] = {}
    for model in MODELS:
        values = table.setdefault(model, {})
        for id in headline_of(found):
            estimate = found.value(model, id)
            values[id] = estimate.value
            if estimate.stderr is not None and estimate.over == "models":
                values[f"{id}_stderr"] = estimate.stderr
    return table


def checks(found: Contrast) -> list[SpreadCheck]:
    """The counted measures: value of the unlearned model, gap to gold, gold's range, whether inside."""
    return [
        {
            "metric": id,
            "value": found.unlearned[id].value,
            "gap": gap(found.unlearned[id], found.gold[id]),
            "null_low": found.gold[id].low,
            "null_high": found.gold[id].high,
            "inside": found.inside(id),
        }
        for id in (CHECKED if found.kind == "class" else CHECKED_ROWS)
        if found.unlearned[id].value is not None and found.gold[id].low is not None
    ]


def sentence(found: Contrast, class_name: str | None) -> str:
    """How many measures lie within the gold spread, in words; not an equivalence test."""
    id = "forget_recall" if class_name is not None else "forget_accuracy"
    gold = found.gold[id].estimate
    before, after = (m[id].value for m in (found.original, found.unlearned))
    counted = checks(found)
    inside = sum(check["inside"] for check in counted)
    what, verb, without = _words(found, class_name)
    return (
        f"Of {what}, {after:.1%} are {verb} ({before:.1%} before, "
        f"{gold.value:.1%} ± {gold.stderr:.1%} by models retrained without {without}); {inside} of "
        f"{len(counted)} measures lie within the middle 95 % of {gold.n} retrained models."
    )


def _words(found: Contrast, class_name: str | None) -> tuple[str, str, str]:
    """Whose rows, what happens to them, and what gold models did without."""
    if class_name is not None:
        return f"the test rows of class {class_name}", "still recognised", "it"
    rows, verb = f"{int(found.forget.sum())} training rows", "classified correctly"
    if found.kind == "feature":
        return f"the {rows} as they were", verb, "the feature"
    return f"the {rows} to forget", verb, "them"


def text_table(found: Contrast) -> str:
    """The headline values of original, unlearned and gold in plain text, at most 80 columns wide."""
    lines = [f"{'test rows':25}  {'original':>8}  {'unlearned':>9}  {'gold ± stderr':>15}  gold range"]
    known = [id for id in headline_of(found) if found.gold[id].estimate.value is not None]
    for id in known:
        null = found.gold[id]
        spread = f"{_number(null.low)} to {_number(null.high)}" if null.low is not None else ""
        error = "" if null.estimate.stderr is None else f" ± {_number(null.estimate.stderr)}"
        original, unlearned = (_number(found.value(model, id).value) for model in ("original", "unlearned"))
        gold = _number(null.estimate.value) + error
        lines.append(f"{id:25}  {original:>8}  {unlearned:>9}  {gold:>15}  {spread}".rstrip())
    inside = [check["inside"] for check in checks(found)]
    n = found.gold["retain_accuracy"].estimate.n
    lines.append(f"{sum(inside)} of {len(inside)} measures lie in the middle 95 % of {n} retrained models")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
