"""Class labels as people write them: 7, "7", "7.0", "virginica" or "Virginica"."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np

from qunlearn._errors import fail

Label: TypeAlias = str | int | float | np.integer | np.floating


def spelling(label: object) -> str:
    """The one spelling of a label: text without outer blanks, whole numbers without idle zeros."""
    text = str(label).strip()
    whole = re.fullmatch(r"([+-]?\d+)(\.0*)?", text, flags=re.ASCII)
    return str(int(whole[1])) if whole else text


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
    """Index of the class that `label` means: a name first, then an alias, last either in other capitals.

    Raises `InputError` listing the classes when there is none, or more than one in other capitals.
    """
    wanted = spelling(label)
    for known in (names, aliases):
        if wanted in known:
            return list(known).index(wanted)
    folded = wanted.casefold()
    either = enumerate(zip(names, aliases or names, strict=True))
    found = [index for index, pair in either if folded in (pair[0].casefold(), pair[1].casefold())]
    if len(found) != 1:
        fail(f"there is no class {wanted!r}: it must be one of {describe_classes(names, aliases)}")
    return found[0]
