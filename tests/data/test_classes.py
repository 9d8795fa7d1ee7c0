"""Labels as people write them."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from qunlearn.data.classes import find_class, in_order, spelling

IRIS = ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize(
    ("label", "spelled"),
    [
        (7, "7"),
        ("7", "7"),
        (" 7 ", "7"),
        ("007", "007"),
        (7.0, "7"),
        ("7.", "7."),
        ("7.0", "7.0"),
        ("+7", "+7"),
        (Decimal("7.0"), "7"),
        (-0.0, "0"),
        ("-03", "-03"),
        (np.int64(7), "7"),
        (np.float64(7), "7"),
        ("0.5", "0.5"),
        ("1e3", "1e3"),
        ("12345678901234567890", "12345678901234567890"),
        (" two words ", "two words"),
        ("7a", "7a"),
        (True, "True"),
    ],
)
def test_spelling(label: object, spelled: str) -> None:
    assert spelling(label) == spelled


def test_order_is_by_value_for_numbers_and_by_alphabet_for_text() -> None:
    assert in_order(["10", "9", "-1", "9"]) == ["-1", "9", "10"]
    assert in_order(["10", "9", "b"]) == ["10", "9", "b"]


@pytest.mark.parametrize("label", [2, "2", 2.0, np.int64(2), "virginica", "Virginica", " VIRGINICA "])
def test_a_class_is_found_by_name_or_alias(label: object) -> None:
    assert find_class(label, IRIS, ("0", "1", "2")) == 2  # type: ignore[arg-type]


def test_a_name_goes_before_an_alias() -> None:
    assert find_class("1", ("a", "1"), ("1", "b")) == 1
    assert find_class("1", ("a", "b"), ("1", "c")) == 0


def test_exact_capitals_go_first_and_doubt_is_refused(refused: Callable) -> None:
    assert find_class("a", ("A", "a")) == 1
    assert find_class("A", ("A", "a")) == 0
    with refused("there is no class 'Bb': it must be one of BB, bb"):
        find_class("Bb", ("BB", "bb"))


def test_an_unknown_class_is_refused_with_the_allowed_ones(refused: Callable) -> None:
    expected = "there is no class '3': it must be one of setosa (0), versicolor (1), virginica (2)"
    with refused(expected):
        find_class(3, IRIS, ("0", "1", "2"))
    with refused("there is no class '9': it must be one of 3, 5, 7"):
        find_class(9, ("3", "5", "7"))


def test_what_people_type_finds_the_one_class_it_can_mean(refused: Callable) -> None:
    codes = ("001", "1", "7.0", "01067")
    assert [find_class(label, codes) for label in (1, "001", 7, "+7", "1067")] == [1, 0, 2, 2, 3]
    for doubtful in ("01", 1.0):
        with refused(f"there is no class '{doubtful}': it must be one of 001, 1, 7.0, 01067"):
            find_class(doubtful, codes)
    assert find_class("0" + "9" * 5000, ("9" * 5000, "a")) == 0
