"""beartype by the rules that pyright follows: an int is a float, too (PEP 484)."""

from collections.abc import Callable
from functools import cache
from typing import Any

from beartype import BeartypeConf, beartype

_beartype = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with checked types; the checks are written at its first call, as most are never called."""

    @cache
    def checked() -> Callable[..., Any]:
        return _beartype(function)

    def call(*args: Any, **kwargs: Any) -> Any:
        return checked()(*args, **kwargs)

    return call
