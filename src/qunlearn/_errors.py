"""One way to refuse bad input: a single sentence saying what is wrong, what is allowed and what to do."""

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, NoReturn


class InputError(ValueError):
    """Input that cannot be used. The command line prints its one sentence and exits with code 2."""


def fail(message: str) -> NoReturn:
    """Refuse with `message`, one sentence for the person who gave the input."""
    raise InputError(message)


def require(condition: object, message: str) -> None:
    """Raise `InputError(message)` unless `condition` holds."""
    if not condition:
        raise InputError(message)


def require_positive(name: str, value: float | int) -> None:
    """`value` must be a finite number above zero."""
    require(0 < value < float("inf"), f"`{name}` must be > 0, but is {value}")


def require_at_least(name: str, value: float | int, low: float | int) -> None:
    """`value` must be a finite number not below `low`."""
    require(low <= value < float("inf"), f"`{name}` must be >= {low}, but is {value}")


def require_one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """`value` must be one of `allowed`; the message lists them as the table has them."""
    options = list(allowed)
    require(value in options, f"`{name}` must be one of {', '.join(map(str, options))}, but is {value}")


def typed(name: str, value: object, kind: type) -> Any:
    """`value` as `kind` (bool, int, float, str) where nothing is lost: 3 can be 3.0 or, as a label, "3"."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    fits = {
        bool: isinstance(value, bool),
        int: whole,
        float: isinstance(value, Real) and not isinstance(value, bool),
        str: isinstance(value, str) or whole,
    }
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    require(fits[kind], f"`{name}` must be {words[kind]}, but is {value!r}")
    try:
        return kind(value)
    except OverflowError:
        fail(f"`{name}` is too large for a number: {value!r}")
