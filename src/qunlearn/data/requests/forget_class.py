"""Forget a class."""

from dataclasses import dataclass

from qunlearn._errors import require
from qunlearn.data.classes import Label
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared
from qunlearn.data.requests.cut import ForgetSplit

LEAST_RETAINED_CLASSES = 2


@dataclass(frozen=True)
class ForgetClass:
    """Forget every training sample of the class that the user calls `label` (7, "7", "virginica")."""

    label: Label

    def resolve(self, data: Dataset | Prepared) -> int:
        """Index of the class; `InputError` when it is unknown or fewer than two classes would be left."""
        index = data.class_index(self.label)
        present = set((data.y_train if isinstance(data, Prepared) else data.y).tolist())
        retained = [name for i, name in enumerate(data.class_names) if i in present - {index}]
        require(
            len(retained) >= LEAST_RETAINED_CLASSES,
            f"forgetting class {data.class_names[index]} would leave {', '.join(retained)} only, but "
            f"at least {LEAST_RETAINED_CLASSES} classes must be retained: choose data with more classes",
        )
        return index

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Forget the class's training samples, and leave its rows out of all other parts."""
        index = prepared.class_index(self.label)
        forget = prepared.y_train == index
        require(
            forget.any(), f"there are no training samples of class {prepared.class_names[index]} to forget"
        )
        self.resolve(prepared)
        remaining = prepared.keep(
            train=~forget,
            val=prepared.y_val != index,
            test=prepared.y_test != index,
            holdout=prepared.y_holdout != index,
        )
        return ForgetSplit(prepared, remaining, forget, index, "class")
