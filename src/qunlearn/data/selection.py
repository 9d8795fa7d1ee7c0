"""Choosing classes, and a number of rows of each."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qunlearn._errors import require
from qunlearn.data.classes import Label
from qunlearn.data.dataset import Dataset
from qunlearn.data.randomness import generator


def select_classes(data: Dataset, classes: Sequence[Label]) -> Dataset:
    """Samples of `classes` only (at least two, none twice), remapped to 0, 1, ... in the order given."""
    chosen = [data.class_index(label) for label in classes]
    given = ", ".join(map(str, classes))
    require(len(chosen) >= 2, f"`classes` must name at least two classes, but names {given or 'none'}")
    require(len(set(chosen)) == len(chosen), f"`classes` must name every class once, but are {given}")
    remapped = np.full(data.n_classes, -1, dtype=np.int64)
    remapped[chosen] = np.arange(len(chosen))
    kept = np.isin(data.y, chosen)
    return replace(
        data,
        x=data.x[kept],
        y=remapped[data.y[kept]],
        ids=data.ids[kept],
        class_names=tuple(data.class_names[i] for i in chosen),
        class_aliases=tuple(data.class_aliases[i] for i in chosen if data.class_aliases),
    )


def draw_rows(data: Dataset, rows_per_class: int, seed: int) -> Dataset:
    """`rows_per_class` rows of every class, drawn without replacement, in their old order.

    The rows of a class depend on the seed and the class's name only, not on which other classes were
    selected.
    """
    require(rows_per_class >= 1, f"`rows_per_class` must be >= 1, but is {rows_per_class}")
    drawn = []
    for index, name in enumerate(data.class_names):
        rows = np.flatnonzero(data.y == index)
        require(
            len(rows) >= rows_per_class,
            f"`rows_per_class` is {rows_per_class}, but class {name} of {data.name} has {len(rows)} rows",
        )
        drawn.append(generator(seed, f"rows of {name}").permutation(rows)[:rows_per_class])
    kept = np.sort(np.concatenate(drawn))
    return replace(data, x=data.x[kept], y=data.y[kept], ids=data.ids[kept])
