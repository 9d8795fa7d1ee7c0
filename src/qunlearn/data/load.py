"""`load_dataset`: a named dataset or a file, with the chosen classes and rows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qunlearn._errors import fail, require
from qunlearn.data.classes import Label
from qunlearn.data.dataset import Dataset
from qunlearn.data.readers import READERS
from qunlearn.data.selection import draw_rows, select_classes
from qunlearn.data.sources import ALL_ROWS, DATASETS, FILE_DEFAULTS, Defaults, Source
from qunlearn.data.tables import read_table


def defaults(name_or_path: str | Path) -> Defaults:
    """What a run takes from this dataset or file when nothing else is said."""
    source = DATASETS.get(str(name_or_path))
    return source.defaults if source else FILE_DEFAULTS


def load_dataset(
    name_or_path: str | Path,
    *,
    classes: str | Sequence[Label] | None = None,
    label: str | None = None,
    rows_per_class: int | None = None,
    data_file: str | Path | None = None,
    seed: int = 0,
    id: str | None = None,
    drop: Sequence[str] = (),
) -> Dataset:
    """A dataset of the table `DATASETS`, or a CSV or Parquet file whose column `label` holds the classes.

    classes: labels to keep, numbered 0, 1, ... in this order, as a sequence or as "3,5,7"; "all" keeps every
    class; None takes the dataset's default. rows_per_class: rows of each class, drawn with `seed`; 0 keeps
    every row; None takes the dataset's default. data_file: the user's copy of the complete data, for
    covertype and covertype_full. id: the column of a file whose whole numbers name the rows in requests,
    instead of their positions from 0; drop: columns of a file to leave out.

    Raises `InputError` for an unknown dataset or class, a file that cannot be used (see `read_table`), an
    argument that does not belong to this dataset, and for fewer rows in a class than asked for.
    """
    name = str(name_or_path)
    usual = defaults(name)
    wanted = _as_labels(usual.classes if classes is None else classes)
    rows = usual.rows_per_class if rows_per_class is None else rows_per_class
    require(rows >= ALL_ROWS, f"`rows_per_class` must be >= 1, or {ALL_ROWS} for every row, but is {rows}")
    if name in DATASETS:
        require(label is None, f"`label` belongs to CSV and Parquet files, but {name} is a named dataset")
        of_file = id is None and not drop
        require(of_file, f"`id` and `drop` belong to CSV and Parquet files, but {name} is a named dataset")
        data = _load_named(name, DATASETS[name], data_file)
    else:
        require(data_file is None, f"`data_file` belongs to {_with_file()}, but the dataset is {name}")
        data = read_table(_path(name), label, id, [drop] if isinstance(drop, str) else drop)
    if wanted != ["all"]:
        data = select_classes(data, wanted)
    return data if rows == ALL_ROWS else draw_rows(data, rows, seed)


def _load_named(name: str, source: Source, data_file: str | Path | None) -> Dataset:
    if data_file is None:
        data = source.load()
    elif source.load_file is not None:
        data = source.load_file(Path(data_file))
    else:
        fail(f"`data_file` belongs to {_with_file()}, but the dataset is {name}")
    return replace(data, name=name, source=source.source, licence=source.licence, citation=source.citation)


def _as_labels(classes: str | Sequence[Label]) -> list[Label]:
    return [*classes.split(",")] if isinstance(classes, str) else list(classes)


def _path(name: str) -> Path:
    path = Path(name)
    allowed = f"{', '.join(DATASETS)}, or a file that ends in {', '.join(READERS)}"
    require(path.exists() or path.suffix, f"`dataset` must be one of {allowed}, but is {name}")
    return path


def _with_file() -> str:
    return " and ".join(name for name, source in DATASETS.items() if source.load_file is not None)
