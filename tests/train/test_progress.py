"""Pieces of long loops: they cover the loop, and are told in between."""

import pytest

from qunlearn.train.progress import pieces, silent


@pytest.mark.parametrize("steps", [1, 3, 20, 47, 300])
def test_pieces_cover_the_loop_and_are_told(steps):
    told = []
    found = list(pieces(steps, lambda *words: told.append(words), "work"))
    assert [i for low, high in found for i in range(low, high)] == list(range(steps))
    assert told == [("work (compiling)", 0, steps)] + [("work", high, steps) for _, high in found]
    assert len(found) == min(steps, 20)


def test_what_is_told_comes_before_and_after_the_work():
    told = []
    loop = pieces(2, lambda what, done, total: told.append(done), "work")
    next(loop)
    assert told == [0]
    next(loop)
    assert told == [0, 1]


def test_one_piece_when_nobody_listens():
    assert list(pieces(47, silent, "work")) == [(0, 47)]
