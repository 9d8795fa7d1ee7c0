"""The ridge head of a quantum kernel classifier: its fit in closed form, and rows taken out of it exactly.

With G = (k + ridge I)^-1 and α = G Y, let F be rows to take out and R the others. The inverse of the block
k_RR + ridge I is the Schur complement G_RR − G_RF G_FF^-1 G_FR, and the head refitted on R alone is
α_R − G_RF G_FF^-1 α_F. For one row this is the rank-one downdate behind leave-one-out formulas. It needs no
kernel entry, so no circuit.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from qunlearn._errors import require
from qunlearn.circuit.statevector import AnyArray
from qunlearn.model.kernel import KernelClassifier, fidelity_kernel


def kernel_ridge(model: KernelClassifier, y: Int[AnyArray, " n"]) -> Float[np.ndarray, " P"]:
    """The parameters of `model` for labels y (n,) of its training samples. Takes n (n − 1) / 2 circuits."""
    require(
        len(y) == model.n_support,
        f"there must be one label for each of {model.n_support} training samples, but there are {len(y)}",
    )
    x = np.array(model.support)
    kernel = np.asarray(fidelity_kernel(model.encoder, x, x))
    inverse = np.linalg.inv(kernel + model.ridge * np.eye(len(kernel)))
    inverse = (inverse + inverse.T) / 2
    return _joined(inverse @ np.eye(model.n_classes)[np.asarray(y)], inverse)


def remove(
    model: KernelClassifier, params: Float[AnyArray, " P"], rows: Int[np.ndarray, " f"]
) -> Float[np.ndarray, " P"]:
    """The parameters without the training samples of these numbers: `kernel_ridge` on the others, else 0.

    Samples that were taken out before may be named again. Raises `InputError` for numbers that the model does
    not have, and when no row would be left.
    """
    n = model.n_support
    require(
        ((rows >= 0) & (rows < n)).all(),
        f"training samples have numbers 0..{n - 1}, but {rows.tolist()} are to be removed",
    )
    alpha, inverse = map(np.array, model.split(params))
    present = np.diag(inverse) != 0
    out = np.unique(rows[present[rows]])
    require(len(out) < present.sum(), "at least one training sample must stay: there is no model of no data")
    factor = np.linalg.solve(inverse[np.ix_(out, out)], inverse[out]).T
    alpha, inverse = alpha - factor @ alpha[out], inverse - factor @ inverse[out]
    alpha[out], inverse[out], inverse[:, out] = 0, 0, 0
    return _joined(alpha, inverse)


def fitted_labels(
    model: KernelClassifier, params: Float[AnyArray, " P"]
) -> tuple[Int[np.ndarray, " n"], float]:
    """The labels (n,) that the head was fitted to, −1 for rows taken out, and how far they are from one-hot.

    Y = G^-1 α is one-hot up to rounding for parameters that `kernel_ridge` and `remove` made.
    """
    alpha, inverse = map(np.asarray, model.split(params))
    kept = np.flatnonzero(np.diag(inverse) != 0)
    y, found = np.full(model.n_support, -1), np.linalg.solve(inverse[np.ix_(kept, kept)], alpha[kept])
    y[kept] = found.argmax(1)
    return y, float(np.abs(found - np.eye(model.n_classes)[y[kept]]).max())


def compact(
    model: KernelClassifier, params: Float[AnyArray, " P"]
) -> tuple[KernelClassifier, Float[np.ndarray, " p"]]:
    """The same classifier without the rows that were taken out: nothing of them is left in it."""
    alpha, inverse = map(np.asarray, model.split(params))
    kept = np.flatnonzero(np.diag(inverse) != 0)
    support = tuple(model.support[i] for i in kept)
    small = replace(model, support=support)
    return small, _joined(alpha[kept], inverse[np.ix_(kept, kept)])


def _joined(alpha: np.ndarray, inverse: np.ndarray) -> Float[np.ndarray, " P"]:
    return np.concatenate([alpha.ravel(), inverse.ravel()])
