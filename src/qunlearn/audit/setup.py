"""From a configuration to data, model, request and method. Everything that can be wrong is found here, before any work."""

from dataclasses import asdict, dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from qunlearn._errors import fail, require
from qunlearn.audit.config import RunConfig
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
from qunlearn.model import VQC, seed_like_classifier
from qunlearn.train.fit import Rows
from qunlearn.unlearn import Method, Problem, make_method

_PURPOSES = {"train": 1, "unlearn": 2, "gold": 3}


@dataclass(frozen=True)
class Setup:
    """What a run works with."""

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
        return make_problem(self.model, params, self.forget, self.config.training)

    def key(self, purpose: str) -> PRNGKeyArray:
        """The random key of `train`, `unlearn` or `gold`."""
        return jax.random.fold_in(jax.random.key(self.config.seed_of(purpose)), _PURPOSES[purpose])


def make_problem(model: VQC, params: Any, forget: ForgetSplit, training: Any) -> Problem:
    """What an unlearning method may see of a trained model and a request."""
    return Problem(
        model,
        np.asarray(params),
        forget=Rows(forget.x_forget, forget.y_forget),
        retain=Rows(forget.x_retain, forget.y_retain),
        val=Rows(forget.x_val_retain, forget.y_val_retain),
        training=training,
        forget_class=forget.forget_class,
    )


def set_up(config: RunConfig) -> Setup:
    """Load, split and scale the data, build the model, resolve request and method; `InputError` for anything unusable."""
    method = make_method(config.method, config.hyper)
    d = config.data
    dataset = load_dataset(
        config.dataset,
        classes=d.classes,
        label=d.label,
        rows_per_class=d.rows_per_class,
        data_file=d.data_file,
        seed=config.seed_of("data"),
    )
    request = ForgetClass(_label(config))
    request.resolve(dataset)
    parts = split(dataset.y, test=d.test, val=d.val, holdout=d.holdout, seed=config.seed_of("data"))
    usual = defaults(config.dataset)
    n_features = usual.n_features if d.n_features is None else d.n_features
    standardise = usual.standardise if d.standardise is None else d.standardise
    prepared = prepare(dataset, parts, n_features, standardise)
    model = build_model(config, prepared.x_train.shape[1], dataset.n_classes)
    return Setup(config, dataset, parts, prepared, request.apply(prepared), model, method)


def build_model(config: RunConfig, n_features: int, n_classes: int) -> VQC:
    """The seed paper's circuit for this many features and classes, with the configuration's changes."""
    base = seed_like_classifier(n_features, n_classes).to_dict()
    changes = {k: v for k, v in asdict(config.model).items() if v is not None}
    if "readout" not in changes:
        base["readout"] = ()
    return VQC.from_dict({**base, **changes})


def _label(config: RunConfig) -> str:
    if config.forget_class is not None:
        return config.forget_class
    default = defaults(config.dataset).forget_class
    require(default is not None, f"say which class of {config.dataset} to forget: --forget-class LABEL")
    if config.data.classes is not None and default not in config.data.classes:
        fail(f"the default class to forget, {default}, is not among --classes: give --forget-class LABEL")
    assert default is not None
    return default
