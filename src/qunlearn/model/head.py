"""A classifier in two parts: what circuits measure, and what is computed from it without a circuit."""

from collections.abc import Callable
from typing import NamedTuple

from jax import Array

from qunlearn.model.classifier import Classifier
from qunlearn.model.vqc import VQC


class Parts(NamedTuple):
    """`measure(angles, x)` gives M values a sample, from the first A = `n_angles` parameters; `read(params,
    z)` turns values z (B, M) into logits (B, K), for which it may use further parameters.

    So `logits(params, x)` is `read(params, measure(params[:A], x))`.
    """

    n_angles: int
    n_measured: int
    measure: Callable[[Array, Array], Array]
    read: Callable[[Array, Array], Array]


def parts_of(model: Classifier) -> Parts:
    """The parts of a VQC; of another classifier all is measured."""
    if isinstance(model, VQC):
        return Parts(model.n_angles, len(model.readout), model.measure, model.read)
    return Parts(model.n_params, model.n_classes, model.logits, lambda params, z: z)
