"""How the native kernel runs the gates of the table: each as rotations and relabellings, up to a phase.

A function takes the collector, the gate's wires, and the slots of its angles.
"""

from collections.abc import Callable, Sequence
from math import pi
from typing import TypeAlias

from qunlearn.circuit.angle_source import Const
from qunlearn.circuit.frame import Lowering

Lower: TypeAlias = Callable[..., None]
"""`lower(collector, *wires, *slots)`."""


def nothing(low: Lowering, wire: int) -> None:
    """The identity."""


def x(low: Lowering, wire: int) -> None:
    low.frame.x(wire)


def y(low: Lowering, wire: int) -> None:
    """Y = i X Z."""
    low.z_by((wire,), pi)
    low.frame.x(wire)


def h(low: Lowering, wire: int) -> None:
    """H = RY(-pi/2) X."""
    low.frame.x(wire)
    low.y_by(wire, -pi / 2)


def z_by(angle: float) -> Lower:
    """RZ by a fixed angle."""
    return lambda low, wire: low.z_by((wire,), angle)


def sx(low: Lowering, wire: int) -> None:
    """The square root of X is RX(pi/2)."""
    rx(low, wire, low.slot(Const(pi / 2)))


def rx(low: Lowering, wire: int, slot: int) -> None:
    """RZ(pi/2) takes X to Y."""
    low.z_by((wire,), pi / 2)
    low.y(wire, slot)
    low.z_by((wire,), -pi / 2)


def ry(low: Lowering, wire: int, slot: int) -> None:
    low.y(wire, slot)


def rz(low: Lowering, wire: int, slot: int) -> None:
    low.z((wire,), slot)


def u3(low: Lowering, wire: int, theta: int, phi: int, lam: int) -> None:
    """RZ(phi) RY(theta) RZ(lambda)."""
    low.z((wire,), lam)
    low.y(wire, theta)
    low.z((wire,), phi)


def cx(low: Lowering, control: int, target: int) -> None:
    low.frame.cx(control, target)


def cy(low: Lowering, control: int, target: int) -> None:
    """S X S^-1 = Y."""
    low.z_by((target,), -pi / 2)
    low.frame.cx(control, target)
    low.z_by((target,), pi / 2)


def cz(low: Lowering, a: int, b: int) -> None:
    cp(low, a, b, low.slot(Const(pi)))


def ch(low: Lowering, control: int, target: int) -> None:
    """H = (Z + X) / sqrt 2 is Z turned by pi/4."""
    _turned(low, (target,), lambda: cz(low, control, target), pi / 4)


def swap(low: Lowering, a: int, b: int) -> None:
    low.frame.swap(a, b)


def iswap(low: Lowering, a: int, b: int) -> None:
    """A SWAP, then i where the bits differ: exp(-i pi/4 ZZ) up to a phase."""
    low.frame.swap(a, b)
    low.z_by((a, b), pi / 2)


def cp(low: Lowering, a: int, b: int, slot: int) -> None:
    """exp(i t [both are 1]), because b1 b2 = (1 - Z1 - Z2 + Z1 Z2) / 4."""
    low.z((a,), slot, 0.5)
    low.z((b,), slot, 0.5)
    low.z((a, b), slot, -0.5)


def crx(low: Lowering, control: int, target: int, slot: int) -> None:
    _turned(low, (target,), lambda: crz(low, control, target, slot))


def cry(low: Lowering, control: int, target: int, slot: int) -> None:
    """RY(t/2) and back again where CX flips the sign of Y: where the control is 0 the two halves cancel."""
    low.y(target, slot, 0.5)
    low.frame.cx(control, target)
    low.y(target, slot, -0.5)
    low.frame.cx(control, target)


def crz(low: Lowering, control: int, target: int, slot: int) -> None:
    """exp(-i t/2 b Z) with b = (1 - Z_control) / 2."""
    low.z((target,), slot, 0.5)
    low.z((control, target), slot, -0.5)


def rxx(low: Lowering, a: int, b: int, slot: int) -> None:
    _turned(low, (a, b), lambda: rzz(low, a, b, slot))


def ryy(low: Lowering, a: int, b: int, slot: int) -> None:
    """As RXX, between quarter turns about Z that take X to Y."""
    for wire in (a, b):
        low.z_by((wire,), -pi / 2)
    rxx(low, a, b, slot)
    for wire in (a, b):
        low.z_by((wire,), pi / 2)


def rzz(low: Lowering, a: int, b: int, slot: int) -> None:
    low.z((a, b), slot)


def rzx(low: Lowering, a: int, b: int, slot: int) -> None:
    _turned(low, (b,), lambda: rzz(low, a, b, slot))


def ccx(low: Lowering, a: int, b: int, target: int) -> None:
    _turned(low, (target,), lambda: _ccz(low, a, b, target))


def _ccz(low: Lowering, a: int, b: int, c: int) -> None:
    """exp(i pi [all are 1]), with b1 b2 b3 = prod (1 - Z_k) / 2: a word of k letters has the sign (-1)^k."""
    slot = low.slot(Const(pi / 4))
    for word in ((a,), (b,), (c,), (a, b, c)):
        low.z(word, slot)
    for word in ((a, b), (b, c), (a, c)):
        low.z(word, slot, -1.0)


def _turned(low: Lowering, wires: Sequence[int], inner: Callable[[], None], angle: float = pi / 2) -> None:
    """`inner` with Z of `wires` replaced by cos(angle) Z + sin(angle) X; a quarter turn gives X."""
    for wire in wires:
        low.y_by(wire, -angle)
    inner()
    for wire in wires:
        low.y_by(wire, angle)
