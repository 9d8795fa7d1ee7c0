"""Nested plain data (from TOML, flags or Python) as frozen dataclasses, every key and type checked."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from qunlearn._errors import require, typed

T = TypeVar("T")


def build(cls: type[T], data: Mapping[str, Any], where: str = "") -> T:
    """The dataclass `cls` from its fields in `data`; None stands for a field's default.

    Raises `InputError` naming the key (`where` is its prefix) that is unknown, missing or of another type.
    """
    hints, own = get_type_hints(cls), fields(cls)  # type: ignore[arg-type]
    given = {k: v for k, v in data.items() if v is not None}
    for key in given:
        names = ", ".join(f.name for f in own)
        require(key in hints, f"the configuration has no key `{where}{key}`; allowed are {names}")
    for f in own:
        needed = f.default is MISSING and f.default_factory is MISSING
        require(not needed or f.name in given, f"the configuration needs the key `{where}{f.name}`")
    return cls(**{k: _typed(f"{where}{k}", v, hints[k]) for k, v in given.items()})


def _typed(name: str, value: Any, kind: Any) -> Any:
    """`value` as `kind`: a list can be a tuple, a mapping a dataclass; for the rest see
    `qunlearn._errors.typed`.
    """
    if get_origin(kind) is UnionType:
        kind = next(k for k in get_args(kind) if k is not NoneType)
    if is_dataclass(kind) and isinstance(value, kind):  # type: ignore[arg-type]
        return value
    if is_dataclass(kind):
        require(isinstance(value, Mapping), f"`{name}` must be a table, but is {value!r}")
        return build(kind, value, f"{name}.")  # type: ignore[type-var]
    if get_origin(kind) is tuple:
        require(isinstance(value, (list, tuple)), f"`{name}` must be a list, but is {value!r}")
        return tuple(_typed(name, v, get_args(kind)[0]) for v in value)
    if get_origin(kind) is dict:
        require(isinstance(value, Mapping), f"`{name}` must be a table, but is {value!r}")
        return dict(value)
    return typed(name, value, kind)
