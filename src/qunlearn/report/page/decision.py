"""The decision of `verdict.json` in words and tables."""

from dataclasses import dataclass

from qunlearn._types import JsonObject
from qunlearn.report.digits import Number, fixed, signed
from qunlearn.report.words import quantity

PLACES = {
    "train": "training samples",
    "unseen": "samples no model saw",
    "roles": "training samples against samples no model saw",
}
OUTCOMES = {
    "equivalent": "within the margin",
    "beyond": "beyond the margin",
    "undecided": "not decided",
    "undefined": "undefined",
}


@dataclass(frozen=True)
class CriterionLine:
    """One criterion; `outcome` is a key of `OUTCOMES`, `word` what it says."""

    label: str
    where: str
    value: Number
    text: str
    gold: str
    gap: Number
    gap_text: str
    margin: str
    outcome: str
    word: str


@dataclass(frozen=True)
class Decision:
    """`word` is PASS, FAIL or INCONCLUSIVE, `sentence` says why, `plan` is the hash of the plan."""

    word: str
    sentence: str
    lines: tuple[CriterionLine, ...]
    over_forgetting: tuple[str, ...]
    plan: str
    alpha: float


def decision(verdict: JsonObject) -> Decision:
    """The content of the section, from the file."""
    text = verdict["sentence"]
    word = verdict["verdict"]
    return Decision(
        word=word,
        sentence=text.removeprefix(f"{word}: "),
        lines=tuple(_line(criterion) for criterion in verdict["criteria"]),
        over_forgetting=tuple(_label(id) for id in verdict["over_forgetting"]),
        plan=verdict["plan_sha256"],
        alpha=verdict["alpha"],
    )


def _line(found: JsonObject) -> CriterionLine:
    value, mean, sd = found["value"], found["gold_mean"], found["gold_sd"]
    return CriterionLine(
        label=quantity(found["criterion"].partition("@")[0]).label,
        where=PLACES[found["criterion"].partition("@")[2]],
        value=value,
        text="–" if value is None else fixed(value, 3),
        gold="–" if mean is None else f"{fixed(mean, 3)} ± {fixed(sd, 3)}",
        gap=found["gap"],
        gap_text="–" if found["gap"] is None else signed(found["gap"], 3),
        margin="–" if found["margin"] is None else fixed(found["margin"], 3),
        outcome=found["outcome"],
        word=OUTCOMES[found["outcome"]] + (f": {found['reason']}" if found["reason"] else ""),
    )


def _label(criterion: str) -> str:
    metric, _, part = criterion.partition("@")
    return f"{quantity(metric).label} on {PLACES[part]}"
