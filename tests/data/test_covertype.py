"""Covertype: the shipped excerpt, and the full file however it comes."""

import gzip
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.datasets

from qunlearn._errors import InputError
from qunlearn.data import DATASETS, load_dataset
from qunlearn.data.covertype import COVER_TYPES, FEATURES, covertype_excerpt


def test_the_excerpt_has_1000_rows_of_each_type() -> None:
    data = covertype_excerpt()
    assert data.x.shape == (7000, 54)
    np.testing.assert_array_equal(np.bincount(data.y), [1000] * 7)
    assert data.class_names == ("1", "2", "3", "4", "5", "6", "7")
    assert len(np.unique(np.column_stack([data.x, data.y]), axis=0)) == 7000


def test_the_excerpt_has_the_columns_of_the_source() -> None:
    """Whole numbers; one wilderness area and one soil type per row; ranges as described by covtype.info."""
    x = covertype_excerpt().x
    np.testing.assert_array_equal(x, np.round(x))
    wilderness, soil = x[:, 10:14], x[:, 14:]
    for indicators in (wilderness, soil):
        assert set(np.unique(indicators)) == {0, 1}
        np.testing.assert_array_equal(indicators.sum(axis=1), 1)
    column = dict(zip(FEATURES, x.T, strict=True))
    assert 1800 < column["Elevation"].min() < column["Elevation"].max() < 3900
    assert 0 <= column["Aspect"].min() < column["Aspect"].max() <= 360
    assert (
        column["Vertical_Distance_To_Hydrology"].min() < 0 <= column["Horizontal_Distance_To_Hydrology"].min()
    )
    for hour in ("9am", "Noon", "3pm"):
        assert 0 <= column[f"Hillshade_{hour}"].min() < column[f"Hillshade_{hour}"].max() <= 255


def test_the_excerpt_is_the_one_that_was_checked_against_the_full_file() -> None:
    """After a new draw: `scripts/make_covertype_excerpt.py covtype.data.gz --check`, then its hash here."""
    assert covertype_excerpt().sha256() == "b9dc2e891f01f104b8a2701fa3c90eeff089ae8e963e96e5e1a3f3a804fc9ad3"


def test_row_numbers_and_notice_are_shipped() -> None:
    folder = files("qunlearn.data") / "shipped"
    with (folder / "covertype.npz").open("rb") as file, np.load(file) as arrays:
        rows = arrays["row"]
    assert len(np.unique(rows)) == 7000
    assert 0 <= rows.min() < rows.max() < 581_012
    notice = (folder / "NOTICE").read_text()
    for fact in ("CC BY 4.0", "Blackard", "10.24432/C50K5N", "Colorado State University"):
        assert fact in notice
    assert "10.24432/C50K5N" in DATASETS["covertype"].citation


def test_the_default_is_the_papers_task() -> None:
    data = load_dataset("covertype")
    assert data.class_names == ("3", "5", "7")
    assert data.class_aliases == ("Ponderosa Pine", "Aspen", "Krummholz")
    np.testing.assert_array_equal(np.bincount(data.y), [150] * 3)
    assert [data.class_index(label) for label in (3, "5", 7, "krummholz")] == [0, 1, 2, 2]
    excerpt = {tuple(row) for row in covertype_excerpt().x}
    assert {tuple(row) for row in data.x} <= excerpt


def test_seeds_draw_other_rows() -> None:
    hashes = {load_dataset("covertype", seed=seed).sha256() for seed in (0, 0, 1)}
    assert len(hashes) == 2
    assert len(load_dataset("covertype", classes="all", rows_per_class=0).y) == 7000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file like UCI's: 12 rows of each type in mixed order, from the excerpt."""
    data = covertype_excerpt()
    rows = np.concatenate([np.flatnonzero(data.y == k)[:12] for k in range(7)])
    rows = np.random.default_rng(0).permutation(rows)
    lines = [",".join(f"{v:.0f}" for v in [*data.x[i], data.y[i] + 1]) for i in rows]
    path = tmp_path / "covtype.data.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
    return path


def test_the_full_data_are_the_same_from_file_and_from_scikit_learn(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = np.loadtxt(file, delimiter=",")
    bunch = SimpleNamespace(data=table[:, :-1], target=table[:, -1].astype(np.int32))
    monkeypatch.setattr(sklearn.datasets, "fetch_covtype", lambda: bunch)
    plain = tmp_path / "covtype.data"
    plain.write_bytes(gzip.decompress(file.read_bytes()))
    datasets = [load_dataset("covertype_full")]
    datasets += [load_dataset("covertype_full", data_file=path) for path in (file, plain, str(file))]
    datasets += [load_dataset("covertype", data_file=file, rows_per_class=0)]
    assert {data.sha256() for data in datasets} == {datasets[0].sha256()}
    kept = np.isin(table[:, -1], [3, 5, 7])
    np.testing.assert_array_equal(datasets[0].x, table[kept, :-1])
    np.testing.assert_array_equal(datasets[0].y, (table[kept, -1] - 3) // 2)
    everything = load_dataset("covertype_full", classes="all")
    np.testing.assert_array_equal(everything.x, table[:, :-1])
    np.testing.assert_array_equal(everything.y, table[:, -1] - 1)


def test_the_default_rows_are_drawn_from_a_given_file_too(file: Path) -> None:
    data = load_dataset("covertype", data_file=file, rows_per_class=5)
    np.testing.assert_array_equal(np.bincount(data.y), [5, 5, 5])


def test_other_files_are_refused(tmp_path: Path, file: Path, refused: Callable) -> None:
    def load(path: Path) -> None:
        load_dataset("covertype", data_file=path)

    with refused(f"file {tmp_path / 'none'} does not exist"):
        load(tmp_path / "none")
    line = gzip.decompress(file.read_bytes()).decode().splitlines()[0].split(",")
    path = tmp_path / "other"
    path.write_text(",".join([*line[:-1], "8"]) + "\n")
    with refused("file other has a cover type outside 1..7 at row 1"):
        load(path)
    for cells in (line[1:], ["x", *line[1:]], ["", *line[1:]], ["0.5", *line[1:]], ["99999", *line[1:]]):
        path.write_text(",".join(cells) + "\n")
        kind = re.escape("UCI's covtype.data (55 columns of whole numbers, no header)")
        with pytest.raises(InputError, match=f"^file other is not {kind}: [^\n]*[^.\n]$"):
            load(path)


def test_names_match_scikit_learns() -> None:
    from sklearn.datasets._covtype import FEATURE_NAMES

    assert FEATURES[:10] == tuple(FEATURE_NAMES[:10])
    assert len(FEATURES) == len(FEATURE_NAMES) == 54
    assert len(COVER_TYPES) == 7
