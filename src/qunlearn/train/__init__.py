"""Training: the compiled loop, its cost, and saved models."""

from qunlearn.train.checkpoint import load_model, save_model
from qunlearn.train.cost import Cost
from qunlearn.train.fit import Fitted, Rows, Training, fit, fit_many, training_cost
from qunlearn.train.progress import Progress, silent

__all__ = [
    "Cost",
    "Fitted",
    "Progress",
    "Rows",
    "Training",
    "fit",
    "fit_many",
    "load_model",
    "save_model",
    "silent",
    "training_cost",
]
