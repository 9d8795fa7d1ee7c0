"""Downloads, without a network."""

import warnings
from collections.abc import Callable
from http.client import IncompleteRead
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets

from qunlearn.data import DATASETS, load_dataset

OPENML_NAMES = {"mnist": "mnist_784", "fashion_mnist": "Fashion-MNIST"}


@pytest.mark.parametrize("name", OPENML_NAMES)
def test_pictures_and_labels_are_taken_over(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).integers(0, 256, (40, 784))
    y = np.array([str(i % 10) for i in range(40)], dtype=object)
    asked = []

    def fetch(openml_name: str, **options: object) -> SimpleNamespace:
        asked.append((openml_name, options["version"], options["as_frame"]))
        return SimpleNamespace(data=x, target=y)

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    data = load_dataset(name, rows_per_class=0)
    assert asked == [(OPENML_NAMES[name], 1, False)]
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.y, np.arange(40) % 10)
    assert data.class_index(9) == 9
    assert data.class_index("ankle boot" if name == "fashion_mnist" else "9") == 9
    assert data.feature_names[28] == "pixel_1_0"
    assert load_dataset(name, rows_per_class=3).x.shape == (30, 784)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            URLError("[Errno -2] Name or service not known"),
            "urlopen error [Errno -2] Name or service not known",
        ),
        (TimeoutError("timed out"), "timed out"),
        (IncompleteRead(b"abc"), "IncompleteRead(3 bytes read)"),
    ],
)
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "covertype_full"])
def test_without_a_network_one_sentence_says_what_to_do(
    name: str, error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch, refused: Callable
) -> None:
    def fail(*_: object, **__: object) -> None:
        warnings.warn("Retry downloading", UserWarning, stacklevel=1)
        raise error

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fail)
    monkeypatch.setattr(sklearn.datasets, "fetch_covtype", fail)
    remedy = "use a dataset that needs none, such as digits"
    if name == "covertype_full":
        remedy = "give `data_file`, your copy of covtype.data.gz"
    with refused(f"dataset {name} could not be downloaded ({reason}): check the network, or {remedy}"):
        load_dataset(name)


def test_every_dataset_that_downloads_is_tested_here() -> None:
    downloading = {name for name, source in DATASETS.items() if "downloaded" in source.description}
    assert downloading == {"mnist", "fashion_mnist", "covertype_full"}
