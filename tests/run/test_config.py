"""Configurations from plain data: complete, typed, and back again."""

from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunlearn._errors import InputError
from qunlearn.model import VQC
from qunlearn.run.config import (
    PURPOSES,
    DataConfig,
    FederatedConfig,
    ModelConfig,
    RunConfig,
    Seeds,
    flatten,
    from_dict,
)
from qunlearn.run.flags import FLAGS
from qunlearn.run.toml import write_toml
from qunlearn.train import Training

PARTS = {
    "seeds": Seeds,
    "data": DataConfig,
    "model": ModelConfig,
    "training": Training,
    "federated": FederatedConfig,
}
KEYS = {
    key
    for f in fields(RunConfig)
    for key in ([f"{f.name}.{g.name}" for g in fields(PARTS[f.name])] if f.name in PARTS else [f.name])
}


def test_defaults_are_those_of_the_issue() -> None:
    config = from_dict({"dataset": "iris"})
    assert config == RunConfig("iris")
    assert (config.method, config.gold, config.seed) == ("distribution_guided", None, 0)
    assert (config.training.steps, config.training.batch) == (300, 10)
    assert (config.data.test, config.data.val, config.data.holdout) == (0.2, 0.2, 0.0)


FULL = RunConfig(
    "my.csv",
    forget_class="7",
    method="neggrad_plus",
    hyper={"beta": 0.9, "steps": 5},
    gold=4,
    seed=3,
    seeds=Seeds(data=1, gold=2**32 - 1),
    data=DataConfig(
        classes=("3", "a,b", '"'), label="kind", n_features=3, standardise=False, val=0.3, holdout=0.1
    ),
    model=ModelConfig(n_qubits=5, readout=(4, 0, 2), head=True, init_sd=0.5, engine="plain"),
    training=Training(steps=7, learning_rate=0.25),
)


def test_to_dict_and_from_dict_are_inverse() -> None:
    assert from_dict(FULL.to_dict()) == FULL
    assert from_dict(RunConfig("iris").to_dict()) == RunConfig("iris")


def test_none_means_default_and_is_not_written() -> None:
    assert "None" not in write_toml(FULL.to_dict())
    assert "label" not in RunConfig("iris").to_dict()["data"]
    assert from_dict({"dataset": "iris", "gold": None, "data": {"label": None}}) == RunConfig("iris")


def test_types_are_converted_where_nothing_is_lost() -> None:
    config = from_dict({"dataset": "iris", "forget_class": 7, "data": {"classes": [3, "5", 7], "val": 1 / 4}})
    assert config.forget_class == "7"
    assert config.data.classes == ("3", "5", "7")
    scale = from_dict({"dataset": "iris", "model": {"logit_scale": 2}}).model.logit_scale
    assert scale == 2.0
    assert isinstance(scale, float)


@given(st.sampled_from(sorted(KEYS - {"hyper"})), st.sampled_from([[1.5], {"a": 1}, b"x", 2.5, True]))
def test_wrong_types_are_refused_by_name(key: str, value: object) -> None:
    allowed = {
        **dict.fromkeys(
            ("data.test", "data.val", "data.holdout", "model.logit_scale", "model.init_sd"), float
        ),
        "training.learning_rate": float,
        **dict.fromkeys(("data.standardise", "model.head", "forget_poisoned"), bool),
        "forget_random": float,
        "federated.alpha": float,
    }
    if key in allowed and isinstance(value, allowed[key]):
        return
    section, _, name = key.rpartition(".")
    data = {"dataset": "iris", **({section: {name: value}} if section else {name: value})}
    with pytest.raises(InputError, match=key.replace(".", r"\.")):
        from_dict(data)


def test_unknown_keys_name_the_allowed_ones() -> None:
    with pytest.raises(
        InputError, match=r"no key `gould`; allowed are dataset, forget_class, method, hyper, audit, gold"
    ):
        from_dict({"dataset": "iris", "gould": 1})
    with pytest.raises(InputError, match=r"no key `seeds\.split`; allowed are data, train, unlearn, gold"):
        from_dict({"dataset": "iris", "seeds": {"split": 1}})
    with pytest.raises(InputError, match="needs the key `dataset`"):
        from_dict({"gold": 3})


def test_seeds_fall_back_on_the_run_seed() -> None:
    config = RunConfig("iris", seed=5, seeds=Seeds(train=0))
    assert {p: config.seed_of(p) for p in PURPOSES} == {"data": 5, "train": 0, "unlearn": 5, "gold": 5}


def test_a_method_is_known_by_its_former_name() -> None:
    assert RunConfig("iris", method="gold_matched") == RunConfig("iris", method="gauss_newton_replay")


def test_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        RunConfig("iris").gold = 3  # type: ignore[misc]


def test_flatten() -> None:
    assert flatten({"a": 1, "b": {"c": (1, 2), "d": {"e": "x"}}, "f": {}}) == {
        "a": 1,
        "b.c": [1, 2],
        "b.d.e": "x",
    }


def test_every_flag_sets_a_key_and_only_seeds_and_hyper_have_none() -> None:
    keys = [flag.key for flag in FLAGS]
    assert len(set(keys)) == len(keys)
    assert set(keys) <= KEYS
    assert KEYS - set(keys) == {"dataset", "hyper", "after", *(f"seeds.{purpose}" for purpose in PURPOSES)}


def test_model_settings_are_fields_of_the_model() -> None:
    names = {f.name for f in fields(VQC)}
    assert {f.name for f in fields(ModelConfig)} == names - {"n_features", "n_classes"}
