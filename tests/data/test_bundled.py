"""The shipped small sets equal scikit-learn's own loaders, and their licences are stated."""

from importlib.resources import files

import numpy as np
import pytest
import sklearn.datasets

from qunlearn.data import DATASETS, load_dataset

BUNDLED = ("iris", "wine", "breast_cancer", "digits")


@pytest.mark.parametrize("name", BUNDLED)
def test_equals_scikit_learns_loader(name: str) -> None:
    data, theirs = load_dataset(name), getattr(sklearn.datasets, f"load_{name}")()
    np.testing.assert_array_equal(data.x, theirs.data)
    np.testing.assert_array_equal(data.y, theirs.target)
    assert data.feature_names == tuple(map(str, theirs.feature_names))
    assert data.class_names == tuple(map(str, theirs.target_names))
    assert data.class_aliases == tuple(map(str, range(data.n_classes)))


@pytest.mark.parametrize("name", BUNDLED)
def test_every_class_is_known_by_name_and_number(name: str) -> None:
    data = load_dataset(name)
    for index, class_name in enumerate(data.class_names):
        assert (
            data.class_index(class_name) == data.class_index(index) == data.class_index(str(index)) == index
        )
    assert data.citation == DATASETS[name].citation


def test_the_notice_names_every_shipped_file_and_its_citation() -> None:
    folder = files("qunlearn.data") / "shipped"
    notice = (folder / "NOTICE").read_text(encoding="utf-8")
    shipped = sorted(file.name for file in folder.iterdir() if file.name != "NOTICE")
    assert [file.partition(".")[0] for file in shipped] == sorted([*BUNDLED, "covertype"])
    for file in shipped:
        own = notice.partition(f"\n{file}\n")[2]
        assert DATASETS[file.partition(".")[0]].citation.split("https://")[1] in own.partition("\n\n")[0]
