"""The HTML page: one file that opens offline and is the same for the same folder."""

import base64
import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

from qunlearn._errors import require
from qunlearn.records import write_atomic
from qunlearn.report import digits
from qunlearn.report.metric_rows import metric_rows
from qunlearn.report.page import cost_section
from qunlearn.report.page.attacks_section import attacked
from qunlearn.report.page.contrast_section import contrast
from qunlearn.report.page.decision import decision
from qunlearn.report.page.figures import figures
from qunlearn.report.page.provenance import provenance
from qunlearn.report.page.spread_section import verdict
from qunlearn.report.page.states_section import states
from qunlearn.report.words import MODELS
from qunlearn.results.files import RECORD
from qunlearn.results.limits import limits
from qunlearn.results.request_words import request_words
from qunlearn.results.run_results import RunResults, read


def write(folder: Path | str, path: Path | str | None = None) -> Path:
    """Write the report of the finished run in `folder` and return its path (default: `report.html`).

    Raises `InputError` where the folder does not hold a complete, undamaged run or `path` lies in no folder.
    """
    target = Path(folder) / "report.html" if path is None else Path(path)
    page = html(folder)
    if path is None and (Path(folder) / RECORD).exists() and target.is_file():
        require(
            target.read_text(encoding="utf-8") == page,
            f"{folder} holds a deletion record that is about its {target.name}, and this version writes "
            "another page: write it in a copy of the folder without the record",
        )
    require(
        target.parent.is_dir(), f"there is no folder `{target.parent}` to write the report to: make it first"
    )
    write_atomic(target, page)
    return target


def html(run_folder: Path | str) -> str:
    """The page as text."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        fixed=digits.fixed, signed=digits.signed, interval=digits.interval, count=digits.count,
        seconds=digits.seconds,
    )  # fmt: skip
    return environment.get_template("template.html").render(_context(read(run_folder)))


def _asset(name: str) -> str:
    return resources.files("qunlearn.report.page").joinpath(name).read_text(encoding="utf-8")


def _context(run: RunResults) -> dict[str, Any]:
    summary = run.summary
    rows = metric_rows(run.rows, [str(name) for name in summary["class_names"]])
    script = _asset("page.js")
    return {
        "summary": summary,
        "models": MODELS,
        "asked": request_words(summary),
        "is_class": summary["forget_index"] is not None,
        "verdict": verdict(summary, run.evidence),
        "contrast": contrast(summary),
        "decision": decision(run.verdict) if run.verdict else None,
        "attacks": attacked(run.attacks) if run.attacks else None,
        "risks": run.risks,
        "states": states(run.quantum) if run.quantum else None,
        "null": {row.quantity.id: row.null for row in rows if row.lead.split == "test"},
        "rows": rows,
        "several_splits": len({row.lead.split for row in rows}) > 1,
        "figures": figures(run, rows),
        "cost": cost_section.cost_rows(summary["cost"]),
        "stages": cost_section.STAGES,
        "cost_warning": cost_section.warning(summary["cost"]),
        "circuits_share": cost_section.share_of_retraining(summary["cost"], "circuits"),
        "circuit_text": run.circuit_text,
        "config": run.config,
        "provenance": provenance(run),
        "limits": limits(summary, run.has_attacks),
        "script": script,
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }
