"""Data: named sets and files, splits, preprocessing to angles, and requests to forget."""

from qunlearn.data.clients import assign_clients
from qunlearn.data.dataset import Dataset
from qunlearn.data.load import defaults, load_dataset
from qunlearn.data.poison import POISONS, Poison, parse_poison, prepare_poisoned
from qunlearn.data.prepared import Prepared, prepare
from qunlearn.data.preprocess import Preprocessor
from qunlearn.data.requests import (
    REQUESTS,
    Evaluation,
    ForgetClass,
    ForgetClient,
    ForgetFeature,
    ForgetInstances,
    ForgetPoisoned,
    ForgetRandom,
    ForgetSplit,
    Request,
)
from qunlearn.data.samples import Samples
from qunlearn.data.sources import DATASETS, Defaults, Source
from qunlearn.data.split import Split, split

__all__ = [
    "DATASETS",
    "POISONS",
    "REQUESTS",
    "Dataset",
    "Defaults",
    "Evaluation",
    "ForgetClass",
    "ForgetClient",
    "ForgetFeature",
    "ForgetInstances",
    "ForgetPoisoned",
    "ForgetRandom",
    "ForgetSplit",
    "Poison",
    "Prepared",
    "Preprocessor",
    "Request",
    "Samples",
    "Source",
    "Split",
    "assign_clients",
    "defaults",
    "load_dataset",
    "parse_poison",
    "prepare",
    "prepare_poisoned",
    "split",
]
