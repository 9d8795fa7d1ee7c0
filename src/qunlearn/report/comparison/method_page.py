"""Documentation of the methods: a page for each from its docstring, its fields and recorded comparisons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TypeAlias

from qunlearn._markdown import table
from qunlearn.report.comparison.columns import COLUMNS, cell
from qunlearn.report.comparison.read import Comparison, ComparisonRow
from qunlearn.report.digits import MISSING
from qunlearn.report.markdown import escape

_SHOWN = ("kl_over_floor", "gap_retain_accuracy", "circuits_over_retrain")

Records: TypeAlias = Mapping[str, Comparison]


@dataclass(frozen=True)
class MethodInfo:
    """What a method says about itself. `fields` are its hyper-parameters: name, default, and whether it is
    differentiable (a number that can be changed, or mapped over, without compiling again).
    """

    id: str
    doc: str
    source: str
    tier: str
    fields: Sequence[tuple[str, object, bool]]
    needs: Sequence[str] = ()

    @property
    def first_line(self) -> str:
        """The docstring's first paragraph on one line."""
        return " ".join(cleandoc(self.doc).partition("\n\n")[0].split())


def method_page(info: MethodInfo, records: Records) -> str:
    """The page of a method; `records` are recorded comparisons by the name of their page."""
    parts = [
        f"# `{info.id}`",
        cleandoc(info.doc),
        f"- Source: {escape(info.source)}\n- Claim: {info.tier}\n"
        f"- Needs: {'; '.join(info.needs) or 'nothing special'}",
        "## Hyper-parameters",
        _fields(info.fields),
        "## Results",
        _results(info.id, records),
        "[All methods](../methods.md)",
    ]
    return "\n\n".join(parts) + "\n"


def methods_index(infos: Iterable[MethodInfo], records: Records) -> str:
    """The list of methods with their distance to gold in the recorded comparisons of a class."""
    shown = {name: results for name, results in records.items() if results["settings"]["kind"] == "class"}
    lines = []
    for info in infos:
        distances = [_distance(info.id, results) for results in shown.values()]
        text = info.first_line.replace("<", "&lt;")
        lines.append([f"[`{info.id}`](methods/{info.id}.md)", text, info.tier, *distances])
    parts = [
        "# Unlearning methods",
        "Every method is given the trained model, the forget samples, the retained samples and the "
        "validation samples "
        "that remain; no gold model and no test sample. The last columns are the distance to gold, "
        f"{COLUMNS[0].meaning}, at a fixed budget: 1 is as near as retrained models are to each other.",
        table(
            ["method", "what it does", "claim", *(_title(results) for results in shown.values())],
            lines,
            left=3,
        ),
        "[All comparisons](comparisons.md)" if records else "No comparison is recorded yet.",
        "Made by `qunlearn compare` and `python scripts/update_docs.py`.",
    ]
    return "\n\n".join(parts) + "\n"


def _fields(fields: Sequence[tuple[str, object, bool]]) -> str:
    if not fields:
        return "None."
    lines = [[f"`{n}`", f"`{value}`", "differentiable" if free else "static"] for n, value, free in fields]
    return table(["name", "default", "kind"], lines, left=3)


def _results(method: str, records: Records) -> str:
    lines = []
    for name, results in records.items():
        row, place = _row(method, results)
        if row is None:
            continue
        link = f"[{_title(results)}](../comparisons/{name}.md)"
        if row["reason"] is not None:
            lines.append([link, MISSING, MISSING, MISSING, MISSING, escape(row["reason"])])
            continue
        texts = [cell(column, row, interval=True) for column in COLUMNS if column.key in _SHOWN]
        lines.append([link, *texts, place, "" if row["within_budget"] else "above the budget"])
    if not lines:
        return "None recorded yet."
    head = ["comparison", "KL ÷ floor", "Δ acc. retain", "circuits", "place", ""]
    words = "Means over seeds ± half a 95 % interval; places are among methods, nearest to gold first."
    return f"{table(head, lines)}\n\n{words}"


def _row(method: str, results: Comparison) -> tuple[ComparisonRow | None, str]:
    """The method's row, and its place among methods."""
    ranked = [r for r in results["rows"] if not r["baseline"] and r["kl_over_floor"] is not None]
    row = next((r for r in results["rows"] if r["method"] == method), None)
    if row is None or row not in ranked:
        return row, MISSING
    return row, f"{ranked.index(row) + 1} of {len(ranked)}"


def _distance(method: str, results: Comparison) -> str:
    row, _ = _row(method, results)
    return MISSING if row is None else cell(COLUMNS[0], row, interval=True)


def _title(results: Comparison) -> str:
    said = results["settings"]
    return escape(f"{said['dataset']} without {said['request']}")
