"""From a configuration to data, model, request and method. What can be wrong is found here, before any
work.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from qunlearn._errors import require
from qunlearn.circuit.expectations import expectations
from qunlearn.data import (
    Dataset,
    ForgetSplit,
    Prepared,
    Split,
    assign_clients,
    defaults,
    load_dataset,
    parse_poison,
    prepare,
    prepare_poisoned,
    split,
)
from qunlearn.data.samples import Samples
from qunlearn.methods.base.make_problem import problem_of
from qunlearn.methods.base.method import Method
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.unlearn import make_method
from qunlearn.model import VQC, seed_like_classifier
from qunlearn.model.encodings import ENCODINGS
from qunlearn.run.config import RunConfig, from_dict
from qunlearn.run.levels import LEVELS
from qunlearn.run.request_spec import RequestSpec, apply_all, canonical, spec_of, with_spec
from qunlearn.train import Fitted, Progress, fit, silent
from qunlearn.train.federated import Federation, fit_federated
from qunlearn.train.history import History

EVERY_CLASS = ("all",)
_FOLDS = {"train": 1, "unlearn": 2, "gold": 3}


@dataclass(frozen=True)
class DataAndModel:
    """Data and model of a configuration, before anything is to be forgotten."""

    dataset: Dataset
    split: Split
    prepared: Prepared
    model: VQC


@dataclass(frozen=True)
class Setup:
    """What a run works with. `config` spells out every choice that was left to the dataset or the method.

    `dataset` are the rows as they were loaded, `prepared` those that the original model knows: poisoned,
    and without what earlier requests of a sequence took out.
    """

    config: RunConfig
    dataset: Dataset
    split: Split
    prepared: Prepared
    forget: ForgetSplit
    model: VQC
    method: Method

    @property
    def forget_index(self) -> int:
        """Index of the forgotten class, for requests that are one."""
        index = self.forget.forget_index
        assert index is not None
        return index

    @property
    def request_spec(self) -> RequestSpec:
        """The request in the configuration's words."""
        return spec_of(self.config, self.dataset)

    @property
    def gold(self) -> int:
        """The number of gold models: the configuration's, or else the audit level's."""
        return LEVELS[self.config.audit].gold if self.config.gold is None else self.config.gold

    def samples(self, part: str) -> Samples:
        """Labelled inputs of `train`, `val` or `test`."""
        return Samples(getattr(self.prepared, f"x_{part}"), getattr(self.prepared, f"y_{part}"))

    def train(self, progress: Progress = silent) -> tuple[Fitted, History | None]:
        """The original model, and the rounds of its training where a federation trained it."""
        training, key, clients = self.config.training, self.key("train"), self.prepared.clients
        train, val = self.samples("train"), self.samples("val")
        if clients is None:
            return fit(self.model, train, val, key=key, training=training, progress=progress), None
        federation = Federation(clients, self.config.federated.local_steps)
        return fit_federated(
            self.model, train, val, federation, key=key, training=training, progress=progress
        )

    def problem(self, params: Any, history: History | None = None) -> Problem:
        """The unlearning problem of the trained parameters (P,)."""
        steps = self.config.federated.local_steps
        return problem_of(
            self.model, params, self.forget, self.config.training, local_steps=steps, history=history
        )

    def key(self, purpose: str) -> PRNGKeyArray:
        """The random key of `train`, `unlearn` or `gold`."""
        return key_of(self.config, purpose)


def key_of(config: RunConfig, purpose: str) -> PRNGKeyArray:
    """The random key of `train`, `unlearn` or `gold`."""
    return jax.random.fold_in(jax.random.key(config.seed_of(purpose)), _FOLDS[purpose])


def set_up(config: RunConfig) -> Setup:
    """Load, split and scale the data, build the model, resolve request and method.

    Raises `InputError` for anything that a later stage could not use.
    """
    config = from_dict(config.to_dict())
    method = make_method(config.method, config.hyper)
    task = load_data_and_model(config)
    prepared = apply_all(config, config.after, task.prepared)
    forget = spec_of(config, task.dataset).request(config).apply(prepared)
    _check_use(task.model, forget.remaining)
    apply_all(config, config.then, forget.remaining)
    resolved = resolve(config, task.dataset, method)
    return Setup(resolved, task.dataset, prepared.split, prepared, forget, task.model, method)


def load_data_and_model(config: RunConfig) -> DataAndModel:
    """The data and the model of `config`; `InputError` where they cannot be used or do not fit each other."""
    d, seed = config.data, config.seed_of("data")
    dataset = load_dataset(
        config.dataset,
        classes=d.classes,
        label=d.label,
        rows_per_class=d.rows_per_class,
        data_file=d.data_file,
        seed=seed,
        id=d.id,
        drop=d.drop or (),
    )
    names = dataset.class_names
    parts = split(dataset.y, test=d.test, val=d.val, holdout=d.holdout, seed=seed, class_names=names)
    usual = defaults(config.dataset)
    n_features = usual.n_features if d.n_features is None else d.n_features
    standardise = usual.standardise if d.standardise is None else d.standardise
    prepared = _prepared(config, dataset, parts, n_features, standardise)
    model = build_model(config, prepared.n_features, dataset.n_classes)
    _check_use(model, prepared)
    return DataAndModel(dataset, parts, prepared, model)


def resolve(config: RunConfig, dataset: Dataset, method: Method) -> RunConfig:
    """`config` with the dataset's and the method's defaults written out and labels as the data spell them."""
    usual = asdict(defaults(config.dataset))
    chosen = {k: usual[k] for k, v in asdict(config.data).items() if v is None and k in usual}
    if config.data.classes not in (None, EVERY_CLASS):
        chosen["classes"] = dataset.class_names
    data = replace(config.data, **chosen)
    spec = canonical(spec_of(config, dataset), dataset)
    then, after = (
        tuple(canonical(RequestSpec.from_text(text), dataset).to_text() for text in texts)
        for texts in (config.then, config.after)
    )
    gold = LEVELS[config.audit].gold if config.gold is None else config.gold
    changed = replace(config, gold=gold, hyper=asdict(cast(Any, method)), data=data, then=then, after=after)
    return with_spec(changed, spec)


def _prepared(
    config: RunConfig, dataset: Dataset, parts: Split, n_features: int | None, standardise: bool
) -> Prepared:
    """Scaled rows, poisoned and dealt out to clients where the configuration says so."""
    seed, f = config.seed_of("data"), config.federated
    if config.data.poison is None:
        prepared = prepare(dataset, parts, n_features, standardise)
    else:
        poison = parse_poison(config.data.poison)
        prepared = prepare_poisoned(
            dataset, parts, poison, seed=seed, n_features=n_features, standardise=standardise
        )
    if f.clients is None:
        return prepared
    clients = assign_clients(prepared.y_train, f.clients, alpha=f.alpha, seed=seed)
    Federation(clients, f.local_steps).rounds(config.training)
    return replace(prepared, clients=clients)


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
            f"there is one among the {part} samples: choose another encoding or another seed",
        )
