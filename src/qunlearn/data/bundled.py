"""Four small sets, shipped as scikit-learn has them (source and licence: shipped/NOTICE).

Reading one takes a few milliseconds; importing scikit-learn for it would take about a second.
"""

from importlib.resources import as_file, files
from itertools import product

import numpy as np

from qunlearn.data.dataset import Dataset

SHIPPED = "shipped"
"""The folder of the shipped sets and their NOTICE."""

IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
WINE = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
NUCLEUS = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
BREAST_CANCER = (
    *(f"mean {name}" for name in NUCLEUS),
    *(f"{name} error" for name in NUCLEUS),
    *(f"worst {name}" for name in NUCLEUS),
)
DIGITS = tuple(f"pixel_{row}_{column}" for row, column in product(range(8), range(8)))


def iris() -> Dataset:
    """150 flowers of three species, four measurements in centimetres."""
    return _read("iris", "iris.csv", IRIS, ("setosa", "versicolor", "virginica"))


def wine() -> Dataset:
    """178 wines of three cultivars, 13 chemical measurements."""
    return _read("wine", "wine.csv", WINE, ("class_0", "class_1", "class_2"))


def breast_cancer() -> Dataset:
    """569 tumours, malignant or benign, 30 measurements of cell nuclei."""
    return _read("breast_cancer", "breast_cancer.csv", BREAST_CANCER, ("malignant", "benign"))


def digits() -> Dataset:
    """1,797 handwritten digits, 8x8 pixels of 0..16."""
    return _read("digits", "digits.csv.gz", DIGITS, tuple(map(str, range(10))), header_rows=0)


def _read(
    name: str, file: str, features: tuple[str, ...], classes: tuple[str, ...], header_rows: int = 1
) -> Dataset:
    """Last column: the class, as an index that is also its second spelling."""
    with as_file(files("qunlearn.data") / SHIPPED / file) as path:
        table = np.loadtxt(path, delimiter=",", skiprows=header_rows)
    aliases = tuple(map(str, range(len(classes))))
    return Dataset(name, table[:, :-1], table[:, -1].astype(np.int64), features, classes, aliases)
