"""The report as Markdown: verdict and criteria, contrast, cost, limits."""

from pathlib import Path

from qunlearn._markdown import table
from qunlearn._types import JsonObject
from qunlearn.report.page import cost_section
from qunlearn.report.page.contrast_section import contrast
from qunlearn.report.page.decision import Decision, decision
from qunlearn.report.page.provenance import provenance
from qunlearn.report.page.spread_section import verdict
from qunlearn.report.words import MODELS
from qunlearn.results.limits import limits
from qunlearn.results.request_words import request_words
from qunlearn.results.run_results import read

_ESCAPES = str.maketrans(
    {**{c: f"\\{c}" for c in "\\`*_[]|#"}, "<": "&lt;", ">": "&gt;", "&": "&amp;", "\n": " "}
)


def markdown(run_folder: Path | str) -> str:
    """The run's report as Markdown; raises `InputError` where the folder is unfinished or damaged."""
    run = read(run_folder)
    summary, words = run.summary, verdict(run.summary, run.evidence)
    decided = decision(run.verdict) if run.verdict else None
    warning = cost_section.warning(summary["cost"])
    parts = [
        f"# {escape(summary['dataset'])} without {escape(request_words(summary).what)}",
        *(_verdict(decided) if decided else []),
        f"**{escape(words.found)}**",
        *([f"> **More expensive than retraining.** {escape(warning)}"] if warning else []),
        f"- Asked: {escape(words.asked)}\n- Measured: {escape(words.measured)}\n"
        f"- Outside the gold range: {escape(words.outside)}",
        *(_criteria(decided) if decided else []),
        "## Three-way contrast",
        table(
            ["Quantity", *MODELS.values()],
            [[row.quantity.label, *(cell.text for cell in row.cells)] for row in contrast(summary)],
        ),
        f"{_audited(summary)}; ± is the standard error over {summary['gold_size']} gold models.",
        "## Cost",
        table(
            ["Measure", *cost_section.STAGES.values(), "Unlearn ÷ retrain"],
            [[row.label, *row.texts, row.share_text] for row in cost_section.cost_rows(summary["cost"])],
        ),
        "## Repeat this run",
        _code(provenance(run).command),
        "## What this does not show",
        "\n".join(f"- {sentence}" for sentence in limits(summary, run.has_attacks)),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(found: Decision) -> list[str]:
    alarm = [f"> **Over-forgetting**: {escape(', '.join(found.over_forgetting))}"]
    return [f"**{found.word}**: {escape(found.sentence)}", *(alarm if found.over_forgetting else [])]


def _criteria(found: Decision) -> list[str]:
    lines = [
        [f"{escape(one.label)}, {one.where}", one.text, one.gold, f"{one.gap_text} of {one.margin}", one.word]
        for one in found.lines
    ]
    return [
        "## The criteria of the verdict",
        table(["Criterion", "Unlearned", "Gold", "Gap of margin", "Finding"], lines),
        f"Gold: mean ± standard deviation over models. SHA-256 of the plan: {found.plan}.",
    ]


def _audited(summary: JsonObject) -> str:
    return "Audited samples" if summary["forget_index"] is None else "Test split"


def escape(text: object) -> str:
    """`text` on one line, with nothing left that Markdown or HTML would act on."""
    return str(text).translate(_ESCAPES)


def _code(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())
