"""Requests in the words of a configuration and of the command line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data import (
    REQUESTS,
    ForgetClient,
    ForgetFeature,
    ForgetInstances,
    ForgetPoisoned,
    ForgetRandom,
    assign_clients,
    load_dataset,
)
from qunlearn.run.config import DataConfig, FederatedConfig, RunConfig, from_dict
from qunlearn.run.request_spec import SPELLINGS, RequestSpec, canonical, spec_of, with_request, with_spec
from qunlearn.run.setup import load_data_and_model, set_up
from qunlearn.train import Training

IRIS = load_dataset("iris")
SPELLED = {
    "class": ("class=virginica", "virginica"),
    "ids": ("ids=3,17", (3, 17)),
    "random": ("random=0.02", 0.02),
    "poisoned": ("poisoned", True),
    "feature": ("feature=petal width (cm)", "petal width (cm)"),
    "client": ("client=2", 2),
}


def refusal(config: RunConfig) -> str:
    with pytest.raises(InputError) as refused:
        set_up(config)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_every_kind_of_request_can_be_said() -> None:
    assert len(SPELLINGS) == len(REQUESTS)
    assert set(SPELLED) == set(SPELLINGS)
    assert all(hasattr(RunConfig("iris"), f"forget_{word}") for word in SPELLINGS)


@pytest.mark.parametrize("word", SPELLINGS)
def test_a_text_and_a_request_are_inverse(word: str) -> None:
    text, value = SPELLED[word]
    assert RequestSpec.from_text(text) == RequestSpec(word, value)
    assert RequestSpec.from_text(text).to_text() == text
    config = with_spec(RunConfig("iris", forget_class="setosa"), RequestSpec.from_text(text))
    assert spec_of(config, IRIS) == RequestSpec(word, value)
    assert from_dict(config.to_dict()) == config


def test_requests_are_built_with_the_runs_settings() -> None:
    config = RunConfig("iris", seed=7, federated=FederatedConfig(clients=4, alpha=0.5))
    made = {word: RequestSpec.from_text(text).request(config) for word, (text, _) in SPELLED.items()}
    assert made["ids"] == ForgetInstances([3, 17])
    assert made["random"] == ForgetRandom(0.02, 7)
    assert made["poisoned"] == ForgetPoisoned()
    assert made["feature"] == ForgetFeature("petal width (cm)")
    assert made["client"] == ForgetClient(2, 4, 0.5, 7)


def test_without_a_request_the_default_class_is_forgotten() -> None:
    assert spec_of(RunConfig("iris"), IRIS) == RequestSpec("class", "2")
    assert canonical(RequestSpec("class", "2"), IRIS) == RequestSpec("class", "virginica")
    assert canonical(RequestSpec("feature", "3"), IRIS) == RequestSpec("feature", "petal width (cm)")
    assert canonical(RequestSpec("feature", "input:1"), IRIS) == RequestSpec("feature", "input:1")


def test_ids_are_read_from_a_file_or_a_text(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("3\n17\n")
    for said in (str(tmp_path / "rows"), "3,17", ["3", "17"], [3, 17], [str(tmp_path / "rows")]):
        assert from_dict({"dataset": "iris", "forget_ids": said}).forget_ids == (3, 17)
    assert RequestSpec.from_text(f"ids={tmp_path / 'rows'}").to_text() == "ids=3,17"


def test_another_request_takes_the_place_of_the_old_one() -> None:
    config = RunConfig("iris", forget_class="0", gold=5)
    assert with_request(config, {}) == with_request(config, {"forget_class": None}) == config
    assert with_request(config, {"forget_random": 0.1}) == replace(
        config, forget_class=None, forget_random=0.1
    )
    assert with_request(config, {"forget_class": "1"}) == replace(config, forget_class="1")
    with pytest.raises(InputError, match=r"`request` must be one of forget_class, .* but is method"):
        with_request(config, {"method": "finetune"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("planet=9", "`request` must be one of class, ids, random, poisoned, feature, client, but is planet"),
        ("class", "a request must be class=VALUE, but is 'class'"),
        ("client= ", "a request must be client=VALUE, but is 'client= '"),
        ("client=two", "`forget_client` must be a whole number, but is 'two'"),
        ("random=few", "`forget_random` must be a number, but is 'few'"),
        ("poisoned=yes", "poisoned takes no value, but got yes"),
        ("ids=none.txt", "file none.txt does not exist"),
    ],
)
def test_texts_that_say_nothing(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        RequestSpec.from_text(text)
    assert str(refused.value) == sentence


def test_one_request_at_a_time() -> None:
    said = refusal(RunConfig("iris", forget_class="0", forget_random=0.1))
    assert said == (
        "a run forgets one thing at a time, but forget_class and forget_random are given: choose one, and "
        "name what is to follow in `then`"
    )
    assert refusal(RunConfig("iris", forget_poisoned=True)).startswith("no training sample is poisoned")
    assert set_up(RunConfig("iris", forget_poisoned=False)).request_spec == RequestSpec("class", "virginica")


def test_refusals_before_any_work() -> None:
    assert refusal(RunConfig("iris", forget_client=1)) == (
        "to forget a client, say how many there are: `federated.clients` (--clients N)"
    )
    assert "no feature 'leaf'" in refusal(RunConfig("iris", forget_feature="leaf"))
    assert "there is no row with id 150 in iris" in refusal(RunConfig("iris", forget_ids=(150,)))
    follow = refusal(RunConfig("iris", forget_class="0", then=("class=1",)))
    assert "at least 2 classes must be retained" in follow
    twice = refusal(RunConfig("iris", forget_feature="0", then=("feature=sepal length (cm)",)))
    assert "is the same in every training sample" in twice
    federated = FederatedConfig(clients=3, local_steps=7)
    assert refusal(RunConfig("iris", federated=federated)) == (
        "`steps` must be a multiple of `local_steps` (7), but is 300"
    )
    with pytest.raises(InputError, match="`poison` must be one of"):
        DataConfig(poison="arsenic:0.1")
    with pytest.raises(InputError, match=r"`federated\.alpha` skews clients: say how many"):
        FederatedConfig(alpha=0.3)


def test_data_are_poisoned_and_dealt_out_as_configured() -> None:
    federated = FederatedConfig(clients=3, alpha=1.0)
    config = RunConfig("iris", seed=4, data=DataConfig(poison="flip:0.2"), federated=federated)
    clean, task = load_data_and_model(RunConfig("iris", seed=4)), load_data_and_model(config)
    changed = task.prepared.y_train != clean.prepared.y_train
    np.testing.assert_array_equal(changed, task.prepared.marked)
    assert changed.sum() == round(0.2 * len(changed))
    np.testing.assert_array_equal(task.prepared.true_y_train, clean.prepared.y_train)
    np.testing.assert_array_equal(
        task.prepared.clients, assign_clients(task.prepared.y_train, 3, alpha=1.0, seed=4)
    )


def test_a_later_step_starts_from_what_is_left() -> None:
    base = RunConfig("iris", forget_class="2", training=Training(steps=10))
    first = set_up(replace(base, forget_class=None, forget_random=0.1))
    second = set_up(replace(base, after=("random=0.1",)))
    np.testing.assert_array_equal(second.prepared.x_train, first.forget.remaining.x_train)
    assert len(second.split.train) == len(second.prepared.y_train) == 96 - 10
    assert second.dataset.sha256() == first.dataset.sha256()
    problem = second.problem(np.zeros(second.model.n_params))
    assert len(problem.forget.y) + len(problem.retain.y) == 86
