"""What every request promises, over the table, and what the kinds do to the data."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qunlearn.data import (
    REQUESTS,
    Dataset,
    ForgetClass,
    ForgetClient,
    ForgetFeature,
    ForgetInstances,
    ForgetPoisoned,
    ForgetRandom,
    ForgetSplit,
    Prepared,
    Request,
    Split,
    assign_clients,
    prepare,
    split,
)
from qunlearn.data.requests import KINDS, read_ids

NAMES = ("petal", "sepal", "7")


def table(classes: int = 3) -> Dataset:
    rng = np.random.default_rng(2)
    y = rng.permutation(np.repeat(np.arange(classes), 20))
    names = ("3", "5", "7", "8")[:classes]
    ids = rng.permutation(500)[: len(y)]
    return Dataset("t", rng.normal(0, [1, 3, 9], (len(y), 3)), y, NAMES, names, ids=ids)


def prepared(classes: int = 3, n_features: int | None = None) -> Prepared:
    data = table(classes)
    return prepare(data, split(data.y, holdout=0.1, seed=0), n_features)


def marked(data: Prepared) -> Prepared:
    """Some training samples are poisoned: their label is not the true one."""
    some = np.arange(len(data.y_train)) % 5 == 2
    return replace(data, marked=some, true_y_train=np.where(some, (data.y_train + 1) % 3, data.y_train))


DATA = marked(prepared())
TRAIN_IDS = table().ids[DATA.split.train]
TEST_ID = int(table().ids[DATA.split.test[0]])
ARGUMENTS = {
    "class": ("7",),
    "instances": (TRAIN_IDS[[4, 1, 9]].tolist(),),
    "random": (0.2,),
    "poisoned": (),
    "feature": ("sepal",),
    "client": (1, 3),
}


def test_the_arguments_of_every_request_are_known_to_this_file() -> None:
    assert set(ARGUMENTS) == set(REQUESTS)


@pytest.mark.parametrize("kind", REQUESTS)
def test_every_request_says_what_is_forgotten_and_what_remains(kind: str) -> None:
    request = REQUESTS[kind].make(*ARGUMENTS[kind])
    assert isinstance(request, Request)
    assert REQUESTS[kind].meaning
    cut = request.apply(DATA)
    assert cut.kind == ("instances" if kind in ("random", "poisoned") else kind)
    assert cut.kind in KINDS
    np.testing.assert_array_equal(cut.retain_mask, ~cut.forget_mask)
    np.testing.assert_array_equal(cut.x_forget, DATA.x_train[cut.forget_rows])
    np.testing.assert_array_equal(cut.y_forget, DATA.y_train[cut.forget_mask])
    kept = cut.forget_mask if kind == "feature" else cut.retain_mask
    np.testing.assert_array_equal(cut.y_retain, DATA.y_train[kept])
    assert cut.x_retain.shape == (kept.sum(), DATA.n_features)
    assert min(len(cut.y_forget), len(cut.y_retain)) > 0
    assert cut.forget_index == request.resolve(DATA) == request.resolve(table())
    assert (cut.forget_index is not None) == (kind == "class")


@pytest.mark.parametrize("kind", REQUESTS)
def test_what_remains_is_data_like_any_other(kind: str) -> None:
    """Row i of every part is still the row of the dataset that the split names."""
    rest = REQUESTS[kind].make(*ARGUMENTS[kind]).apply(DATA).remaining
    for part in ("train", "val", "test", "holdout"):
        rows = getattr(rest.split, part)
        np.testing.assert_array_equal(getattr(rest, f"y_{part}"), rest.dataset.y[rows])
        np.testing.assert_array_equal(
            getattr(rest, f"x_{part}"), rest.preprocessor.transform(rest.dataset.x[rows])
        )
    assert len(rest.true_y_train) == len(rest.marked) == len(rest.y_train)


@pytest.mark.parametrize("kind", REQUESTS)
def test_judged_by_the_rows_of_the_request_and_by_unseen_others(kind: str) -> None:
    cut = REQUESTS[kind].make(*ARGUMENTS[kind]).apply(DATA)
    x, y, forget = cut.evaluation
    if kind == "class":
        np.testing.assert_array_equal(x, DATA.x_test)
        np.testing.assert_array_equal(forget, DATA.y_test == 2)
    else:
        np.testing.assert_array_equal(x[forget], cut.x_forget)
        np.testing.assert_array_equal(x[~forget], cut.remaining.x_test)
        np.testing.assert_array_equal(y[forget], DATA.true_y_train[cut.forget_mask])
    np.testing.assert_array_equal(y[~forget], cut.remaining.y_test)


@pytest.mark.parametrize("label", ["3", 5, "7.0"])
def test_a_class_is_gone_from_all_parts(label: str | int) -> None:
    cut: ForgetSplit = ForgetClass(label).apply(DATA)
    index = ("3", "5", "7").index(str(label).removesuffix(".0"))
    assert cut.forget_index == index
    assert set(cut.y_forget) == {index}
    for part in ("train", "val", "test", "holdout"):
        assert set(getattr(cut.remaining, f"y_{part}")) == {0, 1, 2} - {index}
    np.testing.assert_array_equal(cut.x_val_retain, DATA.x_val[DATA.y_val != index])
    np.testing.assert_array_equal(cut.y_val_retain, DATA.y_val[DATA.y_val != index])


def test_rows_are_found_by_id_in_any_order() -> None:
    ids = TRAIN_IDS[[4, 1, 9]]
    cut = ForgetInstances(ids.tolist()).apply(DATA)
    assert cut.forget_rows.tolist() == [1, 4, 9]
    assert set(cut.prepared.dataset.ids[cut.prepared.split.train[cut.forget_mask]]) == set(ids)
    assert not set(ids) & set(cut.remaining.dataset.ids[cut.remaining.split.train])
    np.testing.assert_array_equal(cut.remaining.x_val, DATA.x_val)


def test_a_column_is_replaced_by_its_training_mean_before_the_preprocessing() -> None:
    data = prepared(n_features=2)
    cut = ForgetFeature("sepal").apply(data)
    raw = table().x.copy()
    raw[:, 1] = raw[data.split.train, 1].mean()
    assert data.preprocessor.components is not None
    for part in ("train", "val", "test", "holdout"):
        expected = data.preprocessor.transform(raw[getattr(data.split, part)])
        np.testing.assert_array_equal(getattr(cut.remaining, f"x_{part}"), expected)
    np.testing.assert_array_equal(cut.x_forget, data.x_train)
    assert not np.allclose(cut.x_retain, cut.x_forget)
    np.testing.assert_array_equal(cut.y_retain, cut.y_forget)


def test_without_pca_the_column_is_a_constant_input() -> None:
    cut = ForgetFeature(1).apply(DATA)
    np.testing.assert_allclose(cut.x_retain[:, 1], DATA.x_train[:, 1].mean(), rtol=1e-12)
    np.testing.assert_array_equal(cut.x_retain[:, [0, 2]], DATA.x_train[:, [0, 2]])
    assert np.ptp(cut.remaining.x_test[:, 1]) < 1e-12


def test_a_column_is_known_by_name_first() -> None:
    assert ForgetFeature("7").apply(DATA).remaining.dataset.x[:, 2].std() < 1e-12
    assert ForgetFeature(0).apply(DATA).remaining.dataset.x[:, 0].std() < 1e-12


def test_names_that_are_numbers_are_not_mixed_up_with_places(refused: Callable) -> None:
    numbered = replace(table(), feature_names=("3", "2", "1"))
    assert [ForgetFeature(k).name(numbered) for k in (0, 1, 2, "1", "2")] == ["3", "2", "1", "1", "2"]
    with refused("there is no feature '0', and names of others are numbers: it must be one of 3, 2, 1"):
        ForgetFeature("0").resolve(numbered)


def test_a_model_input_is_replaced_after_the_preprocessing() -> None:
    data = prepared(n_features=2)
    cut = ForgetFeature("input:1").apply(data)
    np.testing.assert_array_equal(cut.remaining.x_test[:, 1], data.x_train[:, 1].mean())
    np.testing.assert_array_equal(cut.x_retain[:, 0], data.x_train[:, 0])


def test_a_random_share_is_drawn_by_the_seed() -> None:
    first, again, other = (ForgetRandom(0.25, seed).apply(DATA).forget_mask for seed in (1, 1, 2))
    assert first.sum() == round(0.25 * len(DATA.y_train))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert ForgetRandom(1e-9).apply(DATA).forget_mask.sum() == 1


def test_poisoned_rows_are_those_marked() -> None:
    np.testing.assert_array_equal(ForgetPoisoned().apply(DATA).forget_mask, DATA.marked)
    rest = ForgetPoisoned().apply(DATA).remaining
    assert not rest.marked.any()
    np.testing.assert_array_equal(rest.true_y_train, rest.y_train)


def test_a_clients_rows_are_those_dealt_to_it() -> None:
    dealt = assign_clients(DATA.y_train, 3, alpha=2.0, seed=4)
    cut = ForgetClient(1, 3, alpha=2.0, seed=4).apply(DATA)
    np.testing.assert_array_equal(cut.forget_mask, dealt == 1)
    np.testing.assert_array_equal(cut.remaining.clients, dealt[dealt != 1])
    again = ForgetClient(2, 3).apply(cut.remaining)
    np.testing.assert_array_equal(again.remaining.clients, dealt[dealt == 0])


def test_requests_follow_one_another() -> None:
    """The second starts from what the first left, and takes nothing of it back."""
    first = ForgetFeature("input:0").apply(DATA)
    second = ForgetFeature("sepal").apply(first.remaining)
    third = ForgetInstances([int(TRAIN_IDS[3])]).apply(second.remaining)
    last = ForgetClass("5").apply(third.remaining)
    rest = last.remaining
    assert np.ptp(rest.x_train[:, :2], axis=0).max() < 1e-12
    assert TRAIN_IDS[3] not in rest.dataset.ids[rest.split.train]
    assert set(rest.y_test) == {0, 2}
    np.testing.assert_array_equal(second.x_forget, first.x_retain)


def test_a_replaced_input_stays_replaced() -> None:
    """Inputs are computed anew when a column is replaced later, and the constants with them."""
    rest = DATA
    for feature in ("input:0", "input:2", "sepal"):
        rest = ForgetFeature(feature).apply(rest).remaining
    assert np.ptp(rest.x_test, axis=0).max() < 1e-12
    np.testing.assert_allclose(rest.x_test[0, [0, 2]], DATA.x_train[:, [0, 2]].mean(axis=0))


def test_unknown_classes_are_refused(refused: Callable) -> None:
    for data in (table(), DATA):
        with refused("there is no class '9': it must be one of 3, 5, 7"):
            ForgetClass(9).resolve(data)


def test_two_classes_must_be_left(refused: Callable) -> None:
    message = (
        "forgetting class 3 would leave 5 only, but at least 2 classes must be retained: "
        "choose data with more classes"
    )
    with refused(message):
        ForgetClass(3).resolve(table(2))
    with refused(message):
        ForgetClass(3).apply(prepared(2))
    assert ForgetClass(3).resolve(table(3)) == 0
    with refused(message.replace("class 3", "class 7")):
        ForgetClass(7).apply(ForgetClass(3).apply(DATA).remaining)


def test_a_class_without_training_rows_is_refused(refused: Callable) -> None:
    data = table(4)
    without = np.flatnonzero(data.y != 3)
    empty = without[:0]
    with refused("there are no training samples of class 8 to forget"):
        ForgetClass(8).apply(prepare(data, Split(without, empty, empty, empty)))


def test_ids_that_cannot_be_forgotten(refused: Callable) -> None:
    known = table().ids
    with refused("there are no ids to forget"):
        ForgetInstances([])
    with refused("id 17 is given more than once"):
        ForgetInstances([3, 17, 4, 17])
    sentence = f"there is no row with id 1000 in t: its 60 rows have ids from {known.min()} to {known.max()}"
    for data in (table(), DATA):
        with refused(sentence):
            ForgetInstances([int(known[0]), 1000]).resolve(data)
    with refused(
        f"id {TEST_ID} is a test sample, which no model was trained on: give ids of training samples"
    ):
        ForgetInstances([int(TRAIN_IDS[0]), TEST_ID]).apply(DATA)
    gone = int(TRAIN_IDS[0])
    with refused(f"id {gone} is no longer in the data: give ids of training samples"):
        ForgetInstances([gone]).apply(ForgetInstances([gone]).apply(DATA).remaining)


def test_every_class_keeps_a_training_row(refused: Callable) -> None:
    sevens = TRAIN_IDS[DATA.y_train == 2].tolist()
    with refused(
        "no training sample of class 7 would be left: forget fewer rows, or the whole class with "
        "`forget_class`"
    ):
        ForgetInstances(sevens).apply(DATA)
    with refused(
        "no training sample of class 3, 5, 7 would be left: forget fewer rows, or the whole class with "
        "`forget_class`"
    ):
        ForgetInstances(TRAIN_IDS.tolist()).apply(DATA)
    assert ForgetInstances(sevens[1:]).apply(DATA).forget_mask.sum() == len(sevens) - 1


def test_shares_poison_and_clients_that_cannot_be_forgotten(refused: Callable) -> None:
    with refused("the share of rows to forget must be above 0 and below 1, but is 1.0"):
        ForgetRandom(1.0)
    with refused("no training sample is poisoned: choose a scenario with `poison`, such as flip:0.1"):
        ForgetPoisoned().apply(prepared())
    with refused("there is no client 3: with 3 clients it must be one of 0 to 2"):
        ForgetClient(3, 3)
    with refused("`clients` must be >= 2, but is 1"):
        ForgetClient(0, 1)
    left = ForgetClient(1, 3).apply(DATA).remaining
    with refused("client 1 has no training samples left to forget"):
        ForgetClient(1, 3).apply(left)


def test_ids_are_read_from_a_list_or_a_file(tmp_path: Path) -> None:
    assert read_ids("3, 17,20") == (3, 17, 20)
    assert read_ids("5") == (5,)
    (tmp_path / "rows.txt").write_text("3\n\n 17 \r\n20")
    assert read_ids(tmp_path / "rows.txt") == (3, 17, 20)
    (tmp_path / "rows.csv").write_text("who,id\na,3\nb,17\n")
    assert read_ids(str(tmp_path / "rows.csv"), "id") == (3, 17)
    (tmp_path / "bom.txt").write_text("\ufeff3\n17\n", encoding="utf-8")
    assert read_ids(tmp_path / "bom.txt") == (3, 17)
    (tmp_path / "one.csv").write_text("row\n3\n17\n")
    assert read_ids(tmp_path / "one.csv") == (3, 17)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.txt", None, "file {} does not exist"),
        ("empty.txt", "\n \n", "{} holds no ids"),
        (
            "words.txt",
            "3\n4.5",
            "{} must hold one id a line, a whole number >= 0, but entry 2 is '4.5'",
        ),
        (
            "two.csv",
            "row,who\n3,a\n",
            "{} has the columns row, who, and ids count the rows of the data from 0: keep one column of such "
            "ids, or say which column of the data they are values of (--id COLUMN)",
        ),
    ],
)
def test_files_without_ids_are_refused(
    name: str, content: str | None, sentence: str, tmp_path: Path, refused: Callable
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with refused(sentence.format(path)):
        read_ids(path)


def test_features_that_cannot_be_forgotten(refused: Callable) -> None:
    for data in (table(), DATA):
        with refused(
            "there is no feature 'leaf': it must be one of petal, sepal, 7, an index from 0 to 2, or input:J "
            "for model input J"
        ):
            ForgetFeature("leaf").resolve(data)
    for bad in ("input:3", "input:", "input:-1"):
        with refused(f"there is no model input {bad}: it must be one of input:0 to input:2"):
            ForgetFeature(bad).resolve(DATA)
    constant = ForgetFeature("petal").apply(DATA).remaining
    with refused("feature petal is the same in every training sample: there is nothing to forget"):
        ForgetFeature("petal").apply(constant)


def test_an_id_file_without_the_datas_key_is_refused(tmp_path: Path, refused: Callable) -> None:
    path = tmp_path / "two.csv"
    path.write_text("row,who\n3,7\n")
    with refused(f"{path} must hold the ids in a column `id`, but has the columns row, who"):
        read_ids(path, "id")
