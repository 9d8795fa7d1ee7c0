"""TOML written by hand is read back by the standard library."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qunlearn._errors import InputError
from qunlearn.run.toml import read_toml, toml_value, write_toml

text = st.text(st.characters(exclude_categories=["Cs"]))
scalar = st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | text
name = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
value = scalar | st.lists(scalar, max_size=4)
table = st.dictionaries(name, value, max_size=4)


@settings(max_examples=40)
@given(
    st.dictionaries(name, value | table.filter(bool) | st.dictionaries(name, table.filter(bool), min_size=1))
)
def test_round_trip(data: dict) -> None:
    read = tomllib.loads(write_toml(data))
    assert read == data
    assert str(read) == str({key: read[key] for key in read})


@given(value)
def test_values_keep_their_type(given_value: object) -> None:
    read = tomllib.loads(f"v = {toml_value(given_value)}")["v"]
    assert read == given_value
    assert type(read) is type(given_value)


def test_scalars_stand_before_tables_and_empty_tables_are_left_out() -> None:
    written = write_toml({"data": {"test": 0.2}, "hyper": {}, "seed": 3, "flag": True, "nan": float("nan")})
    assert written == "seed = 3\nflag = true\nnan = nan\n\n[data]\ntest = 0.2\n"


def test_a_tuple_is_written_as_a_list() -> None:
    assert toml_value(("a", 1, 2.5)) == '["a", 1, 2.5]'


def test_bad_files_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("a = = 1")
    (tmp_path / "bytes.toml").write_bytes(b"a = '\xff'")
    for file, says in [
        ("no.toml", "there is no"),
        ("bad.toml", "not valid TOML"),
        ("bytes.toml", "not valid TOML"),
    ]:
        with pytest.raises(InputError, match=rf"{says}.*: start anew"):
            read_toml(tmp_path / file, ": start anew")
