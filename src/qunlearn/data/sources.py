"""The table of named datasets: where each comes from, and what a run takes from it by default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from qunlearn.data import bundled, covertype, openml, synthetic, xxz
from qunlearn.data.dataset import Dataset

UCI = "UCI Machine Learning Repository"
CC_BY = "CC BY 4.0"
ALL_ROWS = 0


@dataclass(frozen=True)
class Defaults:
    """What a run takes from a dataset when nothing else is said.

    classes: those to keep, or "all"; rows_per_class: 0 for every row; n_features: PCA brings the columns down
    to so many where there are more (a set must not have fewer), None for `prepare`'s own choice;
    forget_class: one of `classes`, None where the user has to say or, of two classes, none can be forgotten.
    """

    classes: tuple[str, ...] = ("all",)
    rows_per_class: int = ALL_ROWS
    n_features: int | None = 4
    standardise: bool = True
    forget_class: str | None = None


@dataclass(frozen=True)
class Source:
    """One line of the table: `load` reads the whole set, `load_file` the user's copy, if allowed.

    download: `load` needs the network; every other set is tested as soon as it stands in the table.
    """

    description: str
    load: Callable[[], Dataset]
    defaults: Defaults
    source: str
    licence: str
    citation: str
    load_file: Callable[[Path], Dataset] | None = None
    download: bool = False


FILE_DEFAULTS = Defaults(n_features=None)
PAPER_COVERTYPE = ("3", "5", "7")
BLACKARD = f"Blackard, J. (1998). Covertype. {UCI}. https://doi.org/10.24432/C50K5N"

DATASETS: Mapping[str, Source] = MappingProxyType(
    {
        "iris": Source(
            description="150 flowers of three species, four measurements",
            load=bundled.iris,
            defaults=Defaults(standardise=False, forget_class="2"),
            source="scikit-learn's copy",
            licence=CC_BY,
            citation=f"Fisher, R. A. (1936). Iris. {UCI}. https://doi.org/10.24432/C56C76",
        ),
        "wine": Source(
            description="178 wines of three cultivars, 13 chemical measurements",
            load=bundled.wine,
            defaults=Defaults(forget_class="2"),
            source="scikit-learn's copy",
            licence=CC_BY,
            citation=f"Aeberhard, S. and Forina, M. (1992). Wine. {UCI}. https://doi.org/10.24432/C5PC7J",
        ),
        "breast_cancer": Source(
            description="569 tumours, malignant or benign, 30 measurements of cell nuclei",
            load=bundled.breast_cancer,
            defaults=Defaults(),
            source="scikit-learn's copy",
            licence=CC_BY,
            citation=(
                "Wolberg, W., Mangasarian, O., Street, N. and Street, W. (1993). Breast Cancer Wisconsin "
                f"(Diagnostic). {UCI}. https://doi.org/10.24432/C5DW2B"
            ),
        ),
        "digits": Source(
            description="1,797 handwritten digits, 8x8 pixels",
            load=bundled.digits,
            defaults=Defaults(forget_class="9"),
            source="scikit-learn's copy of the test set",
            licence=CC_BY,
            citation=(
                "Alpaydin, E. and Kaynak, C. (1998). Optical Recognition of Handwritten Digits. "
                f"{UCI}. https://doi.org/10.24432/C50P49"
            ),
        ),
        "covertype": Source(
            description="forest cover types, 54 cartographic variables: 1,000 rows of each of seven types",
            load=covertype.covertype_excerpt,
            defaults=Defaults(classes=PAPER_COVERTYPE, rows_per_class=150, forget_class="7"),
            load_file=covertype.covertype_file,
            source="https://archive.ics.uci.edu/dataset/31/covertype",
            licence=CC_BY,
            citation=BLACKARD,
        ),
        "covertype_full": Source(
            description="all 581,012 rows of Covertype, downloaded once or from `data_file`",
            load=covertype.covertype_download,
            download=True,
            defaults=Defaults(classes=PAPER_COVERTYPE, forget_class="7"),
            load_file=covertype.covertype_file,
            source="https://archive.ics.uci.edu/dataset/31/covertype",
            licence=CC_BY,
            citation=BLACKARD,
        ),
        "synthetic": Source(
            description="500 rows of four columns, four normal clouds of two classes, computed",
            load=synthetic.synthetic,
            defaults=Defaults(),
            source="drawn with a fixed seed",
            licence="none needed",
            citation="Samples of this package, drawn by `qunlearn.data.synthetic`",
        ),
        "xxz": Source(
            description="160 ground states of a ring of eight spins (XXZ), gapless or Néel, computed",
            load=xxz.xxz,
            defaults=Defaults(standardise=False),
            source="computed by exact diagonalisation",
            licence="none needed",
            citation="Chen, Y.-Q. and Zhang, S.-X. (2025), arXiv:2508.02422, use such states as quantum data",
        ),
        "mnist": Source(
            description="70,000 handwritten digits, 28x28 pixels, downloaded once",
            load=openml.mnist,
            download=True,
            defaults=Defaults(rows_per_class=500, forget_class="9"),
            source="https://www.openml.org/d/554",
            licence="CC BY-SA 3.0",
            citation="LeCun, Y., Cortes, C. and Burges, C. J. C. The MNIST database of handwritten digits",
        ),
        "fashion_mnist": Source(
            description="70,000 pictures of clothes, 28x28 pixels, downloaded once",
            load=openml.fashion_mnist,
            download=True,
            defaults=Defaults(rows_per_class=500, forget_class="9"),
            source="https://www.openml.org/d/40996",
            licence="MIT",
            citation="Xiao, H., Rasul, K. and Vollgraf, R. (2017). Fashion-MNIST. arXiv:1708.07747",
        ),
    }
)
