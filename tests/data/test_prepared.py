"""Split and scaled data: fitted on training samples only."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from qunlearn.data import Dataset, Preprocessor, Split, prepare, split


def table(n: int = 60, columns: int = 7) -> Dataset:
    rng = np.random.default_rng(4)
    names = tuple(f"c{i}" for i in range(columns))
    y = rng.permutation(np.repeat([0, 1, 2], n // 3))
    x = rng.standard_normal((n, columns)) + y[:, None]
    return Dataset("t", x, y, names, ("a", "b", "c"), ("0", "1", "2"))


def test_every_part_is_the_transformed_rows_of_the_split() -> None:
    data = table()
    cut = split(data.y, holdout=0.1, seed=0)
    prepared = prepare(data, cut, n_features=3)
    fitted = Preprocessor.fit(data.x[cut.train], 3, standardise=True)
    for part in ("train", "val", "test", "holdout"):
        rows = getattr(cut, part)
        assert len(rows) > 0
        np.testing.assert_array_equal(getattr(prepared, f"x_{part}"), fitted.transform(data.x[rows]))
        np.testing.assert_array_equal(getattr(prepared, f"y_{part}"), data.y[rows])
    assert (prepared.n_features, prepared.n_classes) == (3, 3)
    assert prepared.x_train.min() == 0
    assert prepared.x_train.max() == pytest.approx(np.pi, abs=1e-15)


def test_rows_outside_training_change_nothing_in_training() -> None:
    data = table()
    cut = split(data.y, holdout=0.1, seed=0)
    x = data.x.copy()
    outside = np.concatenate([cut.val, cut.test, cut.holdout])
    x[outside] = 1e3 * np.random.default_rng(9).standard_normal((len(outside), 7))
    before, after = prepare(data, cut, 3), prepare(replace(data, x=x), cut, 3)
    assert before.preprocessor.to_dict() == after.preprocessor.to_dict()
    np.testing.assert_array_equal(before.x_train, after.x_train)
    assert not np.array_equal(before.x_test, after.x_test)


def test_a_training_row_does_change_the_fit() -> None:
    data = table()
    cut = split(data.y, seed=0)
    x = data.x.copy()
    x[cut.train[0]] += 5
    assert (
        prepare(data, cut).preprocessor.to_dict() != prepare(replace(data, x=x), cut).preprocessor.to_dict()
    )


@pytest.mark.parametrize(("columns", "d"), [(7, 4), (4, 4), (2, 2)])
def test_the_usual_number_of_inputs(columns: int, d: int) -> None:
    data = table(columns=columns)
    assert prepare(data, split(data.y, seed=0)).n_features == d


def test_standardising_is_passed_on() -> None:
    data = table()
    cut = split(data.y, seed=0)
    np.testing.assert_array_equal(prepare(data, cut, 3, standardise=False).preprocessor.scale, 1)
    assert (prepare(data, cut, 3).preprocessor.scale != 1).all()


def test_empty_parts_have_no_rows() -> None:
    data = table()
    prepared = prepare(data, split(data.y, test=0.0, val=0.0, seed=0), 3)
    assert prepared.x_train.shape == (60, 3)
    assert prepared.x_test.shape == prepared.x_val.shape == prepared.x_holdout.shape == (0, 3)
    assert prepared.y_test.shape == (0,)


def test_class_labels_are_understood() -> None:
    data = table()
    prepared = prepare(data, split(data.y, seed=0))
    assert [prepared.class_index(label) for label in ("B", 2, "a")] == [1, 2, 0]


def test_refusals(refused: Callable) -> None:
    data = table()
    rows = np.arange(3)
    cut = Split(rows, rows[:0], np.array([60]), rows[:0])
    with refused("the split has row 60, but dataset t has 60 rows: split this dataset"):
        prepare(data, cut)
    with refused("`n_features` must be between 1 and 7, the number of columns, but is 8"):
        prepare(data, split(data.y, seed=0), 8)
