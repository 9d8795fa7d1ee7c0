"""What is to be forgotten. One file, and one line in `REQUESTS`, for each kind of request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qunlearn.data.requests.cut import KINDS, Evaluation, ForgetSplit
from qunlearn.data.requests.forget_class import ForgetClass
from qunlearn.data.requests.forget_client import ForgetClient
from qunlearn.data.requests.forget_feature import ForgetFeature
from qunlearn.data.requests.forget_instances import ForgetInstances
from qunlearn.data.requests.queries import ForgetPoisoned, ForgetRandom
from qunlearn.data.requests.read_ids import read_ids
from qunlearn.data.requests.request import Request


@dataclass(frozen=True)
class RequestKind:
    """One line of the table: `make` builds the request from what the user gives (for a class, its label)."""

    make: Callable[..., Request]
    meaning: str


REQUESTS: Mapping[str, RequestKind] = MappingProxyType(
    {
        "class": RequestKind(ForgetClass, "every training sample of one class"),
        "instances": RequestKind(ForgetInstances, "training samples by their ids"),
        "random": RequestKind(ForgetRandom, "a random share of the training samples"),
        "poisoned": RequestKind(ForgetPoisoned, "the training samples that a poison scenario marked"),
        "feature": RequestKind(
            ForgetFeature, "what one feature contributed: it is replaced by its training mean"
        ),
        "client": RequestKind(ForgetClient, "the training samples of one participant of a federation"),
    }
)

__all__ = [
    "KINDS",
    "REQUESTS",
    "Evaluation",
    "ForgetClass",
    "ForgetClient",
    "ForgetFeature",
    "ForgetInstances",
    "ForgetPoisoned",
    "ForgetRandom",
    "ForgetSplit",
    "Request",
    "RequestKind",
    "read_ids",
]
