"""Poisoned training samples: which, how, and that nothing else changes."""

from collections.abc import Callable

import numpy as np
import pytest

from qunlearn.data import POISONS, Dataset, Prepared, parse_poison, prepare, prepare_poisoned, split
from qunlearn.data.poison import LabelFlips, RandomFeatures

RNG = np.random.default_rng(0)
DATA = Dataset(
    "t",
    RNG.normal(0, [1, 2], (400, 2)),
    np.repeat(np.arange(4), 100),
    ("a", "b"),
    ("3", "5", "7", "8"),
)
SPLIT = split(DATA.y, holdout=0.1, seed=1)
CLEAN = prepare(DATA, SPLIT)
SPELLINGS = {"flip": "flip:0.1", "random_features": "random_features:0.1"}


def poisoned(text: str, seed: int = 0) -> Prepared:
    return prepare_poisoned(DATA, SPLIT, parse_poison(text), seed=seed)


def test_every_scenario_is_known_to_this_file() -> None:
    assert set(SPELLINGS) == set(POISONS)


@pytest.mark.parametrize("kind", POISONS)
def test_only_marked_training_rows_change(kind: str) -> None:
    spoilt = poisoned(SPELLINGS[kind])
    n = len(SPLIT.train)
    assert spoilt.marked.sum() == round(0.1 * n)
    np.testing.assert_array_equal(spoilt.true_y_train, CLEAN.y_train)
    np.testing.assert_array_equal(spoilt.y_train[~spoilt.marked], CLEAN.y_train[~spoilt.marked])
    rows = np.setdiff1d(np.arange(400), SPLIT.train[spoilt.marked])
    np.testing.assert_array_equal(spoilt.dataset.x[rows], DATA.x[rows])
    np.testing.assert_array_equal(spoilt.dataset.y[rows], DATA.y[rows])
    for part in ("val", "test", "holdout"):
        np.testing.assert_array_equal(getattr(spoilt, f"y_{part}"), getattr(CLEAN, f"y_{part}"))


@pytest.mark.parametrize("kind", POISONS)
def test_the_seed_decides(kind: str) -> None:
    first, again, other = (poisoned(SPELLINGS[kind], seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.marked, again.marked)
    np.testing.assert_array_equal(first.dataset.x, again.dataset.x)
    np.testing.assert_array_equal(first.dataset.y, again.dataset.y)
    assert (first.marked != other.marked).any()


def test_flipped_labels_are_others_with_equal_chance() -> None:
    spoilt = poisoned("flip:0.9")
    turned = spoilt.y_train[spoilt.marked], CLEAN.y_train[spoilt.marked]
    assert (turned[0] != turned[1]).all()
    counts = np.bincount((turned[0] - turned[1]) % 4, minlength=4)
    n = spoilt.marked.sum()
    assert counts[0] == 0
    assert np.abs(counts[1:] - n / 3).max() < 4 * np.sqrt(n * 2 / 9)
    np.testing.assert_array_equal(spoilt.dataset.x, DATA.x)


def test_pairs_turn_their_own_classes_only() -> None:
    spoilt = poisoned("flip:0.5:3>7, 8>3")
    before, after = CLEAN.y_train, spoilt.y_train
    assert spoilt.marked.sum() == round(0.5 * np.isin(before, [0, 3]).sum())
    assert set(zip(before[spoilt.marked].tolist(), after[spoilt.marked].tolist(), strict=True)) == {
        (0, 2),
        (3, 0),
    }


def test_random_features_keep_labels_and_come_from_the_training_rows() -> None:
    spoilt = poisoned("random_features:0.3")
    rows = SPLIT.train[spoilt.marked]
    np.testing.assert_array_equal(spoilt.y_train, CLEAN.y_train)
    for column in range(2):
        assert np.isin(spoilt.dataset.x[rows, column], DATA.x[SPLIT.train, column]).all()
    donors = [np.flatnonzero(DATA.x[:, c] == v) for row in rows for c, v in enumerate(spoilt.dataset.x[row])]
    pairs = np.array(donors).reshape(-1, 2)
    assert (pairs[:, 0] != pairs[:, 1]).mean() > 0.9
    assert len(np.unique(pairs[:, 0])) > 0.5 * len(rows)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("noise:0.1", "`poison` must be one of flip, random_features, but is noise"),
        ("flip", "`poison` must be flip:SHARE, such as flip:0.1, but is flip"),
        ("flip:ten", "`poison` must be flip:SHARE, such as flip:0.1, but is flip:ten"),
        ("flip:1", "the share of poisoned samples must be above 0 and below 1, but is 1.0"),
        ("flip:nan", "the share of poisoned samples must be above 0 and below 1, but is nan"),
        ("random_features:0.1:3>5", "class pairs belong to flip, but `poison` is random_features:0.1:3>5"),
        ("flip:0.1:3-5", "class pairs of `poison` must be FROM>TO, such as 3>5, but are 3-5"),
        ("flip:0.1:3>5,3>7", "a class can be flipped to one other class only"),
        ("flip:0.1:3>3", "a flip must lead to another class"),
        ("flip:0.1:3>9", "there is no class '9': it must be one of 3, 5, 7, 8"),
        ("flip:0.001", "a share of 0.001 poisons none of the 224 training samples: take a larger one"),
    ],
)
def test_refused(text: str, sentence: str, refused: Callable) -> None:
    with refused(sentence):
        poisoned(text)


def test_scenarios_are_spelled() -> None:
    assert parse_poison("flip:0.25") == LabelFlips(0.25)
    assert parse_poison("flip:0.25:1>9,9>1") == LabelFlips(0.25, (("1", "9"), ("9", "1")))
    assert parse_poison("random_features:0.5") == RandomFeatures(0.5)
