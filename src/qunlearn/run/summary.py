"""A run in words and plain data: what `summary.json` and `run.json` say about it."""

import logging
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import jax
import numpy as np

from qunlearn.audit import contrast_table
from qunlearn.audit.contrast import Contrast
from qunlearn.audit.verdict import Verdict
from qunlearn.circuit.engines import chosen
from qunlearn.circuit.native import instruction_set, threads
from qunlearn.circuit.precision import real_dtype
from qunlearn.methods.base.claim import Claim
from qunlearn.methods.base.retraining import retraining_cost
from qunlearn.methods.unlearn import make_method
from qunlearn.model.classifier import Classifier
from qunlearn.run.config import PURPOSES, RunConfig, flatten
from qunlearn.run.flags import BY_KEY, hyper_to_words, option
from qunlearn.run.request_spec import key_of, with_spec
from qunlearn.run.setup import Setup, resolve
from qunlearn.train import Cost


def summary(
    setup: Setup, found: Contrast, verdict: Verdict, original: Mapping[str, Any], unlearned: Mapping[str, Any]
) -> dict[str, Any]:
    """`summary.json`: what was run, what was found, and what it cost by the descriptions of both models."""
    retrain = retraining_cost(setup.problem(np.zeros(setup.model.n_params)))
    return {
        **identity(setup, unlearned["method"]),
        **results(setup, found),
        "verdict": {"decision": verdict.verdict, "because": verdict.sentence},
        "cost": costs(original["cost"], unlearned["cost"], retrain, setup.model),
        "gold_size": len(found.p["gold"]),
    }


def identity(setup: Setup, method: Mapping[str, Any]) -> dict[str, Any]:
    """Dataset, seed, method, request; the forgotten class by name and index, None where there is none."""
    index, spec = setup.forget.forget_index, setup.request_spec
    return {
        "dataset": setup.dataset.name,
        "seed": setup.config.seed,
        "method": method,
        "request": {
            "kind": setup.forget.kind,
            "what": spec.describe(setup.forget),
            "rows": int(setup.forget.forget_mask.sum()),
            **({} if spec.ids is None else {"ids": spec.ids}),
        },
        "forget_class": _name(setup),
        "forget_index": index,
        "class_names": list(setup.dataset.class_names),
    }


def method(setup: Setup) -> dict[str, Any]:
    """The method's id, tier, source and every hyper-parameter."""
    m = setup.method
    return {"id": m.id, "tier": m.tier, "source": m.source, **asdict(cast(Any, m))}


def claim(reached: Claim | None) -> dict[str, Any]:
    """The tier that a result reached, in place of its method's, and why; a downgrade is said aloud as well.

    Empty for a method whose tier asks for nothing more than the method itself.
    """
    if reached is None:
        return {}
    if reached.tier != reached.promised:
        logging.getLogger("qunlearn").warning(reached.sentence)
    return {"tier": reached.tier, "claim": reached.to_dict()}


def results(setup: Setup, found: Contrast) -> dict[str, Any]:
    """Headline values, confusion matrices, reachable probabilities, and what lies within the gold spread."""
    return {
        **contrast_table.headline(found),
        "confusion": found.confusion,
        "probability_range": found.probability_range,
        "spread": {
            "sentence": contrast_table.sentence(found, _name(setup)),
            "checks": contrast_table.checks(found),
        },
    }


def _name(setup: Setup) -> str | None:
    """The forgotten class as the data spell it."""
    index = setup.forget.forget_index
    return None if index is None else setup.dataset.class_names[index]


def cost(spent: Cost, model: Classifier, seconds: float | None) -> dict[str, Any]:
    """Sample gradients, forward evaluations, circuits by parameter shift, seconds."""
    return {**asdict(spent), "circuits": spent.circuits(model), "seconds": seconds}


def costs(
    train: Mapping[str, Any], unlearn: Mapping[str, Any], retrain: Cost, model: Classifier
) -> dict[str, dict[str, Any]]:
    """What training, unlearning and retraining once cost.

    Gold models are trained side by side or come from the cache, so their own time says little about
    retraining one. Its seconds are those of training the original, scaled by the number of circuits: both
    run the same compiled loop.
    """
    seconds = train["seconds"] * retrain.circuits(model) / train["circuits"]
    return {
        "train": dict(train),
        "unlearn": dict(unlearn),
        "retrain": {
            **cost(retrain, model, seconds),
            "seconds_from": "training the original, scaled by circuits",
        },
    }


def seeds(setup: Setup) -> dict[str, int]:
    """The seed of every purpose."""
    return {purpose: setup.config.seed_of(purpose) for purpose in PURPOSES}


def computed(setup: Setup) -> dict[str, Any]:
    """What did the computing: the engine that `auto` stands for, precision, threads, JAX's backend.

    `threads` and `instruction_set` are the native kernel's, None where JAX decides by itself.
    """
    model = setup.model
    engine = chosen(model.engine, model.gradient, model.circuit)
    native = engine == "native"
    return {
        "engine": engine,
        "precision": str(real_dtype(setup.prepared.x_train)),
        "threads": threads() if native else None,
        "instruction_set": instruction_set() if native else None,
        "jax_backend": jax.default_backend(),
    }


def command(setup: Setup, folder: Path) -> str:
    """The command that repeats the run: flags for what differs from the defaults, or the run's own
    `config.toml`.

    It is given from where the run folder lies; an absolute path to the data is cut to the file's name. A
    later step of a sequence is repeated by the whole sequence.
    """
    of_sequence = bool(setup.config.after)
    name = (folder.absolute().parent if of_sequence else folder.absolute()).name
    words = None if of_sequence else _spelled(setup)
    if words is None:
        words = option("config", f"{name}/config.toml")
    return shlex.join(["qunlearn", "run", *words, *option("out", f"{name}-again")])


def _spelled(setup: Setup) -> list[str] | None:
    """The dataset and the flags, or None where a setting has no flag."""
    config = flatten(setup.config.to_dict())
    usual = {**flatten(_usual(setup).to_dict()), key_of(setup.request_spec.word): None}
    words = [_portable(config.pop("dataset"))]
    for key, value in config.items():
        if value != usual.get(key):
            spelled = _flag(key, value)
            if spelled is None:
                return None
            words += spelled
    return words


def _flag(key: str, value: Any) -> list[str] | None:
    section, _, name = key.partition(".")
    if section == "hyper":
        return hyper_to_words(name, value)
    return (
        BY_KEY[key].to_words(_portable(value) if key == "data.data_file" else value)
        if key in BY_KEY
        else None
    )


def _usual(setup: Setup) -> RunConfig:
    """What a run of this dataset, request and method is when nothing else is said."""
    config = setup.config
    bare = with_spec(RunConfig(config.dataset, method=config.method), setup.request_spec)
    return resolve(bare, setup.dataset, make_method(config.method))


def _portable(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path
