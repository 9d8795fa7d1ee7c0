"""A published experiment in words and tables: ours over seeds, the published figure beside it."""

from collections.abc import Mapping, Sequence

from qunlearn._markdown import table
from qunlearn._types import JsonObject
from qunlearn.study.over_seeds import over_seeds
from qunlearn.study.published.experiment import GOLD, ORIGINAL, Experiment, PublishedTask
from qunlearn.study.published.experiment_measures import MEASURES
from qunlearn.study.published.seed_paper_page import RULE

Cells = Mapping[str, Sequence[JsonObject]]


def document(experiment: Experiment, cells: Cells, settings: JsonObject) -> str:
    """The whole page."""
    parts = [
        f"# {experiment.title}",
        f"Source: {experiment.source}.",
        f"{settings['seeds']} seeds (each its own split, initial parameters and batches), "
        f"{settings['gold']} retrained models per seed, qunlearn {settings['version']}. Values are means "
        "over seeds with a 95 % Student t interval; the published figure stands after the slash. "
        f"Every method may spend {experiment.budget:g} times the circuits of retraining; `{GOLD}` compares "
        "retrained models with each other, the distance that retraining itself leaves.",
    ]
    for name, task in experiment.tasks.items():
        parts += [f"## {task.title}", experiment_table(experiment, task, cells[name])]
    parts += ["## Beside the publication", "\n".join(f"- {remark}" for remark in experiment.remarks)]
    return "\n\n".join(parts) + "\n"


def experiment_table(experiment: Experiment, task: PublishedTask, cells: Sequence[JsonObject]) -> str:
    """One line for the original, each method and the retrained models; ours / published."""
    header = ["", *(MEASURES[measure].label for measure in experiment.measures), "circuits over retraining"]
    labels = [ORIGINAL, *(line.label for line in task.lines), GOLD]
    lines = []
    for label in labels:
        published = task.published.get(label, {})
        shown = [_shown(cells, label, m, published.get(m)) for m in experiment.measures]
        cost = over_seeds([cell[label]["circuits_over_retrain"] for cell in cells]).mean
        lines.append([label, *shown, f"{cost:.2f}"])
    return table(header, lines, rule=RULE)


def _shown(cells: Sequence[JsonObject], label: str, measure: str, published: float | None) -> str:
    ours = str(over_seeds([cell[label][measure] for cell in cells]))
    return ours if published is None else f"{ours} / {published:.3f}"
