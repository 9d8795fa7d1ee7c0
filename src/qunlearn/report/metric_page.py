"""Documentation of the metrics and of the attacks: a line for each from its row."""

from collections.abc import Iterable
from math import inf, pi, sqrt

from qunlearn._markdown import table
from qunlearn.attacks.attack import Attack
from qunlearn.metrics.metric import FAMILIES, UNDEFINED, Metric, ModelMetric
from qunlearn.report.markdown import escape

_NUMBERS = {inf: "∞", pi: "π", sqrt(2): "√2"}

_HEAD = ("metric", "id", "what it is", "unit", "range", "target", "undefined where", "source")


def metrics_page(rows: Iterable[Metric]) -> str:
    """The page of all metrics, a chapter for each of `FAMILIES` that has one."""
    every = list(rows)
    parts = [
        "# Metrics",
        "No metric has a better end: the *target* is where a perfectly unlearned model lies, and values "
        "beyond it are as far off as values short of it. `gold` is the mean over gold models (retrained "
        "without the data) of the same metric, `gold-gold` what gold models score against one another, "
        "`diagnostic` nowhere in particular. An undefined metric is reported as missing, with the reason.",
    ]
    for family, title in FAMILIES.items():
        if chosen := [row for row in every if row.family == family]:
            parts += [f"## {title}", table(_HEAD, [_line(row) for row in chosen], left=None)]
            parts += [f"{escape(row.title)}: {escape(row.note)}." for row in chosen if row.note]
    return "\n\n".join([*parts, _MADE]) + "\n"


def attacks_page(attacks: Iterable[Attack]) -> str:
    """The page of all membership attacks."""
    lines = [[escape(a.label), f"`{a.id}`", escape(a.meaning), a.needs, escape(a.source)] for a in attacks]
    parts = [
        "# Membership attacks",
        "Each gives a sample a score, larger where the attacker takes it for a member of the training data. "
        "What they find is the AUC of members against samples that no model saw: 0.5 is chance, and both "
        "ends tell members apart. Attacks that need predictions only are [metrics](metrics.md), too.",
        table(["attack", "id", "what it looks at", "needs", "source"], lines, left=None),
    ]
    return "\n\n".join([*parts, _MADE]) + "\n"


_MADE = "Made by `python scripts/update_docs.py` from the tables."


def _line(row: Metric) -> list[str]:
    per_class = isinstance(row, ModelMetric) and row.per_class
    return [
        escape(row.title),
        f"`{row.id}/0`, `{row.id}/1`, …" if per_class else f"`{row.id}`",
        escape(row.meaning),
        row.unit,
        " to ".join(_NUMBERS.get(end, f"{end:g}") for end in row.range),
        str(row.target),
        escape("; ".join(UNDEFINED[need] for need in row.needs)) or "–",
        escape(row.source),
    ]
