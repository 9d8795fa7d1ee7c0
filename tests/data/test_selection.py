"""Choosing classes and drawing rows."""

from collections.abc import Callable

import numpy as np
import pytest

from qunlearn.data import Dataset
from qunlearn.data.selection import draw_rows, select_classes


def numbered(counts: tuple[int, ...] = (7, 5, 9)) -> Dataset:
    """Column 0 numbers the rows, in shuffled class order."""
    y = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)), counts))
    x = np.column_stack([np.arange(len(y)), y * 10.0])
    names = tuple("abc"[: len(counts)])
    return Dataset("t", x.astype(float), y, ("row", "ten"), names, tuple(n.upper() * 2 for n in names))


def test_classes_are_remapped_in_the_order_given() -> None:
    data = select_classes(numbered(), ["c", "AA"])
    assert data.class_names == ("c", "a")
    assert data.class_aliases == ("CC", "AA")
    np.testing.assert_array_equal(data.y, np.where(data.x[:, 1] == 20, 0, 1))
    assert len(data.y) == 16
    assert (np.diff(data.x[:, 0]) > 0).all()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["a"], "`classes` must name at least two classes, but names a"),
        ([], "`classes` must name at least two classes, but names none"),
        (["a", "b", "AA"], "`classes` must name every class once, but are a, b, AA"),
        (["a", "z"], "there is no class 'z': it must be one of a (AA), b (BB), c (CC)"),
    ],
)
def test_wrong_classes_are_refused(classes: list, message: str, refused: Callable) -> None:
    with refused(message):
        select_classes(numbered(), classes)


def test_drawn_rows_are_rows_of_the_data_without_repeats() -> None:
    full = numbered()
    data = draw_rows(full, 4, seed=0)
    rows = data.x[:, 0].astype(int)
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(data.x, full.x[rows])
    np.testing.assert_array_equal(data.y, full.y[rows])
    np.testing.assert_array_equal(np.bincount(data.y), [4, 4, 4])


def test_the_draw_depends_on_the_seed_and_not_on_the_other_classes() -> None:
    full = numbered((20, 20, 20))
    rows = {seed: set(draw_rows(full, 5, seed).x[:, 0]) for seed in range(4)}
    assert rows[0] == set(draw_rows(full, 5, 0).x[:, 0])
    assert len(set(map(frozenset, rows.values()))) == 4
    fewer = draw_rows(select_classes(full, ["c", "a"]), 5, 0)
    assert set(fewer.x[:, 0]) <= rows[0]


def test_every_row_of_a_class_can_be_drawn_and_no_more(refused: Callable) -> None:
    drawn = draw_rows(numbered((5, 5)), 5, 0)
    assert len(drawn.y) == 10
    with refused("`rows_per_class` is 6, but class b of t has 5 rows"):
        draw_rows(numbered(), 6, 0)
    with refused("`rows_per_class` must be >= 1, but is 0"):
        draw_rows(numbered(), 0, 0)


@pytest.mark.slow
def test_every_row_is_drawn_equally_often() -> None:
    data, seeds = numbered((10, 10)), 2000
    counts = np.zeros(20)
    for seed in range(seeds):
        counts[draw_rows(data, 3, seed).x[:, 0].astype(int)] += 1
    # Each count is binomial(2000, 0.3): sd 20.5, so five of them around 600.
    assert np.abs(counts - 600).max() < 5 * np.sqrt(seeds * 0.3 * 0.7)


def test_rows_keep_their_ids() -> None:
    """An id means the same row whichever classes and rows are chosen."""
    full = numbered((20, 20, 20))
    np.testing.assert_array_equal(full.ids, np.arange(60))
    for data in (
        select_classes(full, ["c", "a"]),
        draw_rows(full, 5, 0),
        draw_rows(select_classes(full, ["b", "a"]), 4, 3),
    ):
        np.testing.assert_array_equal(data.ids, data.x[:, 0])
