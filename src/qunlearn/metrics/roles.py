"""Predictions on all rows of an audit, each with the role it played in training."""

from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float, Int, Integer, Shaped
from numpy.typing import ArrayLike

from qunlearn._errors import require
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.predictions import Predictions

ROLES = {
    "forget": "trained on by the original model, and to be forgotten",
    "retain": "trained on by the original model and by gold models",
    "test": "never trained on; accuracy is measured here",
    "holdout": "never trained on; non-members of attacks besides the test samples",
}
"""What a row can be."""

UNSEEN = ("test", "holdout")
"""The roles of rows that no model was trained on."""


class RolePredictions(Predictions):
    """`Predictions` with the role (n,) of every sample, a key of `ROLES`.

    At least one sample each must be forgotten, retained and unseen. Where all forgotten samples have one
    label and no retained one has it, the request is that class, `forget_index`; `forget` then marks the
    unseen samples of the class, too, since they belong to the request. `untrained` (I, n, K), optional:
    probabilities by models at random initialisation, for `zrf`.
    """

    per_sample: ClassVar[tuple[str, ...]] = ("y", "forget", "roles")

    roles: Shaped[np.ndarray, " n"]
    untrained: Float[np.ndarray, "I n K"] | None

    def __init__(
        self, p: ArrayLike, y: ArrayLike, roles: ArrayLike, untrained: ArrayLike | None = None
    ) -> None:
        y, roles = np.asarray(y), check_roles(roles)
        require(
            y.shape == roles.shape,
            f"`y` and `roles` must have one entry a sample, but have shapes {y.shape} and {roles.shape}",
        )
        c = requested_class(y, roles)
        super().__init__(p, y, roles == "forget" if c is None else y == c, c)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "untrained", None if untrained is None else self._checked(untrained))

    def _checked(self, untrained: ArrayLike) -> Float[np.ndarray, "I n K"]:
        p = Predictions(untrained, self.y, self.forget, self.forget_index).p
        wanted, classes = self.n_classes, p.shape[2]
        require(classes == wanted, f"`untrained` must have {wanted} classes as `p` has, but has {classes}")
        return p

    def having(self, *roles: str) -> Bool[np.ndarray, " n"]:
        """True where a sample has one of these roles."""
        return np.isin(self.roles, roles)

    @cached_property
    def unseen(self) -> Bool[np.ndarray, " n"]:
        """Samples that no model was trained on."""
        return self.having(*UNSEEN)

    def non_members(self, of: str) -> Bool[np.ndarray, " n"]:
        """Unseen samples to hold the samples of role `of` ("forget" or "retain") against in an attack.

        For a class request these are unseen samples of the class, or of the other classes: otherwise an
        attack would tell classes apart, not members. Raises `Undefined` where there are none.
        """
        if self.forget_index is None:
            return self.unseen
        rows = self.unseen & (self.forget if of == "forget" else ~self.forget)
        if not rows.any():
            which = "the forgotten class" if of == "forget" else "the retained classes"
            raise Undefined(f"no test or holdout sample is of {which}")
        return rows

    def part(self, name: str) -> Predictions:
        """The predictions on what models were trained on ("train": forget and retain samples), or "unseen".

        Of the unseen samples those of a forgotten class belong to the request, and for other requests none.
        Raises `Undefined` where none of them is retained.
        """
        rows = self.unseen if name == "unseen" else ~self.unseen
        forget = self.forget[rows]
        if forget.all():
            raise Undefined("every test and holdout sample is of the forgotten class")
        return Predictions(self.p[:, rows], self.y[rows], forget, self.forget_index)


def check_roles(roles: ArrayLike) -> Shaped[np.ndarray, " n"]:
    """`roles` as an array of words, refused unless each is in `ROLES` and none of the kinds is missing."""
    roles = np.asarray(roles)
    require(roles.ndim == 1 and roles.dtype.kind == "U", "`roles` must be a list of words, one a sample")
    unknown = np.setdiff1d(roles, list(ROLES))
    require(
        len(unknown) == 0,
        f"`roles` must be {', '.join(ROLES)}, but one is {str(unknown[0]) if len(unknown) else ''!r}",
    )
    for role in ("forget", "retain"):
        require((roles == role).any(), f"`roles` must have at least one {role} sample")
    require(
        np.isin(roles, UNSEEN).any(),
        "`roles` must have at least one test or holdout sample, which no model was trained on",
    )
    return roles


def role_codes(roles: Shaped[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Each role as its place in `ROLES`, for files that hold no words."""
    return np.array([list(ROLES).index(role) for role in roles], np.int64)


def roles_of(codes: Integer[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """The inverse of `role_codes`."""
    return np.array(list(ROLES))[codes]


def requested_class(y: np.ndarray, roles: np.ndarray) -> int | None:
    """The class that was to be forgotten as a whole; None where the request is no class."""
    wanted = np.unique(y[roles == "forget"])
    whole = len(wanted) == 1 and not (y[roles == "retain"] == wanted[0]).any()
    return int(wanted[0]) if whole else None
