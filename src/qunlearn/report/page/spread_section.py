"""The verdict in plain words: what was asked, what was measured, what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from qunlearn._types import JsonObject
from qunlearn.report.digits import Number, fixed, signed
from qunlearn.report.metric_rows import place
from qunlearn.report.words import Quantity, quantity
from qunlearn.results.evidence import Evidence
from qunlearn.results.request_words import request_words


@dataclass(frozen=True)
class Check:
    """One line of the verdict: a metric of the unlearned model against the range of gold against gold."""

    quantity: Quantity
    value: Number
    text: str
    gap: Number
    gap_text: str
    range_text: str
    place: str


@dataclass(frozen=True)
class SpreadWords:
    """Sentences, and the checks behind them. `found` is the sentence of `summary.json`."""

    asked: str
    measured: str
    found: str
    outside: str
    checks: tuple[Check, ...]


def verdict(summary: JsonObject, evidence: Evidence) -> SpreadWords:
    """The verdict of a run from its summary; the sizes of the test sets come from `evidence`."""
    checks = tuple(_check(check) for check in summary["spread"]["checks"])
    words, n_forget = request_words(summary), int(evidence.forget.sum())
    is_class = summary["forget_index"] is not None
    one_of = f" (one of {len(summary['class_names'])} classes)" if is_class else ""
    return SpreadWords(
        asked=f"Forget {words.what} of {summary['dataset']}{one_of} with the method "
        f"{summary['method']['id']}.",
        measured=f"{n_forget} {words.rows} and {len(evidence.y) - n_forget} {words.retained}, against "
        f"{summary['gold_size']} gold models that were {words.gold}.",
        found=summary["spread"]["sentence"],
        outside=_outside(checks),
        checks=checks,
    )


def _outside(checks: Sequence[Check]) -> str:
    outside = [f"{check.quantity.label} ({check.place})" for check in checks if check.place != "inside"]
    return "; ".join(outside) + "." if outside else "None of the checks."


def _check(check: JsonObject) -> Check:
    words = quantity(check["metric"])
    low, high = check["null_low"], check["null_high"]
    return Check(
        quantity=words,
        value=check["value"],
        text=fixed(check["value"], words.decimals),
        gap=check["gap"],
        gap_text=signed(check["gap"], words.decimals),
        range_text=f"{fixed(low, words.decimals)} to {fixed(high, words.decimals)}",
        place="inside" if check["inside"] else place(check["value"], low, high) or "outside",
    )
