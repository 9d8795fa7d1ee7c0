"""Training: the compiled loop, its cost, and saved models."""

from qunlearn.data.samples import Samples
from qunlearn.train.checkpoint import load_model, save_model
from qunlearn.train.cost import Cost
from qunlearn.train.federated import Federation, fit_federated, fit_federated_many
from qunlearn.train.fit import Fitted, Training, fit, fit_many, training_cost
from qunlearn.train.history import History
from qunlearn.train.keys import as_key
from qunlearn.train.progress import Progress, silent

__all__ = [
    "Cost",
    "Federation",
    "Fitted",
    "History",
    "Progress",
    "Samples",
    "Training",
    "as_key",
    "fit",
    "fit_federated",
    "fit_federated_many",
    "fit_many",
    "load_model",
    "save_model",
    "silent",
    "training_cost",
]
