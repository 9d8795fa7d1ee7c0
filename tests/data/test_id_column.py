"""A key of the data is a key: it names rows in requests and never is a feature."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from qunlearn.data import load_dataset
from qunlearn.run.config import from_dict
from qunlearn.run.setup import set_up


def keyed(folder: Path, key: str = "id", rows: int = 30) -> Path:
    path = folder / "my.csv"
    lines = [f"{100 - i},{i % 7},{i * i % 11},{'pqr'[i % 3]}\n" for i in range(rows)]
    path.write_text(f"{key},a,b,y\n" + "".join(lines))
    return path


@pytest.mark.parametrize("key", ["id", "ID", "Id", " id "])
def test_a_column_called_id_is_never_silently_a_feature(key: str, tmp_path: Path, refused: Callable) -> None:
    path = keyed(tmp_path, key)
    with refused(
        f"my.csv has a column `{key}`, which is not a feature: `id` (--id {key}) names samples by it, "
        f"`drop` (--drop {key}) leaves it out"
    ):
        load_dataset(path, label="y")
    named = load_dataset(path, label="y", id=key)
    assert named.feature_names == ("a", "b")
    assert named.ids.tolist() == list(range(100, 70, -1))
    without = load_dataset(path, label="y", drop=[key, "b"])
    assert without.feature_names == ("a",)
    assert without.ids.tolist() == list(range(30))


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_that_counts_the_rows_is_refused(
    ending: str, place: int, start: int, tmp_path: Path, refused: Callable
) -> None:
    columns = {"a": [0.5 * i for i in range(9)], "y": list("ppqqpqpqp")}
    pairs = list(columns.items())
    pairs.insert(place, ("Row_Nr", list(range(start, start + 9))))
    path = tmp_path / f"my.{ending}"
    if ending == "csv":
        rows = zip(*(values for _, values in pairs), strict=True)
        lines = [",".join(map(str, row)) for row in [[name for name, _ in pairs], *rows]]
        path.write_text("\n".join(lines))
    else:
        parquet.write_table(pa.table(dict(pairs)), path)
    with refused(
        f"column `Row_Nr` of {path.name} only counts the rows, which is not a feature: leave it out with "
        "`drop` (--drop 'Row_Nr')"
    ):
        load_dataset(path, label="y")
    assert load_dataset(path, label="y", drop="Row_Nr").feature_names == ("a",)
    assert load_dataset(path, label="y", id="Row_Nr").ids[0] == start


@pytest.mark.parametrize("name", ["", "  ", "Unnamed: 0"])
def test_a_column_without_a_name_is_refused(name: str, tmp_path: Path, refused: Callable) -> None:
    path = tmp_path / "my.csv"
    path.write_text(f"{name},a,y\n5,1.5,p\n3,2,q\n")
    with refused(
        "my.csv has a column without a name, as row numbers are saved: give it a name, or "
        f"leave it out with `drop` (--drop '{name}')"
    ):
        load_dataset(path, label="y")
    assert load_dataset(path, label="y", drop=[name]).feature_names == ("a",)


@pytest.mark.parametrize("label", ["setosa", "species", None])
@pytest.mark.parametrize("first", ["5.1,3.5,setosa", "5.1,5.1,setosa", "-1e3,7,setosa"])
def test_a_first_line_of_data_is_not_taken_for_names(
    first: str, label: str | None, tmp_path: Path, refused: Callable
) -> None:
    path = tmp_path / "my.csv"
    path.write_text(f"{first}\n4,3,other\n5,2,setosa\n")
    shown = first.split(",")[: 2 if label == "setosa" else 3]
    with refused(
        f"the first line of my.csv looks like data, not like names ({', '.join(shown)}): add a line of "
        "names, none of them a number"
    ):
        load_dataset(path, label=label)


def test_the_key_is_part_of_the_content(tmp_path: Path) -> None:
    path = keyed(tmp_path)
    first = load_dataset(path, label="y", id="id").sha256()
    path.write_text(path.read_text().replace("100,", "170,"))
    assert load_dataset(path, label="y", id="id").sha256() != first


def test_a_run_forgets_the_rows_that_the_key_names(tmp_path: Path) -> None:
    """Rows whose key is 90 and 88, not those at such places; cut out of the table itself or listed."""
    path = keyed(tmp_path)
    (tmp_path / "cut.csv").write_text("id,a,b,y\n90,3,1,q\n88,5,1,p\n")
    base = {"dataset": str(path), "data": {"label": "y", "id": "id", "rows_per_class": 0, "n_features": 2}}
    for wanted in ("90,88", str(tmp_path / "cut.csv")):
        config = from_dict({**base, "forget_ids": wanted, "gold": 3})
        assert config.forget_ids == (90, 88)
        cut = set_up(config).forget
        rows = cut.prepared.split.train[cut.forget_mask]
        np.testing.assert_array_equal(np.sort(rows), [10, 12])


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["1", "x"], "column `k` of my.parquet holds 'x' at row 2, but ids must be whole numbers of 64 bits"),
        ([1.0, 2.5], "column `k` of my.parquet holds 2.5 at row 2, but ids must be whole numbers of 64 bits"),
        (
            ["1", "9" * 19],
            f"column `k` of my.parquet holds '{'9' * 19}' at row 2, but ids must be whole numbers of 64 bits",
        ),
        ([7, 7], "column `k` of my.parquet holds the id 7 more than once"),
        ([7, None], "column `k` of my.parquet has no value at row 2: every row needs an id"),
    ],
)
def test_keys_that_are_not_ids_are_refused(
    ids: list, message: str, tmp_path: Path, refused: Callable
) -> None:
    path = tmp_path / "my.parquet"
    parquet.write_table(pa.table({"k": ids, "a": [1.5, 2], "y": ["p", "q"]}), path)
    with refused(message):
        load_dataset(path, label="y", id="k")


def test_columns_that_are_not_there_or_two_things_at_once_are_refused(
    tmp_path: Path, refused: Callable
) -> None:
    path = keyed(tmp_path)
    with refused("my.csv has no column `who`, only id, a, b, y"):
        load_dataset(path, label="y", id="who")
    with refused("my.csv has no column `who`, only id, a, b, y"):
        load_dataset(path, label="y", drop=["who"])
    with refused("column `id` can be one thing only: the label, the id, or dropped"):
        load_dataset(path, label="y", id="id", drop=["id"])
    with refused("`id` and `drop` belong to CSV and Parquet files, but iris is a named dataset"):
        load_dataset("iris", drop=["petal width (cm)"])


def test_a_feature_that_happens_to_count_the_rows_is_used_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "my.csv"
    path.write_text("a,y\n" + "".join(f"{i},{'pq'[i % 2]}\n" for i in range(9)))
    assert load_dataset(path, label="y").feature_names == ("a",)
    assert "column `a` of my.csv only counts the rows" in caplog.text
