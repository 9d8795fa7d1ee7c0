"""The section on membership attacks, from `attacks.json`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.attacks import ATTACKS
from qunlearn.report.charts.roc import roc
from qunlearn.report.digits import fixed
from qunlearn.report.metric_rows import place

_ROLES = {"forget": "Forgotten samples against unseen ones", "retain": "Retained samples against unseen ones"}
_DRAWN = ("lira_online", "confidence")

Cell: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class AttackLine:
    """One attack: AUC of both models, the range of gold, and the rates at 1 % false positives both ways.

    A `Cell` is a number and its limits.
    """

    label: str
    meaning: str
    auc: float
    original: Cell
    unlearned: Cell
    gold: str
    place: str
    high: Cell
    low: Cell


@dataclass(frozen=True)
class Attacked:
    """Attacks on the rows of one role, or the `reason` why there are none."""

    title: str
    counts: str
    lines: tuple[AttackLine, ...]
    drawn: str
    picture: Markup | None
    reason: str | None = None


def attacked(attacks: JsonObject) -> tuple[Attacked, ...]:
    """The content of the section, forgotten samples first."""
    return tuple(_role(attacks, role) for role in _ROLES if role in attacks)


def _role(attacks: JsonObject, role: str) -> Attacked:
    found = attacks[role]
    if "reason" in found:
        return Attacked(_ROLES[role], "", (), "", None, found["reason"])
    drawn = next((id for id in _DRAWN if id in found), next(iter(found)))
    first = next(iter(found.values()))["unlearned"]
    label = _label(drawn)
    return Attacked(
        title=_ROLES[role],
        counts=f"{first['n_members']} members, {first['n_non_members']} others",
        lines=tuple(_line(id, one) for id, one in found.items()),
        drawn=label,
        picture=roc(
            f"fig-roc-{role}",
            f"{label}: {_ROLES[role].lower()}",
            attacks["false_positive_rates"],
            found[drawn]["roc"],
        ),
    )


def _line(id: str, found: JsonObject) -> AttackLine:
    gold, unlearned = found["gold"], found["unlearned"]
    return AttackLine(
        label=_label(id),
        meaning=ATTACKS[id].meaning if id in ATTACKS else "",
        auc=unlearned["auc"],
        original=_interval(found["original"]),
        unlearned=_interval(unlearned),
        gold=f"{fixed(gold['low'])} to {fixed(gold['high'])}",
        place=place(unlearned["auc"], gold["low"], gold["high"]) or "",
        high=_rate(unlearned["members_high"]),
        low=_rate(unlearned["members_low"]),
    )


def _label(id: str) -> str:
    label = ATTACKS[id].label if id in ATTACKS else id.replace("_", " ")
    return label[0].upper() + label[1:]


def _interval(result: JsonObject) -> Cell:
    known = result["low"] is not None
    return fixed(result["auc"]), f"{fixed(result['low'])} to {fixed(result['high'])}" if known else ""


def _rate(rates: Sequence[JsonObject]) -> Cell:
    """The true positive rate at 1 % false positives with its exact limits."""
    first = rates[0]
    return f"{first['value']:.0%}", f"{first['low']:.0%} to {first['high']:.0%}"
