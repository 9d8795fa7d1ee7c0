"""Where the angle of a gate comes from: a number, a parameter, or features."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Const:
    """A fixed angle in radians."""

    value: float


@dataclass(frozen=True)
class Param:
    """`scale * params[index]`. One parameter may feed several gates."""

    index: int
    scale: float = 1.0


@dataclass(frozen=True)
class Feature:
    """`scale * prod_i (x[i] - offset)` over `indices`: one feature, or a product such as x_a * x_b."""

    indices: tuple[int, ...]
    scale: float = 1.0
    offset: float = 0.0


Angle: TypeAlias = Const | Param | Feature
