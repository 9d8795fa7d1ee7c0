"""The words of a report: what each quantity is called, what it means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qunlearn.audit.every_metric import EVERY_METRIC

MODELS = {"original": "Original", "unlearned": "Unlearned", "gold": "Gold", "gold_gold": "Gold against gold"}

_WRITTEN = {word: word.upper() for word in ("kl", "js", "tv", "auc", "f1")}
_ABBREVIATION = re.compile(rf"\b({'|'.join(_WRITTEN)})\b")


@dataclass(frozen=True)
class Quantity:
    """A measured quantity: its id in the run folder, its name and meaning, and how many decimals to print."""

    id: str
    label: str
    meaning: str
    decimals: int = 3


def quantity(metric: str, classes: Sequence[str] = ()) -> Quantity:
    """The words of a metric's row; `recall/1` with class 1's name. An id without a row is spelled out."""
    known, _, index = metric.partition("/")
    row = EVERY_METRIC.get(known)
    label = spell(known) if row is None else row.title
    if index:
        name = classes[int(index)] if index.isdigit() and int(index) < len(classes) else index
        label = f"{label} of class {name}"
    fine = row is not None and row.unit in ("nats", "bits")
    return Quantity(metric, label, row.meaning if row else "", 4 if fine else 3)


def spell(name: str) -> str:
    """An id as words: underscores to spaces, abbreviations as they are written, a capital first."""
    words = _ABBREVIATION.sub(lambda match: _WRITTEN[match[0]], name.replace("_", " "))
    return words[:1].upper() + words[1:]
