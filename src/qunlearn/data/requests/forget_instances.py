"""Forget some training samples, by their ids."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qunlearn._errors import fail, require
from qunlearn.data.arrays import row_numbers
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared
from qunlearn.data.requests.cut import ForgetSplit
from qunlearn.data.requests.request import without_rows
from qunlearn.data.split import PARTS


@dataclass(frozen=True)
class ForgetInstances:
    """Forget the training samples with these `ids`.

    An id is the number of a row in the dataset as it was loaded (`Dataset.ids`), counted from 0 and the same
    whichever classes or rows are drawn from it.
    """

    ids: tuple[int, ...]

    def __init__(self, ids: Iterable[int]) -> None:
        object.__setattr__(
            self, "ids", tuple(row_numbers("ids", ids if hasattr(ids, "dtype") else list(ids)).tolist())
        )
        require(self.ids, "there are no ids to forget")
        distinct, times = np.unique(self.ids, return_counts=True)
        repeated = distinct[times > 1].tolist()
        require(not repeated, f"id {''.join(map(str, repeated[:1]))} is given more than once")

    def resolve(self, data: Dataset | Prepared) -> None:
        """None; `InputError` when an id is unknown."""
        dataset = data.dataset if isinstance(data, Prepared) else data
        unknown = np.setdiff1d(self.ids, dataset.ids)
        if len(unknown):
            fail(
                f"there is no row with id {unknown[0]} in {dataset.name}: its {len(dataset.y)} rows have ids "
                f"from {dataset.ids.min()} to {dataset.ids.max()}"
            )

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Forget these; `InputError` when one is not a training sample, or a class loses all of its own."""
        self.resolve(prepared)
        ids, split = prepared.dataset.ids, prepared.split
        forget = np.isin(ids[split.train], self.ids)
        if forget.sum() < len(self.ids):
            other = np.setdiff1d(self.ids, ids[split.train])
            part = next((p for p in PARTS if other[0] in ids[getattr(split, p)]), None)
            called = "validation" if part == "val" else part
            where = f"a {called} sample, which no model was trained on" if part else "no longer in the data"
            fail(f"id {other[0]} is {where}: give ids of training samples")
        return without_rows(prepared, forget, "instances")
