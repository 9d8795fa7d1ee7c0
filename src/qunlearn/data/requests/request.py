"""What every request is, and what requests that leave out training samples share."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from qunlearn._errors import require
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared
from qunlearn.data.requests.cut import ForgetSplit


@runtime_checkable
class Request(Protocol):
    """A wish to forget: checked early against the dataset, then applied to the prepared arrays."""

    def resolve(self, data: Dataset | Prepared) -> int | None:
        """The class to forget, None where the request is not a class; `InputError` if it cannot be met."""
        ...

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """The training samples to forget and what remains without them."""
        ...


def without_rows(prepared: Prepared, forget: Bool[np.ndarray, " train"], kind: str) -> ForgetSplit:
    """Forget the marked training samples and nothing else.

    Raises `InputError` where there are none, or a class would be left without a training sample.
    """
    require(forget.any(), "there are no training samples to forget")
    left = np.bincount(prepared.y_train[~forget], minlength=prepared.n_classes)
    before = np.bincount(prepared.y_train, minlength=prepared.n_classes)
    bare = [name for name, n, had in zip(prepared.class_names, left, before, strict=True) if had and not n]
    require(
        not bare,
        f"no training sample of class {', '.join(bare)} would be left: forget fewer rows, or the whole class "
        "with `forget_class`",
    )
    return ForgetSplit(prepared, prepared.keep(train=~forget), forget, None, kind)
