"""How numbers look in a report: few digits, a true minus sign, a dash for what does not exist."""

import math
from typing import TypeAlias, TypeGuard

Number: TypeAlias = float | int | None
"""JSON turns a whole number into an int, and a missing one into None."""

MISSING = "–"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def exists(value: Number) -> TypeGuard[float]:
    """Whether `value` is a number: neither None nor NaN."""
    return value is not None and not math.isnan(value)


def fixed(value: Number, decimals: int = 3) -> str:
    """`value` with `decimals` places; a value that these would show as 0 is written as a power of ten."""
    if not exists(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{decimals}f}"
    if value != 0 and float(text) == 0:
        mantissa, power = f"{value:.1e}".split("e")
        text = f"{mantissa}×10{str(int(power)).translate(_SUPERSCRIPT)}"
    return text.replace("-", "−")


def interval(value: Number, stderr: Number, decimals: int = 3) -> str:
    """`value ± stderr`, with more places if the error needs them; `value` alone without one."""
    if not exists(value) or not exists(stderr):
        return fixed(value, decimals)
    if 0 < stderr < 1:
        decimals = max(decimals, min(6, -math.floor(math.log10(stderr))))
    return f"{fixed(value, decimals)} ± {fixed(stderr, decimals)}"


def signed(value: Number, decimals: int = 3) -> str:
    """`value` with its sign, for differences."""
    text = fixed(value, decimals)
    return f"+{text}" if value is not None and value > 0 else text


def count(value: Number) -> str:
    """A whole number with a thin space between thousands; one decimal where it is a mean of counts."""
    if not exists(value):
        return MISSING
    whole = float(value).is_integer() or abs(value) >= 1000
    return f"{value:,.0f}".replace(",", "\u202f") if whole else fixed(value, 1)


def seconds(value: Number) -> str:
    """A duration: milliseconds below a tenth of a second, minutes above 100 s."""
    if not exists(value):
        return MISSING
    if value >= 100:
        return f"{int(value // 60)} min {int(value % 60)} s"
    return f"{value:.1f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def ratio(value: Number) -> str:
    """`value` times something: two decimals below 10, one above."""
    return f"{fixed(value, 2 if abs(value) < 10 else 1)}×" if exists(value) else MISSING
