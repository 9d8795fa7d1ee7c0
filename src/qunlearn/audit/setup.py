"""From a configuration to data, model, request and method. What can be wrong is found here, before any
work.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from qunlearn._errors import fail, require
from qunlearn.audit.config import RunConfig, from_dict
from qunlearn.circuit.expectations import expectations
from qunlearn.data import (
    Dataset,
    ForgetClass,
    ForgetSplit,
    Prepared,
    Split,
    defaults,
    load_dataset,
    prepare,
    split,
)
from qunlearn.data.rows import Rows
from qunlearn.model import VQC, seed_like_classifier
from qunlearn.model.encodings import ENCODINGS
from qunlearn.unlearn import Method, Problem, make_method
from qunlearn.unlearn.pose import pose

EVERY_CLASS = ("all",)
_FOLDS = {"train": 1, "unlearn": 2, "gold": 3}


@dataclass(frozen=True)
class Task:
    """Data and model of a configuration, before anything is to be forgotten."""

    dataset: Dataset
    split: Split
    prepared: Prepared
    model: VQC


@dataclass(frozen=True)
class Setup:
    """What a run works with. `config` spells out every choice that was left to the dataset or the method."""

    config: RunConfig
    dataset: Dataset
    split: Split
    prepared: Prepared
    forget: ForgetSplit
    model: VQC
    method: Method

    @property
    def forget_class(self) -> int:
        """Index of the forgotten class."""
        index = self.forget.forget_class
        assert index is not None
        return index

    def rows(self, part: str) -> Rows:
        """Labelled inputs of `train`, `val` or `test`."""
        return Rows(getattr(self.prepared, f"x_{part}"), getattr(self.prepared, f"y_{part}"))

    def problem(self, params: Any) -> Problem:
        """The unlearning problem of the trained parameters (P,)."""
        return pose(self.model, params, self.forget, self.config.training)

    def key(self, purpose: str) -> PRNGKeyArray:
        """The random key of `train`, `unlearn` or `gold`."""
        return jax.random.fold_in(jax.random.key(self.config.seed_of(purpose)), _FOLDS[purpose])


def set_up(config: RunConfig) -> Setup:
    """Load, split and scale the data, build the model, resolve request and method.

    Raises `InputError` for anything that a later stage could not use.
    """
    config = from_dict(config.to_dict())
    method = make_method(config.method, config.hyper)
    task = load_task(config)
    forget = ForgetClass(_label(config, task.dataset)).apply(task.prepared)
    resolved = resolve(config, task.dataset, method)
    return Setup(resolved, task.dataset, task.split, task.prepared, forget, task.model, method)


def load_task(config: RunConfig) -> Task:
    """The data and the model of `config`; `InputError` where they cannot be used or do not fit each other."""
    d, seed = config.data, config.seed_of("data")
    dataset = load_dataset(
        config.dataset,
        classes=d.classes,
        label=d.label,
        rows_per_class=d.rows_per_class,
        data_file=d.data_file,
        seed=seed,
    )
    names = dataset.class_names
    parts = split(dataset.y, test=d.test, val=d.val, holdout=d.holdout, seed=seed, class_names=names)
    usual = defaults(config.dataset)
    n_features = usual.n_features if d.n_features is None else d.n_features
    standardise = usual.standardise if d.standardise is None else d.standardise
    prepared = prepare(dataset, parts, n_features, standardise)
    model = build_model(config, prepared.n_features, dataset.n_classes)
    _check_use(model, prepared)
    return Task(dataset, parts, prepared, model)


def resolve(config: RunConfig, dataset: Dataset, method: Method) -> RunConfig:
    """`config` with the dataset's and the method's defaults written out and labels as the data spell them."""
    usual = asdict(defaults(config.dataset))
    chosen = {k: usual[k] for k, v in asdict(config.data).items() if v is None and k in usual}
    if config.data.classes not in (None, EVERY_CLASS):
        chosen["classes"] = dataset.class_names
    data = replace(config.data, **chosen)
    forgotten = dataset.class_names[dataset.class_index(_label(config, dataset))]
    return replace(config, forget_class=forgotten, hyper=asdict(cast(Any, method)), data=data)


def build_model(config: RunConfig, n_features: int, n_classes: int) -> VQC:
    """The seed paper's circuit for this many features and classes, with the configuration's changes."""
    base = seed_like_classifier(n_features, n_classes).to_dict()
    changes = {k: v for k, v in asdict(config.model).items() if v is not None}
    if "readout" not in changes:
        base["readout"] = ()
    return VQC.from_dict({**base, **changes})


def _check_use(model: VQC, prepared: Prepared) -> None:
    """Refuse an engine that cannot run the model, and rows that the encoding has no state for."""
    expectations(model.circuit, model.readout, gradient=model.gradient, engine=model.engine)
    if not ENCODINGS[model.encoding].amplitude:
        return
    for part in ("train", "val", "test", "holdout"):
        zero = ~np.any(getattr(prepared, f"x_{part}"), axis=1)
        require(
            not zero.any(),
            f"encoding {model.encoding} has no state for a row whose features are all at their minimum, and "
            f"there is one among the {part} rows: choose another encoding or another seed",
        )


def _label(config: RunConfig, dataset: Dataset) -> str:
    """The label of the class to forget: the configuration's, or else the dataset's default."""
    if config.forget_class is not None:
        return config.forget_class
    default = defaults(config.dataset).forget_class
    if default is None or default not in (*dataset.class_names, *dataset.class_aliases):
        fail(
            f"there is no default class to forget among {', '.join(dataset.class_names)} of {dataset.name}: "
            "choose one with `forget_class` (--forget-class LABEL)"
        )
    return default
