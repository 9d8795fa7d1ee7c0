"""What a request does to the data: the rows to forget, the data that remains, the rows to judge by."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from qunlearn.data.prepared import Prepared

KINDS = ("class", "instances", "feature", "client")
"""What requests come down to; rows that a query chose are instances."""


class Evaluation(NamedTuple):
    """Samples that models are judged by: x (n, d), true labels y (n,), forget (n,) where a row is of the
    request.
    """

    x: Float[np.ndarray, "n d"]
    y: Int[np.ndarray, " n"]
    forget: Bool[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class ForgetSplit:
    """A request, applied to the data.

    prepared: the data as the original model knows them. remaining: the data without what is to be forgotten,
    which gold models are trained on and a later request starts from. forget_mask (n_train,): True where a
    training sample of `prepared` is to be forgotten; for a feature that is every row, because every row
    changes. forget_index: its index when the request is a whole class, else None. kind: one of `KINDS`.
    """

    prepared: Prepared
    remaining: Prepared
    forget_mask: Bool[np.ndarray, " train"]
    forget_index: int | None
    kind: str

    @property
    def x_forget(self) -> Float[np.ndarray, "forget d"]:
        """Inputs of the forgotten samples, as the original model was trained on them."""
        return self.prepared.x_train[self.forget_mask]

    @property
    def y_forget(self) -> Int[np.ndarray, " forget"]:
        """Labels of the forgotten samples, as the original model was trained on them."""
        return self.prepared.y_train[self.forget_mask]

    @property
    def x_retain(self) -> Float[np.ndarray, "retain d"]:
        """Training inputs that remain; for a feature all rows, in order, with it replaced."""
        return self.remaining.x_train

    @property
    def y_retain(self) -> Int[np.ndarray, " retain"]:
        """Training labels that remain."""
        return self.remaining.y_train

    @property
    def x_val_retain(self) -> Float[np.ndarray, "val d"]:
        """Inputs of the validation samples that a model without the forgotten data is validated on."""
        return self.remaining.x_val

    @property
    def y_val_retain(self) -> Int[np.ndarray, " val"]:
        """Labels of these validation samples."""
        return self.remaining.y_val

    @property
    def retain_mask(self) -> Bool[np.ndarray, " train"]:
        """True where a training sample stays as it is, (n_train,)."""
        return ~self.forget_mask

    @property
    def forget_rows(self) -> Int[np.ndarray, " forget"]:
        """Indices of the forgotten samples within the training samples."""
        return np.flatnonzero(self.forget_mask)

    @property
    def evaluation(self) -> Evaluation:
        """The rows of the audit.

        For a class the test samples, of which those of the class are the request's. For any other request the
        remaining test samples, followed by the forgotten training samples themselves, with their true labels.
        """
        if self.forget_index is not None:
            x, y = self.prepared.x_test, self.prepared.y_test
            return Evaluation(x, y, y == self.forget_index)
        test, forget = self.remaining, self.forget_mask
        of_request = np.zeros(len(test.y_test) + int(forget.sum()), dtype=bool)
        of_request[len(test.y_test) :] = True
        return Evaluation(
            np.concatenate([test.x_test, self.x_forget]),
            np.concatenate([test.y_test, self.prepared.true_y_train[forget]]),
            of_request,
        )
