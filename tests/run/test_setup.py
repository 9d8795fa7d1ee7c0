"""Configurations become data, model, request and method, with every default written out."""

from dataclasses import asdict, replace

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.methods.distribution_guided import DistributionGuided
from qunlearn.model import paper_classifier
from qunlearn.run.config import DataConfig, ModelConfig, RunConfig, Seeds
from qunlearn.run.setup import load_data_and_model, set_up
from toys import untyped


def test_iris_is_the_papers_task() -> None:
    setup = set_up(RunConfig("iris"))
    assert setup.model == paper_classifier()
    assert setup.forget_index == 2
    assert {part: len(setup.samples(part).y) for part in ("train", "val", "test")} == {
        "train": 96,
        "val": 24,
        "test": 30,
    }
    assert np.bincount(setup.samples("test").y).tolist() == [10, 10, 10]


def test_covertype_is_the_papers_task() -> None:
    setup = set_up(RunConfig("covertype"))
    assert setup.model == paper_classifier()
    assert setup.dataset.class_names == ("3", "5", "7")
    assert setup.forget_index == 2
    assert np.bincount(setup.samples("test").y).tolist() == [30, 30, 30]


def test_defaults_are_written_out() -> None:
    config = set_up(RunConfig("covertype", forget_class="3.0")).config
    assert config.forget_class == "3"
    assert config.data == DataConfig(("3", "5", "7"), None, None, 150, 4, True)
    assert config.hyper == asdict(DistributionGuided())
    assert set_up(config).config == config


@pytest.mark.parametrize(
    ("data", "classes"),
    [
        (DataConfig(), ("all",)),
        (DataConfig(classes=("all",)), ("all",)),
        (DataConfig(classes=("2", "Setosa", "1")), ("virginica", "setosa", "versicolor")),
    ],
)
def test_classes_are_spelled_as_the_data_spell_them(data: DataConfig, classes: tuple[str, ...]) -> None:
    setup = set_up(RunConfig("iris", data=data))
    assert setup.config.data.classes == classes
    assert setup.config.forget_class == "virginica"
    assert setup.forget_index == setup.dataset.class_names.index("virginica")
    assert set_up(setup.config).dataset.sha256() == setup.dataset.sha256()


def test_different_words_for_one_run_resolve_alike() -> None:
    first = set_up(
        RunConfig("iris", forget_class="2", hyper={"beta": 2}, data=DataConfig(standardise=False))
    ).config
    assert first == set_up(RunConfig("iris")).config


def test_model_follows_the_data_and_the_changes() -> None:
    model = set_up(RunConfig("digits", forget_class="3")).model
    assert (model.n_features, model.n_classes, model.head) == (4, 10, True)
    changes = ModelConfig(n_qubits=4, encoding="angle", uploads=3, logit_scale=2, engine="plain")
    model = set_up(RunConfig("iris", model=changes)).model
    assert (model.n_qubits, model.encoding, model.uploads, model.logit_scale) == (4, "angle", 3, 2.0)
    assert model.readout == (1, 2, 3)
    assert model.engine == "plain"
    model = set_up(RunConfig("iris", model=ModelConfig(readout=(0, 2, 4)))).model
    assert model.readout == (0, 2, 4)


def test_seeds_reach_what_they_are_for() -> None:
    def key_of(config: RunConfig, purpose: str) -> list[int]:
        return jax.random.key_data(set_up(config).key(purpose)).tolist()

    base = RunConfig("iris", seed=1)
    for purpose in ("train", "unlearn", "gold"):
        other = replace(base, seeds=Seeds(**{purpose: 2}))
        changed = {p for p in ("train", "unlearn", "gold") if key_of(other, p) != key_of(base, p)}
        assert changed == {purpose}
        assert set_up(other).split.sha256() == set_up(base).split.sha256()
    assert set_up(replace(base, seeds=Seeds(data=2))).split.sha256() != set_up(base).split.sha256()
    keys = [tuple(key_of(base, p)) for p in ("train", "unlearn", "gold")]
    assert len(set(keys)) == 3


def test_the_problem_holds_no_test_rows() -> None:
    setup = set_up(RunConfig("iris"))
    problem = setup.problem(np.zeros(72))
    assert (len(problem.forget.y), len(problem.retain.y), len(problem.val.y)) == (32, 64, 16)
    assert set(problem.forget.y.tolist()) == {2}
    assert set(problem.val.y.tolist()) == {0, 1}
    test = {row.tobytes() for row in setup.samples("test").x} - {
        row.tobytes() for row in setup.samples("train").x
    }
    seen = {row.tobytes() for rows in (problem.forget, problem.retain) for row in rows.x}
    assert test
    assert not test & seen


def test_a_drawing_needs_no_class_to_forget() -> None:
    assert load_data_and_model(RunConfig("breast_cancer")).model.n_classes == 2
    with pytest.raises(
        InputError, match="no default class to forget among malignant, benign of breast_cancer"
    ):
        set_up(RunConfig("breast_cancer"))


def test_settings_from_python_are_checked_like_those_of_a_file() -> None:
    with untyped():
        assert set_up(RunConfig("iris", forget_class=2)).config == set_up(RunConfig("iris")).config  # type: ignore[arg-type]
        for config in (RunConfig("iris", gold=3.5), RunConfig("iris", gold=True + 3.0)):  # type: ignore[arg-type]
            with pytest.raises(InputError, match="`gold` must be a whole number"):
                set_up(config)


def test_amplitude_encoding_works_where_no_row_is_zero() -> None:
    config = RunConfig("iris", model=ModelConfig(encoding="amplitude", uploads=1))
    assert set_up(config).model.circuit.amplitude_encoding
