"""MNIST and Fashion-MNIST from OpenML, through scikit-learn, which keeps a copy in its data folder."""

from functools import partial
from itertools import product

import numpy as np

from qunlearn.data.dataset import Dataset
from qunlearn.data.download import download

PIXELS = tuple(f"pixel_{row}_{column}" for row, column in product(range(28), range(28)))
DIGITS = tuple(map(str, range(10)))
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def mnist() -> Dataset:
    """70,000 handwritten digits, 28x28 pixels of 0..255."""
    return _fetch("mnist", "mnist_784", DIGITS)


def fashion_mnist() -> Dataset:
    """70,000 pictures of clothes, 28x28 pixels of 0..255."""
    return _fetch("fashion_mnist", "Fashion-MNIST", GARMENTS)


def _fetch(name: str, openml_name: str, classes: tuple[str, ...]) -> Dataset:
    from sklearn.datasets import fetch_openml

    # The pandas parser is scikit-learn's default, but pandas is not among our dependencies.
    fetch = partial(fetch_openml, openml_name, version=1, as_frame=False, parser="liac-arff")
    bunch = download(name, fetch, remedy="use a dataset that needs none, such as digits")
    x = np.asarray(bunch.data, dtype=np.float64)
    return Dataset(name, x, np.asarray(bunch.target).astype(np.int64), PIXELS, classes, DIGITS)
