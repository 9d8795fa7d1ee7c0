"""A Markdown table stays a table whatever its cells hold."""

import pytest

from qunlearn._markdown import table


def test_words_stand_left_and_numbers_right():
    assert (
        table(["a", "b", "c"], [["x", 1, 2.5]], left=2)
        == "| a | b | c |\n| --- | --- | ---: |\n| x | 1 | 2.5 |"
    )
    assert table(["a", "b"], [], left=None) == "| a | b |\n| --- | --- |"
    assert table(["a", "b"], [], rule=(":--", "--:")) == "| a | b |\n| :-- | --: |"


@pytest.mark.parametrize(
    ("content", "shown"),
    [("a|b", r"a\|b"), (r"a\|b", r"a\|b"), (r"a\\|b", r"a\\\|b"), ("||", r"\|\|"), ("a\nb\r\nc", "a b c")],
)
def test_no_cell_ends_early(content: str, shown: str):
    assert table(["h"], [[content]]).splitlines()[2] == f"| {shown} |"
