"""What is to be forgotten. One class and one line in `REQUESTS` for each kind of request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from qunlearn._errors import require
from qunlearn.data.classes import Label
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared

LEAST_RETAINED_CLASSES = 2


@dataclass(frozen=True, eq=False)
class ForgetSplit:
    """The training rows of a request and all others, for any kind of request.

    forget_mask (n_train,): True where a training row is to be forgotten; x_forget, y_forget and x_retain,
    y_retain: those rows and the others, in their order. x_val_retain, y_val_retain: the validation rows that
    a model without the forgotten data is validated on. forget_class: its index when the request is a whole
    class, else None.
    """

    x_forget: Float[np.ndarray, "forget d"]
    y_forget: Int[np.ndarray, " forget"]
    x_retain: Float[np.ndarray, "retain d"]
    y_retain: Int[np.ndarray, " retain"]
    x_val_retain: Float[np.ndarray, "val d"]
    y_val_retain: Int[np.ndarray, " val"]
    forget_mask: Bool[np.ndarray, " train"]
    forget_class: int | None

    @property
    def retain_mask(self) -> Bool[np.ndarray, " train"]:
        """True where a training row stays, (n_train,)."""
        return ~self.forget_mask

    @property
    def forget_rows(self) -> Int[np.ndarray, " forget"]:
        """Indices of the forgotten rows within the training rows."""
        return np.flatnonzero(self.forget_mask)


@runtime_checkable
class Request(Protocol):
    """A wish to forget: checked early against the dataset, then applied to the prepared arrays."""

    def resolve(self, data: Dataset | Prepared) -> int | None:
        """The class to forget, None where the request is no class; `InputError` if it cannot be met."""
        ...

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """The training rows to forget and to retain."""
        ...


@dataclass(frozen=True)
class ForgetClass:
    """Forget every training row of the class that the user calls `label` (7, "7", "virginica")."""

    label: Label

    def resolve(self, data: Dataset | Prepared) -> int:
        """Index of the class; `InputError` when it is unknown or fewer than two classes would be left."""
        index = data.class_index(self.label)
        retained = [name for i, name in enumerate(data.class_names) if i != index]
        require(
            len(retained) >= LEAST_RETAINED_CLASSES,
            f"forgetting class {data.class_names[index]} would leave {', '.join(retained)} only, but "
            f"at least {LEAST_RETAINED_CLASSES} classes must be retained: choose data with more classes",
        )
        return index

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Forget the class's training rows, and leave its rows out of validation."""
        index = self.resolve(prepared)
        forget, kept_in_val = prepared.y_train == index, prepared.y_val != index
        require(forget.any(), f"there are no training rows of class {prepared.class_names[index]} to forget")
        return ForgetSplit(
            x_forget=prepared.x_train[forget],
            y_forget=prepared.y_train[forget],
            x_retain=prepared.x_train[~forget],
            y_retain=prepared.y_train[~forget],
            x_val_retain=prepared.x_val[kept_in_val],
            y_val_retain=prepared.y_val[kept_in_val],
            forget_mask=forget,
            forget_class=index,
        )


@dataclass(frozen=True)
class RequestKind:
    """One line of the table: `make` builds the request from what the user gives (for a class, its label)."""

    make: Callable[..., Request]
    meaning: str


REQUESTS: Mapping[str, RequestKind] = MappingProxyType(
    {"class": RequestKind(ForgetClass, "every training row of one class")}
)
