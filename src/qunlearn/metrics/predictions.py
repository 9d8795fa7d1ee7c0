"""What metrics look at: class probabilities of models on labelled samples, and the request."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from qunlearn._errors import require

ROW_SUM_TOLERANCE = 1e-5  # single-precision softmax rows miss 1 by a few 1e-7


@dataclass(frozen=True, eq=False, init=False)
class Predictions:
    """Predictions of M models on n samples; checked once, read-only afterwards.

    `p` (M, n, K) class probabilities; (n, K) is one model. `y` (n,) labels, 0 to K − 1. `forget` (n,)
    marks the samples that belong to the request, for a class request (`forget_index` c) exactly those with
    label c. For other requests `forget_index` is None. At least one sample is retained; there need be none to
    forget. `params` (M, P) or (P,): parameters of the models in radians, only for `parameter_distance`.

    Rows of `p` must sum to 1 within 1e-5 and are used as they are. Raises `InputError` for anything else.
    """

    per_sample: ClassVar[tuple[str, ...]] = ("y", "forget")

    p: Float[np.ndarray, "M n K"]
    y: Int[np.ndarray, " n"]
    forget: Bool[np.ndarray, " n"]
    forget_index: int | None
    params: Float[np.ndarray, "M P"] | None

    def __init__(
        self,
        p: ArrayLike,
        y: ArrayLike,
        forget: ArrayLike,
        forget_index: int | None = None,
        params: ArrayLike | None = None,
    ) -> None:
        p, y, forget = _check_samples(p, y, forget)
        _check_request(y, forget, forget_index, p.shape[2])
        params = None if params is None else _read_only(_check_params(params, len(p)))
        stored = {"p": _read_only(p), "y": _read_only(y), "forget": _read_only(forget)}
        for name, value in (stored | {"forget_index": forget_index, "params": params}).items():
            object.__setattr__(self, name, value)

    @property
    def n_models(self) -> int:
        return self.p.shape[0]

    @property
    def n_classes(self) -> int:
        return self.p.shape[2]

    @cached_property
    def retain(self) -> Bool[np.ndarray, " n"]:
        """Samples outside the request."""
        return ~self.forget

    @cached_property
    def retained_classes(self) -> Int[np.ndarray, " R"]:
        """All classes but the forgotten one; all of them if the request is not a class."""
        classes = np.arange(self.n_classes)
        return classes if self.forget_index is None else classes[classes != self.forget_index]

    @cached_property
    def predicted(self) -> Int[np.ndarray, "M n"]:
        """The class with the largest probability; the lowest index among equals."""
        return self.p.argmax(axis=2)


def _check_samples(
    p: ArrayLike, y: ArrayLike, forget: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p, y, forget = np.asarray(p, dtype=np.float64), np.asarray(y), np.asarray(forget)
    require(p.ndim in (2, 3), f"`p` must have shape (n, K) or (M, n, K), but has shape {p.shape}")
    p = p if p.ndim == 3 else p[None]
    models, n, classes = p.shape
    require(models >= 1, "`p` must hold at least one model")
    require(classes >= 2, f"`p` must hold probabilities of at least 2 classes, but holds {classes}")
    require(
        y.shape == (n,),
        f"`y` must hold one label for each of the {n} samples of `p`, but has shape {y.shape}",
    )
    require(
        forget.shape == (n,),
        f"`forget` must hold one mark for each of the {n} samples of `p`, but has shape {forget.shape}",
    )
    require(np.isfinite(p).all(), "`p` must not hold NaN or infinity; check how the model was evaluated")
    require((p >= 0).all(), f"`p` must not be negative, but its smallest value is {p.min(initial=0)}")
    miss = np.abs(p.sum(axis=2) - 1).max(initial=0)
    require(miss <= ROW_SUM_TOLERANCE, f"rows of `p` must sum to 1, but one misses it by {miss:.2g}")
    require(np.issubdtype(y.dtype, np.integer), f"`y` must hold integers, but holds {y.dtype}")
    require(
        ((y >= 0) & (y < classes)).all(),
        f"labels in `y` must be in 0..{classes - 1}, but run from {y.min(initial=0)} to {y.max(initial=0)}",
    )
    require(forget.dtype == bool, f"`forget` must be a mask of True and False, but holds {forget.dtype}")
    require((~forget).any(), "`forget` marks every sample, but metrics need at least one retained sample")
    return p, y.astype(np.int64, copy=False), forget


def _check_request(y: np.ndarray, forget: np.ndarray, forget_index: int | None, classes: int) -> None:
    if forget_index is None:
        return
    require(
        0 <= forget_index < classes,
        f"`forget_index` must be in 0..{classes - 1} or None, but is {forget_index}",
    )
    require(
        np.array_equal(forget, y == forget_index),
        f"`forget` must mark exactly the samples of class {forget_index} and no others; "
        "for another request leave `forget_index` out",
    )


def _check_params(params: ArrayLike, models: int) -> np.ndarray:
    params = np.asarray(params, dtype=np.float64)
    params = params[None] if params.ndim == 1 else params
    require(
        params.ndim == 2 and len(params) == models and params.shape[1] >= 1,
        f"`params` must hold one row for each of the {models} models of `p`, but has shape {params.shape}",
    )
    require(np.isfinite(params).all(), "`params` must not hold NaN or infinity")
    return params


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def require_comparable(model: Predictions, gold: Predictions) -> None:
    """Models and gold models must have predicted the same samples for the same request."""
    require(
        model.p.shape[1:] == gold.p.shape[1:],
        f"model and gold must predict the same samples and classes, but `p` has shapes "
        f"{model.p.shape} and {gold.p.shape}",
    )
    same = gold.per_sample == model.per_sample and all(
        np.array_equal(getattr(model, name), getattr(gold, name)) for name in model.per_sample
    )
    names = ", ".join(f"`{name}`" for name in model.per_sample)
    require(
        same and model.forget_index == gold.forget_index,
        f"model and gold must have the same {names} and `forget_index`",
    )
    if model.params is not None and gold.params is not None:
        require(
            model.params.shape[1] == gold.params.shape[1],
            f"model and gold must have equally many parameters, but have {model.params.shape[1]} and "
            f"{gold.params.shape[1]}",
        )
