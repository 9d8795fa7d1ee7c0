"""Covertype: forest cover types from cartographic variables (source and licence: shipped/NOTICE).

`shipped/covertype.npz` holds 1,000 rows of each cover type, drawn by
`scripts/make_covertype_excerpt.py`: `features` int16 (54, 7000), `cover_type` uint8 (7000,), `row` int32
(7000,), the row's number in the full file from 0.
"""

from importlib.resources import files
from pathlib import Path

import numpy as np
from jaxtyping import Int, Integer, Real

from qunlearn._errors import fail, require
from qunlearn.data.dataset import Dataset
from qunlearn.data.download import download
from qunlearn.data.user_files import one_line, require_file

EXCERPT = "shipped/covertype.npz"
FEATURES = (
    "Elevation",
    "Aspect",
    "Slope",
    "Horizontal_Distance_To_Hydrology",
    "Vertical_Distance_To_Hydrology",
    "Horizontal_Distance_To_Roadways",
    "Hillshade_9am",
    "Hillshade_Noon",
    "Hillshade_3pm",
    "Horizontal_Distance_To_Fire_Points",
    *(f"Wilderness_Area{i}" for i in range(1, 5)),
    *(f"Soil_Type{i}" for i in range(1, 41)),
)
COVER_TYPES = (
    "Spruce/Fir",
    "Lodgepole Pine",
    "Ponderosa Pine",
    "Cottonwood/Willow",
    "Aspen",
    "Douglas-fir",
    "Krummholz",
)


def covertype_excerpt() -> Dataset:
    """The 7,000 rows shipped with the package."""
    with (files("qunlearn.data") / EXCERPT).open("rb") as file, np.load(file) as arrays:
        return _dataset(arrays["features"].T, arrays["cover_type"])


def covertype_download() -> Dataset:
    """All 581,012 rows through scikit-learn, which downloads them once."""
    from sklearn.datasets import fetch_covtype

    bunch = download("covertype_full", fetch_covtype, remedy="give `data_file`, your copy of covtype.data.gz")
    return _dataset(bunch.data, bunch.target)


def covertype_file(path: Path) -> Dataset:
    """All rows of UCI's `covtype.data` or `covtype.data.gz`."""
    table = read_covtype(path)
    return _dataset(table[:, :-1], table[:, -1])


def read_covtype(path: Path) -> Int[np.ndarray, "n 55"]:
    """The file as int16: 54 columns and the cover type 1..7; `InputError` for any other file."""
    import pyarrow as pa
    from pyarrow import csv

    require_file(path)
    names = [*FEATURES, "Cover_Type"]
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=names),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.int16()), null_values=[]),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        kind = "UCI's covtype.data (55 columns of whole numbers, no header)"
        fail(f"file {path.name} is not {kind}: {one_line(error)}")
    rows = np.column_stack([column.to_numpy() for column in table.columns])
    allowed = np.isin(rows[:, -1], range(1, 8))
    require(
        allowed.all(), f"file {path.name} has a cover type outside 1..7 at row {int(allowed.argmin()) + 1}"
    )
    return rows


def _dataset(x: Real[np.ndarray, "n 54"], cover_type: Integer[np.ndarray, " n"]) -> Dataset:
    return Dataset(
        name="covertype",
        x=x.astype(np.float64),
        y=cover_type.astype(np.int64) - 1,
        feature_names=FEATURES,
        class_names=tuple(map(str, range(1, 8))),
        class_aliases=COVER_TYPES,
    )
