"""Splits: disjoint, stratified, complete, deterministic, saved with a hash."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qunlearn.data import Split, split

PARTS = ("train", "val", "test", "holdout")
NO_ROWS = "saved split holds something else than lists of row indices: it is damaged, split again"
TOO_FEW = "class {} has 3 rows, too few for the split: it needs 2 for training besides 1 for test, 1 for val"
NO_FIT = "saved split does not fit its own sha256: it is damaged, split again"


def labels(counts: list[int], seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    counts=st.lists(st.integers(10, 60), min_size=1, max_size=4),
    fractions=st.tuples(*[st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.25])] * 3),
    seed=st.integers(0, 2**40),
)
def test_parts_are_disjoint_complete_stratified_and_repeatable(
    counts: list[int], fractions: tuple[float, float, float], seed: int
) -> None:
    y = labels(counts)
    test, val, holdout = fractions
    cut = split(y, test=test, val=val, holdout=holdout, seed=seed)
    every = np.concatenate([getattr(cut, part) for part in PARTS])
    np.testing.assert_array_equal(np.sort(every), np.arange(len(y)))
    for part in PARTS:
        assert (np.diff(getattr(cut, part)) > 0).all()
    for k, n in enumerate(counts):
        sizes = {part: int((y[getattr(cut, part)] == k).sum()) for part in PARTS}
        assert abs(sizes["test"] - test * n) < 1
        assert abs(sizes["val"] - val * (n - sizes["test"])) < 1
        assert abs(sizes["holdout"] - holdout * (n - sizes["test"])) < 1
        assert all((sizes[part] > 0) == (f > 0) for part, f in (("test", test), ("val", val)))
        assert sizes["train"] >= 2
    again = split(y, test=test, val=val, holdout=holdout, seed=seed)
    assert again.sha256() == cut.sha256()


@pytest.mark.parametrize(("n", "sizes"), [(50, (32, 8, 10)), (150, (96, 24, 30))])
def test_the_sizes_of_the_paper(n: int, sizes: tuple[int, int, int]) -> None:
    y = labels([n] * 3)
    cut = split(y, seed=0)
    for part, size in zip(PARTS, sizes, strict=False):
        np.testing.assert_array_equal(np.bincount(y[getattr(cut, part)]), [size] * 3)
    assert len(cut.holdout) == 0


def test_seeds_give_different_splits() -> None:
    y = labels([30, 30])
    assert len({split(y, seed=seed).sha256() for seed in range(5)}) == 5


def test_classes_are_drawn_independently() -> None:
    """With the labels in blocks, equal draws would pick equal positions within both blocks."""
    y = np.repeat([0, 1], 50)
    test = split(y, seed=0).test
    assert set(test[test < 50]) != set(test[test >= 50] - 50)


def test_a_holdout_takes_its_rows_from_train_only() -> None:
    y = labels([40, 25])
    without, cut = split(y, seed=3), split(y, holdout=0.25, seed=3)
    np.testing.assert_array_equal(cut.test, without.test)
    np.testing.assert_array_equal(cut.val, without.val)
    np.testing.assert_array_equal(np.union1d(cut.train, cut.holdout), without.train)


@pytest.mark.slow
def test_every_row_is_tested_equally_often() -> None:
    y, seeds = np.repeat([0, 1], 10), 2000
    counts = np.zeros(20)
    for seed in range(seeds):
        counts[split(y, seed=seed).test] += 1
    # Each count is binomial(2000, 0.2): sd 17.9, so five of them around 400.
    assert np.abs(counts - 400).max() < 5 * np.sqrt(seeds * 0.2 * 0.8)


def test_the_smallest_class() -> None:
    cut = split(labels([4]), seed=0)
    assert [len(getattr(cut, part)) for part in PARTS] == [2, 1, 1, 0]
    assert len(split(labels([2]), test=0.0, val=0.0, seed=0).train) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {},
            TOO_FEW.format("b"),
        ),
        (
            {"test": 0.0, "val": 0.6},
            "class b has 3 rows, too few for the split: it needs 2 for training besides 2 for val",
        ),
        ({"test": 1.0}, "`test` must be a fraction in [0, 1), but is 1.0"),
        ({"val": -0.1}, "`val` must be a fraction in [0, 1), but is -0.1"),
        ({"holdout": float("nan")}, "`holdout` must be a fraction in [0, 1), but is nan"),
        ({"val": 0.5, "holdout": 0.5}, "`val` + `holdout` must be < 1 to leave training samples, but is 1.0"),
        ({"seed": -1}, "`seed` must be a whole number >= 0, but is -1"),
    ],
)
def test_refusals(arguments: dict, message: str, refused: Callable) -> None:
    with refused(message):
        split(labels([20, 3]), **{"seed": 0, "class_names": ("a", "b"), **arguments})


def test_without_class_names_the_index_is_named_and_no_rows_are_refused(refused: Callable) -> None:
    with refused(TOO_FEW.format(1)):
        split(labels([20, 3]), seed=0)
    with refused("there are no rows to split"):
        split(np.zeros(0, dtype=np.int64), seed=0)


def rows(*indices: int) -> np.ndarray:
    return np.array(indices, dtype=np.int64)


def test_json_round_trip() -> None:
    cut = split(labels([20, 30]), holdout=0.1, seed=2)
    back = Split.from_dict(json.loads(json.dumps(cut.to_dict())))
    for part in PARTS:
        np.testing.assert_array_equal(getattr(back, part), getattr(cut, part))
        assert getattr(back, part).dtype == np.int64
    assert back.sha256() == cut.to_dict()["sha256"] == cut.sha256()


def test_the_hash_sees_which_part_a_row_is_in() -> None:
    cuts = [
        Split(rows(0, 1), rows(2), rows(3), rows()),
        Split(rows(0, 1), rows(3), rows(2), rows()),
        Split(rows(0, 1, 2), rows(), rows(3), rows()),
        Split(rows(0, 1), rows(2), rows(), rows(3)),
        Split(rows(0, 1), rows(2), rows(4), rows()),
    ]
    assert len({cut.sha256() for cut in cuts}) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": [0]}, NO_FIT),
        ({"sha256": "0"}, NO_FIT),
        ({"val": None}, NO_ROWS),
        ({"val": ["x"]}, NO_ROWS),
        ({"val": [[3]]}, NO_ROWS),
        ({"val": [3.0]}, NO_ROWS),
        ({"val": [2**63]}, NO_ROWS),
        ({"val": [2]}, "the parts of a split must not share rows"),
    ],
)
def test_a_damaged_file_is_refused(change: dict, message: str, refused: Callable) -> None:
    saved = Split(rows(1, 2), rows(3), rows(4), rows()).to_dict()
    with refused(message):
        Split.from_dict(saved | change)
    with refused("saved split lacks holdout, sha256: it is damaged, split again"):
        Split.from_dict({part: [] for part in PARTS[:3]})


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((rows(1, 1), rows(), rows(), rows()), "split part train must have sorted row indices, each once"),
        ((rows(1), rows(3, 2), rows(), rows()), "split part val must have sorted row indices, each once"),
        ((rows(1), rows(2), rows(1), rows()), "the parts of a split must not share rows"),
        ((rows(1), rows(), rows(), rows(-1)), "row indices of a split must be >= 0"),
    ],
)
def test_impossible_splits_are_refused(parts: tuple, message: str, refused: Callable) -> None:
    with refused(message):
        Split(*parts)
