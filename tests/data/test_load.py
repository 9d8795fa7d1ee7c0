"""The table of datasets, and the one function that loads from it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import qunlearn.data
from qunlearn._errors import InputError
from qunlearn.data import DATASETS, ForgetClass, defaults, load_dataset, prepare, split
from qunlearn.data.covertype import COVER_TYPES
from qunlearn.data.readers import READERS

OFFLINE = [name for name, source in DATASETS.items() if not source.download]


def test_the_public_names_exist() -> None:
    assert len(set(qunlearn.data.__all__)) == len(qunlearn.data.__all__)
    for name in qunlearn.data.__all__:
        assert getattr(qunlearn.data, name) is not None


@pytest.mark.parametrize("name", DATASETS)
def test_every_line_of_the_table_is_complete(name: str) -> None:
    source = DATASETS[name]
    assert all((source.description, source.source, source.licence, source.citation))
    assert defaults(name) is source.defaults


@pytest.mark.parametrize("name", OFFLINE)
def test_the_defaults_of_every_offline_dataset_work_together(name: str) -> None:
    usual = defaults(name)
    data = load_dataset(name, seed=3)
    assert (data.name, data.licence) == (name, DATASETS[name].licence)
    cut = split(data.y, seed=3, class_names=data.class_names)
    prepared = prepare(data, cut, usual.n_features, usual.standardise)
    assert prepared.x_train.shape[1] == usual.n_features or usual.n_features is None
    assert (prepared.preprocessor.components is None) == (data.x.shape[1] == prepared.n_features)
    if usual.forget_class is not None:
        assert 0 <= ForgetClass(usual.forget_class).resolve(data) < data.n_classes


def test_no_class_of_two_can_be_forgotten() -> None:
    data = load_dataset("synthetic")
    assert defaults("synthetic").forget_class is None
    with pytest.raises(InputError, match="at least 2 classes must be retained"):
        ForgetClass(data.class_names[0]).resolve(data)


def test_the_papers_iris_split() -> None:
    data = load_dataset("iris")
    cut = split(data.y, seed=0)
    assert [len(rows) // 3 for rows in (cut.train, cut.val, cut.test)] == [32, 8, 10]


@pytest.mark.parametrize(
    "classes", [["virginica", "setosa"], [2, 0], "2,0", "virginica, setosa", ("2", "Setosa")]
)
def test_classes_by_any_spelling(classes: str | list | tuple) -> None:
    data = load_dataset("iris", classes=classes)
    assert data.class_names == ("virginica", "setosa")
    assert data.class_index(2) == 0
    np.testing.assert_array_equal(data.x[data.y == 0], load_dataset("iris").x[100:])


@pytest.mark.parametrize("everything", ["all", ["all"], ("all",)])
def test_all_classes_and_all_rows(everything: str | list | tuple) -> None:
    data = load_dataset("covertype", classes=everything, rows_per_class=0)
    np.testing.assert_array_equal(np.bincount(data.y), [1000] * 7)


def test_files_have_defaults_too() -> None:
    usual = defaults("somewhere/my.csv")
    assert (usual.classes, usual.rows_per_class, usual.n_features, usual.forget_class) == (
        ("all",),
        0,
        None,
        None,
    )
    assert defaults(Path("my.csv")) == usual


def test_a_named_dataset_goes_before_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris").write_text("a,y\n1,2\n")
    assert load_dataset("iris").x.shape == (150, 4)


FILES, NAMES = ", ".join(READERS), ", ".join(DATASETS)
NEEDS_FILE = "`data_file` belongs to covertype and covertype_full, but the dataset is"
NAMED = "`label` belongs to CSV and Parquet files, but iris is a named dataset"
TYPES = ", ".join(f"{i} ({name})" for i, name in enumerate(COVER_TYPES, start=1))
REFUSED = [
    (("irsi",), {}, f"`dataset` must be one of {NAMES}, or a file that ends in {FILES}, but is irsi"),
    (("iris",), {"label": "species"}, NAMED),
    (("iris",), {"data_file": "x.gz"}, f"{NEEDS_FILE} iris"),
    (("my.csv",), {"data_file": "x.gz", "label": "y"}, f"{NEEDS_FILE} my.csv"),
    (("iris",), {"rows_per_class": -1}, "`rows_per_class` must be >= 1, or 0 for every row, but is -1"),
    (("iris",), {"rows_per_class": 51}, "`rows_per_class` is 51, but class setosa of iris has 50 rows"),
    (("iris",), {"classes": ["setosa"]}, "`classes` must name at least two classes, but names setosa"),
    (("iris",), {"classes": []}, "`classes` must name at least two classes, but names none"),
    (("covertype",), {"classes": "3,8"}, f"there is no class '8': it must be one of {TYPES}"),
    (("covertype",), {"seed": -1}, "`seed` must be a whole number >= 0, but is -1"),
]


@pytest.mark.parametrize(("names", "options", "message"), REFUSED)
def test_refusals(names: tuple, options: dict, message: str, refused: Callable) -> None:
    with refused(message):
        load_dataset(*names, **options)


@pytest.mark.slow
def test_loading_and_preparing_imports_nothing_heavy() -> None:
    """A run on Iris starts at once: neither JAX (never, in this layer) nor scikit-learn, SciPy or pyarrow."""
    code = (
        "import sys; from qunlearn.data import load_dataset, split, prepare\n"
        "for name in ('iris', 'digits', 'covertype'):\n"
        "    d = load_dataset(name); prepare(d, split(d.y, seed=0))\n"
        "print([m for m in ('jax', 'sklearn', 'scipy', 'pyarrow', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
