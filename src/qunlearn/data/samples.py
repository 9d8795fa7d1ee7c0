"""Labelled inputs, as training and audit take them."""

from typing import Any, NamedTuple


class Samples(NamedTuple):
    """Labelled model inputs: x (n, d) in radians, y (n,) class indices."""

    x: Any
    y: Any
