"""The numbers that the seed paper reports (arXiv 2601.04413, section 4.3 and its tables): one run each."""

from dataclasses import dataclass

DATASETS = {
    "iris": ("Iris, forget virginica", ("setosa", "versicolor", "virginica")),
    "covertype": ("Covertype 3/5/7, forget 7", ("3", "5", "7")),
}
"""The paper's two tasks with the names of their classes."""

MODELS = {"original": "original", "similarity": "guided", "uniform": "uniform target", "gold": "gold"}


@dataclass(frozen=True)
class Published:
    """A figure of the paper: `metric` of `model` on the test split of `dataset`."""

    dataset: str
    model: str
    metric: str
    value: float


def _recalls(dataset: str, before: tuple[float, ...], after: tuple[float, ...]) -> list[Published]:
    return [
        Published(dataset, model, f"recall/{k}", value)
        for model, values in (("original", before), ("similarity", after))
        for k, value in enumerate(values)
    ]


PUBLISHED: tuple[Published, ...] = (
    *_recalls("iris", (1.0, 1.0, 1.0), (1.0, 0.8, 0.0)),
    *_recalls("covertype", (0.467, 0.8, 0.633), (0.467, 0.8, 0.067)),
    Published("covertype", "similarity", "kl_gold_mean", 0.0468),
    Published("covertype", "similarity", "kl_gold_median", 0.0342),
    Published("covertype", "similarity", "kl_gold_max", 0.1625),
    Published("covertype", "gold", "forget_probability_retain", 0.195),
    Published("covertype", "similarity", "forget_probability_retain", 0.295),
)
