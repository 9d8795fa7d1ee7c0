"""Words of the command line and values of the configuration are inverse to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunlearn._errors import InputError
from qunlearn.run.flags import BY_KEY, hyper_to_words, parse_hyper


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_lists_are_spelled_so_that_they_are_read_back_or_not_at_all(items: list[str]) -> None:
    flag = BY_KEY["data.classes"]
    words = flag.to_words(tuple(items))
    if words is None:
        assert any("," in item or item != item.strip() for item in items)
    else:
        value = words[1] if len(words) == 2 else words[0].partition("=")[2]
        assert flag.parse(value) == items


@given(
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
)
def test_hyper_parameters_are_read_back(name: str, value: object) -> None:
    words = hyper_to_words(name, value)
    assert words[0] == "--set"
    read = parse_hyper(words[1:])
    assert read == {name: value}
    assert type(read[name]) is type(value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("gold", 4, ["--gold", "4"]),
        ("data.standardise", True, ["--standardise"]),
        ("data.standardise", False, ["--no-standardise"]),
        ("data.classes", ("3", "5"), ["--classes", "3,5"]),
        ("data.classes", ("a,b", "c"), None),
        ("model.readout", [3, 4], ["--readout", "3,4"]),
        ("forget_class", "-1", ["--forget-class=-1"]),
        ("training.learning_rate", 0.1, ["--learning-rate", "0.1"]),
    ],
)
def test_spelling(key: str, value: object, words: list[str] | None) -> None:
    assert BY_KEY[key].to_words(value) == words


def test_blanks_around_commas_do_not_matter() -> None:
    assert BY_KEY["data.classes"].parse(" 3, 5 ,7") == ["3", "5", "7"]
    assert BY_KEY["model.readout"].parse("3, x") == [3, "x"]
    assert BY_KEY["forget_class"].parse(" a, b ") == " a, b "


def test_plain_words_need_no_quotes() -> None:
    assert hyper_to_words("target", "uniform") == ["--set", "target=uniform"]
    assert hyper_to_words("target", "true") == ["--set", 'target="true"']


def test_hyper_parameters_need_a_name_and_a_value() -> None:
    assert parse_hyper(["a = 1", "b=x=y", "a=2.0"]) == {"a": 2.0, "b": "x=y"}
    for bad in ("beta", "=3", " =3"):
        with pytest.raises(InputError, match="--set takes name=value"):
            parse_hyper([bad])
