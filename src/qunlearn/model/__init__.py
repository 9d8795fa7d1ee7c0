"""Models: the classifier protocol, encodings, ansätze, the seed paper's circuit, losses."""

from qunlearn.model.ansatz import ANSATZE
from qunlearn.model.classifier import Classifier
from qunlearn.model.encodings import ENCODINGS
from qunlearn.model.losses import cross_entropy, soft_cross_entropy
from qunlearn.model.paper import paper_classifier, seed_like_classifier
from qunlearn.model.vqc import VQC

__all__ = [
    "ANSATZE",
    "ENCODINGS",
    "VQC",
    "Classifier",
    "cross_entropy",
    "paper_classifier",
    "seed_like_classifier",
    "soft_cross_entropy",
]
