"""The reproduction in words and numbers: Markdown tables from recorded cells."""

from collections.abc import Mapping, Sequence

from qunlearn._markdown import table
from qunlearn._types import JsonObject
from qunlearn.metrics import METRICS
from qunlearn.study.over_seeds import OverSeeds, over_seeds
from qunlearn.study.published.seed_paper_values import DATASETS, MODELS, PUBLISHED, Published

RULE = (":--", "--:")

ROWS = (
    "forget_recall",
    "retain_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_full_mean",
    "average_precision",
    "f1_retain",
)
"""The metrics of the summary, line by line."""

Cells = Mapping[str, Sequence[JsonObject]]


def summary_table(cells: Cells, dataset: str) -> str:
    """Every headline metric of every model: mean ± 95 % interval over seeds."""
    header = ["test split", *MODELS.values()]
    lines = [
        [_name(metric), *(str(spread(cells, dataset, model, metric)) for model in MODELS)] for metric in ROWS
    ]
    cost = [
        over_seeds([c["cost_over_retrain"][m] for c in cells[dataset]]) for m in ("similarity", "uniform")
    ]
    lines.append(["circuits over retraining", "–", *(f"{c.mean:.2f}" for c in cost), "1.00"])
    return table(header, lines, rule=RULE)


def published_table(cells: Cells) -> str:
    """Every number of the paper beside ours, and whether it lies within the range of our seeds."""
    header = ["dataset", "model", "metric", "paper (one run)", "ours", "range over seeds", "paper inside"]
    return table(header, [_beside(cells, p) for p in PUBLISHED], rule=RULE)


def document(cells: Cells, settings: JsonObject) -> str:
    """The whole page: settings, tables, pictures."""
    parts = [
        "# The seed paper, reproduced",
        f"{settings['seeds']} seeds (each its own split, initial parameters and batches; on Covertype "
        f"its own samples), {settings['gold']} gold models per seed, qunlearn "
        f"{settings['version']}. Values are means over seeds with a 95 % Student t interval.",
    ]
    for dataset, (title, _) in DATASETS.items():
        parts += [f"## {title}", summary_table(cells, dataset)]
    parts += [
        "`gold` on a KL row is gold against gold: the distance of two retrained models from each other.",
        "## Beside the paper's figures",
        published_table(cells),
        "## Pictures",
        *(f"![{words}](figures/{name}.svg)" for name, words in FIGURES.items()),
    ]
    return "\n\n".join(parts) + "\n"


FIGURES = {
    "figure-1-circuit": "The circuit",
    "figure-2-iris-trained": "Iris: confusion after training",
    "figure-3-covertype-trained": "Covertype: confusion after training",
    "figure-4-unlearned": "Confusion after guided unlearning",
    "figure-5-uniform": "Covertype: confusion after unlearning with the uniform target",
    "trade-off": "Trade-off: forgotten class's probability against retained accuracy over λ",
}


def spread(cells: Cells, dataset: str, model: str, metric: str) -> OverSeeds:
    """A metric of a model over the seeds of a dataset."""
    return over_seeds([cell["models"][model][metric] for cell in cells[dataset]])


def _name(metric: str) -> str:
    """The metric's label, and its unit where that is not a share."""
    row = METRICS[metric]
    return f"{row.label}, nats" if row.unit == "nats" else row.label


def _beside(cells: Cells, p: Published) -> list[str]:
    ours = spread(cells, p.dataset, p.model, p.metric)
    name, _, label = p.metric.partition("/")
    metric = f"recall of class {DATASETS[p.dataset][1][int(label)]}" if label else _name(name)
    inside = "yes" if ours.contains(p.value) else "no"
    return [
        p.dataset,
        MODELS[p.model],
        metric,
        f"{p.value:g}",
        str(ours),
        f"{ours.low:.3f} to {ours.high:.3f}",
        inside,
    ]
