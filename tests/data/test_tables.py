"""CSV and Parquet files, and every way in which they can be wrong."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from qunlearn._errors import InputError
from qunlearn.data import load_dataset
from qunlearn.data.readers import READERS

GOOD = "width,species,height\n1,b,0.5\n2.5,a,-3e2\n3,b,7\n 4 ,a,0\n"


def saved(folder: Path, text: str | bytes, name: str = "my.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def check_good(path: Path) -> None:
    data = load_dataset(path, label="species")
    np.testing.assert_array_equal(data.x, [[1, 0.5], [2.5, -300], [3, 7], [4, 0]])
    np.testing.assert_array_equal(data.y, [1, 0, 1, 0])
    assert data.feature_names == ("width", "height")
    assert data.class_names == ("a", "b")
    assert (data.name, data.source) == (path.name, f"file {path.name}")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        "\n\n" + GOOD.replace("\n", "\n\n"),
        GOOD.replace(",", ";"),
        "\r\n\n" + GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("b", '"b"').replace("width", '"width"'),
    ],
)
def test_spellings_of_csv(text: str, tmp_path: Path) -> None:
    check_good(saved(tmp_path, text))


def test_line_breaks_within_quotes_do_not_end_a_row(tmp_path: Path) -> None:
    """Beyond the size of the reader's first block too."""
    rows, second = 20_000, "line two, " * 30
    text = "a,y\n" + "".join(f'{i % 7},"class {i % 2}\n{second}."\n' for i in range(rows))
    data = load_dataset(saved(tmp_path, text), label="y")
    assert data.class_names == (f"class 0\n{second}.", f"class 1\n{second}.")
    assert len(data.y) == rows


@pytest.mark.parametrize(
    ("name", "header", "separator"),
    [
        ("my.csv", '"length, cm";"width, cm";"kind, latin"', ";"),
        ("my.tsv", "a, b, c\tb\ty", "\t"),
        ("my.csv", '"a;;;b",b,y', ","),
    ],
)
def test_separators_in_names_are_not_counted(name: str, header: str, separator: str, tmp_path: Path) -> None:
    rows = [separator.join(row) for row in (("1.5", "2", "p"), ("2", "2", "q"))]
    label = header.split(separator)[-1].strip('"')
    data = load_dataset(saved(tmp_path, "\n".join([header, *rows]), name), label=label)
    np.testing.assert_array_equal(data.x, [[1.5, 2], [2, 2]])


@pytest.mark.parametrize("word", ["NA", "null", "N/A", "nan", "#N/A"])
def test_a_class_may_be_called_what_stands_for_a_hole_among_numbers(
    word: str, tmp_path: Path, refused: Callable
) -> None:
    text = f"a,y\n1.5,{word}\n2,DE\n3,{word}\n"
    data = load_dataset(saved(tmp_path, text), label="y")
    assert [data.class_names[k] for k in data.y] == [word, "DE", word]
    with refused(f"label column `y` of my.csv has no value at row 1: {UNLABELLED}"):
        load_dataset(saved(tmp_path, text.replace("DE", "1\n5,2")), label="y")
    hole = "has no value (NaN)" if word == "nan" else "has no value"
    with refused(f"column `a` of my.csv {hole} at row 2: {HOLE}"):
        load_dataset(saved(tmp_path, f"a,y\n1,p\n{word},q\n"), label="y")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_other_encodings_are_refused_with_the_remedy(
    encoding: str, tmp_path: Path, refused: Callable
) -> None:
    text = GOOD.replace("b,", "bär,")
    with refused("file my.csv is not encoded as UTF-8: save it as UTF-8"):
        load_dataset(saved(tmp_path, text.encode(encoding)), label="species")


def test_twenty_thousand_columns_are_read(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(20_000)]
    line = ",".join(["0.5"] * len(names))
    path = saved(tmp_path, ",".join([*names, "y"]) + f"\n{line},p\n{line},q\n")
    assert load_dataset(path, label="y").x.shape == (2, 20_000)


@pytest.mark.parametrize("name", ["my.CSV", "my.tsv", "my.txt", "my.v2.csv"])
def test_endings_of_text(name: str, tmp_path: Path) -> None:
    check_good(saved(tmp_path, GOOD, name))


def test_compressed_csv(tmp_path: Path) -> None:
    check_good(saved(tmp_path, gzip.compress(GOOD.encode()), "my.csv.gz"))
    check_good(saved(tmp_path, gzip.compress(GOOD.encode()), "my.CSV.GZ"))


def test_quoted_separators_do_not_split(tmp_path: Path) -> None:
    data = load_dataset(saved(tmp_path, 'a,y\n1,"x, left"\n2,"x, right"\n'), label="y")
    assert data.class_names == ("x, left", "x, right")


WHOLE = pa.array([0, 1, 1, 0])
NUMBERS = {
    "float32": WHOLE.cast(pa.float32()),
    "int8": WHOLE.cast(pa.int8()),
    "uint64": WHOLE.cast(pa.uint64()),
    "bool": WHOLE.cast(pa.bool_()),
    "decimal": WHOLE.cast(pa.decimal128(20, 1)),
    "text": WHOLE.cast(pa.string()),
    "categories": WHOLE.dictionary_encode(),
}


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("ending", ["parquet", "pq"])
def test_numbers_of_parquet(kind: str, ending: str, tmp_path: Path) -> None:
    species = pa.array(["b", "a", "b", "a"]).dictionary_encode()
    path = tmp_path / f"my.{ending}"
    parquet.write_table(
        pa.table({"a": NUMBERS[kind], "y": species, "__index_level_0__": [9, 8, 7, 6]}),
        path,
        row_group_size=2,
    )
    data = load_dataset(path, label="y")
    np.testing.assert_array_equal(data.x, [[0], [1], [1], [0]])
    np.testing.assert_array_equal(data.y, [1, 0, 1, 0])
    assert data.feature_names == ("a",)


@pytest.mark.parametrize("labels", [[10, 9, 10], [10.0, 9.0, 10.0], ["10", "9", "10"], [" 10", "9 ", " 10"]])
def test_numeric_labels_are_ordered_by_value_and_typed_ones_spelled_by_value(
    labels: list, tmp_path: Path
) -> None:
    path = tmp_path / "my.parquet"
    parquet.write_table(pa.table({"a": [1, 2, 3], "y": labels}), path)
    data = load_dataset(path, label="y")
    assert data.class_names == ("9", "10")
    np.testing.assert_array_equal(data.y, [1, 0, 1])
    assert data.class_index(10) == 1


CODES = ["01067", "1067", "50667", "+1067", "1067.0", "1067."]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_codes_that_are_spelled_differently_are_different_classes(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"my.{ending}"
    if ending == "csv":
        path.write_text("a,y\n" + "".join(f"{i},{code}\n" for i, code in enumerate(CODES)))
    else:
        parquet.write_table(pa.table({"a": [0.5 * i for i in range(len(CODES))], "y": CODES}), path)
    data = load_dataset(path, label="y")
    assert set(data.class_names) == set(CODES)
    assert [data.class_names[i] for i in data.y] == CODES
    assert data.class_names[-1] == "50667"
    assert [data.class_index(code) for code in CODES] == data.y.tolist()


def test_typed_labels_that_are_equal_are_one_class(tmp_path: Path) -> None:
    path = tmp_path / "my.parquet"
    cases = {
        ("0", "1"): [0.0, -0.0, 1.0],
        ("x", "y"): [b"x", b"y", b"x"],
        ("False", "True"): [True, False, True],
        ("2020-01-01", "2021-01-01"): [date(2020, 1, 1), date(2021, 1, 1), date(2020, 1, 1)],
        ("9007199254740992", "9007199254740993"): [2**53, 2**53 + 1, 2**53],
    }
    for names, labels in cases.items():
        parquet.write_table(pa.table({"a": [1.5, 2, 3], "y": labels}), path)
        assert load_dataset(path, label="y").class_names == names


def test_labels_that_differ_in_blanks_only_are_refused(tmp_path: Path, refused: Callable) -> None:
    with refused(
        "label column `y` of my.csv has both 'p' and 'p ', which differ in blanks only: spell them alike"
    ):
        load_dataset(saved(tmp_path, "a,y\n1,p\n2,q\n3,p \n"), label="y")


def test_large_whole_numbers_are_rounded_to_float64(tmp_path: Path) -> None:
    path = tmp_path / "my.parquet"
    parquet.write_table(pa.table({"a": [2**53 + 1, 0], "y": ["p", "q"]}), path)
    assert load_dataset(path, label="y").x[0, 0] == 2**53


def test_classes_and_rows_can_be_chosen(tmp_path: Path) -> None:
    text = "a,y\n" + "".join(f"{i + 3},{'pqr'[i % 3]}\n" for i in range(30))
    data = load_dataset(saved(tmp_path, text), label="y", classes=["r", "p"], rows_per_class=4, seed=1)
    assert data.class_names == ("r", "p")
    np.testing.assert_array_equal(np.bincount(data.y), [4, 4])
    np.testing.assert_array_equal(data.x[:, 0] % 3, np.where(data.y == 0, 2, 0))


HOLE = "fill the hole or leave the row out"
UNLABELLED = "every row needs a class"
FEATURE = "but features must be numbers: encode or drop it"
BAD_CSV = {
    "text": ("a,b,y\n1,2,p\n3,red,q\n4,blue,q\n", f"column `b` of my.csv holds 'red' at row 2, {FEATURE}"),
    "decimal comma": ("a;y\n1;p\n2,5;q\n", f"column `a` of my.csv holds '2,5' at row 2, {FEATURE}"),
    "hole": ("a,b,y\n1,2,p\n3,,q\n", f"column `b` of my.csv has no value at row 2: {HOLE}"),
    "NA": ("a,b,y\nNA,2,p\n3,1,q\n", f"column `a` of my.csv has no value at row 1: {HOLE}"),
    "infinite": ("a,y\n1,p\n-inf,q\n", "column `a` of my.csv is infinite at row 2: features must be finite"),
    "no label column": ("a,b\n1,2\n", "my.csv has no label column `y`, only a, b"),
    "hole in the label": (
        "a,y\n1,p\n2,\n3,q\n",
        f"label column `y` of my.csv has no value at row 2: {UNLABELLED}",
    ),
    "blank label": (
        "a,y\n1,p\n2,  \n3,q\n",
        f"label column `y` of my.csv has no value at row 2: {UNLABELLED}",
    ),
    "one class": (
        "a,y\n1,p\n2,p\n",
        "label column `y` of my.csv has the one class 'p' only, but training needs at least two",
    ),
    "label only": ("y\np\nq\n", "my.csv has no column besides the label `y`, so there are no features"),
    "repeated name": ("a,y,a\n1,p,2\n", "column `a` occurs more than once in my.csv"),
    "repeated label": ("a,y,y\n1,p,q\n", "column `y` occurs more than once in my.csv"),
    "empty": ("", "file my.csv is empty"),
    "blank": (" \n\n", "file my.csv is empty"),
    "header only": ("a,y\n", "file my.csv has no rows of data"),
}


@pytest.mark.parametrize("case", BAD_CSV)
def test_bad_csv_is_refused(case: str, tmp_path: Path, refused: Callable) -> None:
    text, message = BAD_CSV[case]
    with refused(message):
        load_dataset(saved(tmp_path, text), label="y")


@pytest.mark.slow
def test_a_stray_word_far_down_is_named_by_its_row(tmp_path: Path, refused: Callable) -> None:
    """Beyond the first block, from which a reader would guess the column's type."""
    rows = [f"{i}.25,{'pq'[i % 2]}" for i in range(100_000)]
    rows[98_765] = "oops,p"
    with refused(f"column `a` of my.csv holds 'oops' at row 98766, {FEATURE}"):
        load_dataset(saved(tmp_path, "a,y\n" + "\n".join(rows)), label="y")


BAD_PARQUET = {
    "text": ({"a": ["1", "x"], "y": ["p", "q"]}, f"column `a` of my.parquet holds 'x' at row 2, {FEATURE}"),
    "list": ({"a": [[1], [2]], "y": ["p", "q"]}, f"column `a` of my.parquet holds [1] at row 1, {FEATURE}"),
    "null": (
        {"a": [1, None], "y": ["p", "q"]},
        f"column `a` of my.parquet has no value at row 2: {HOLE}",
    ),
    "nan": (
        {"a": [1.0, float("nan")], "y": ["p", "q"]},
        f"column `a` of my.parquet has no value (NaN) at row 2: {HOLE}",
    ),
    "null label": (
        {"a": [1, 2, 3], "y": ["p", "q", None]},
        f"label column `y` of my.parquet has no value at row 3: {UNLABELLED}",
    ),
    "nan label": (
        {"a": [1, 2, 3], "y": [1.0, float("nan"), 2.0]},
        f"label column `y` of my.parquet has no value at row 2: {UNLABELLED}",
    ),
    "list label": (
        {"a": [1, 2], "y": [[1], [2]]},
        "label column `y` of my.parquet holds [1] at row 1, but a class must be text or a number",
    ),
    "no rows": (
        {"a": pa.array([], pa.int64()), "y": pa.array([], pa.string())},
        "file my.parquet has no rows of data",
    ),
}


@pytest.mark.parametrize("case", BAD_PARQUET)
def test_bad_parquet_is_refused(case: str, tmp_path: Path, refused: Callable) -> None:
    columns, message = BAD_PARQUET[case]
    path = tmp_path / "my.parquet"
    parquet.write_table(pa.table(columns), path)
    with refused(message):
        load_dataset(path, label="y")


def test_what_is_no_file_of_a_known_kind_is_refused(tmp_path: Path, refused: Callable) -> None:
    with refused(f"file {tmp_path / 'none.csv'} does not exist"):
        load_dataset(tmp_path / "none.csv", label="y")
    with refused(f"{tmp_path} is not a file"):
        load_dataset(tmp_path, label="y")
    with refused(f"file my.json must end in one of {', '.join(READERS)}"):
        load_dataset(saved(tmp_path, "{}", "my.json"), label="y")
    with refused("`label` must name the label column of my.csv, one of width, species, height"):
        load_dataset(saved(tmp_path, GOOD))


UNREADABLE = {
    "text as Parquet": ("my.parquet", GOOD, "Parquet", "magic"),
    "text as gzip": ("my.csv.gz", GOOD, "CSV", "header"),
    "short row": ("my.csv", "a,species\n1,p\n2\n", "CSV", "Row #3"),
    "long row": ("my.csv", "a,species\n1,p\n2,p,9\n", "CSV", "Row #3"),
    "long words": ("my.csv", "a,species\n1,p\n" + "9" * 1000, "CSV", "…"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_the_reader_says_is_quoted_in_one_short_sentence(case: str, tmp_path: Path) -> None:
    name, text, kind, part = UNREADABLE[case]
    with pytest.raises(InputError) as refusal:
        load_dataset(saved(tmp_path, text, name), label="species")
    sentence = str(refusal.value)
    assert sentence.startswith(f"file {name} cannot be read as {kind}: ")
    assert part in sentence
    assert len(sentence) < 180
    assert "\n" not in sentence
    assert not sentence.endswith(".")


def test_a_file_that_may_not_be_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable
) -> None:
    path = saved(tmp_path, GOOD)

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    with refused(f"file {path} cannot be read: Permission denied"):
        load_dataset(path, label="species")


def test_many_column_names_are_not_all_listed(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(50)]
    text = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    with pytest.raises(InputError, match=r"^my.csv has no label column `y`, only c0, c1, .*, c19, \.\.\.$"):
        load_dataset(saved(tmp_path, text), label="y")
