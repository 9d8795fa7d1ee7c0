"""Class labels as people write them: 7, "7", "7.0", "virginica" or "Virginica"."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import isfinite
from typing import TypeAlias

import numpy as np

from qunlearn._errors import fail

Label: TypeAlias = str | int | float | np.integer | np.floating


MISSING = frozenset(("na", "n/a", "#n/a", "#na", "#n/a n/a", "<na>", "nan", "-nan", "null"))
"""What stands for a missing number in text, in small letters; in a column of words it can be a class."""


def spelling(label: object) -> str:
    """A label as text without outer blanks; 7.0 is 7 where it is a number and not text."""
    numeric = isinstance(label, (float, np.floating, Decimal))
    text = str(label).strip()
    return _number(text) if numeric else text


def distinct_spellings(values: Sequence[object], where: str) -> list[str]:
    """The spelling of each value; two values are one class only where they are equal as the file has them.

    Raises `InputError` where outer blanks are all that tells two of them apart.
    """
    as_written: dict[str, object] = {}
    spelled = []
    for value in values:
        text = spelling(value)
        first = as_written.setdefault(text, value)
        if first != value:
            fail(f"{where} has both {first!r} and {value!r}, which differ in blanks only: spell them alike")
        spelled.append(text)
    return spelled


def is_number(text: str) -> bool:
    """Whether `text` is a finite number."""
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def in_order(labels: Iterable[str]) -> list[str]:
    """Distinct labels: numbers by value when all are numbers, text by the alphabet otherwise."""
    distinct = sorted(set(labels))
    try:
        return sorted(distinct, key=float)
    except ValueError:
        return distinct


def describe_classes(names: Sequence[str], aliases: Sequence[str]) -> str:
    """The classes for a message: 'setosa (0), versicolor (1)', or '3, 5, 7' where there are no aliases."""
    pairs = zip(names, aliases or names, strict=True)
    return ", ".join(name if name == alias else f"{name} ({alias})" for name, alias in pairs)


def find_class(label: Label, names: Sequence[str], aliases: Sequence[str] = ()) -> int:
    """Index of the class that `label` means: a name as it is spelled, else such an alias; last, in other
    capitals or with idle zeros ("7.0", "07"), where that can mean one class only.

    Raises `InputError` listing the classes when there is none, or more than one.
    """
    wanted = str(label).strip()
    for known in (names, aliases):
        if wanted in known:
            return list(known).index(wanted)
    either = enumerate(zip(names, aliases or names, strict=True))
    found = [index for index, pair in either if _loose(wanted) in map(_loose, pair)]
    if len(found) != 1:
        fail(f"there is no class {wanted!r}: it must be one of {describe_classes(names, aliases)}")
    return found[0]


def _loose(text: str) -> str:
    return _number(text.strip().casefold())


def _number(text: str) -> str:
    """A whole number without idle zeros and plus sign, of any length; other text as it is."""
    whole = re.fullmatch(r"([+-]?)0*(\d+)(\.0*)?", text, flags=re.ASCII)
    if not whole:
        return text
    return "-" * (whole[1] == "-" and whole[2] != "0") + whole[2]
