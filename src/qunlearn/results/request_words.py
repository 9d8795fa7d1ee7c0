"""What was asked, in the words that a report uses for each kind of request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class RequestWords:
    """The words of one kind of request.

    what: the thing to forget, as the run names it. gold: what retrained models did. rows, retained: the
    samples that are the request's and the others, `forgotten_title` and `retained_title` at the head of a
    picture. seen: what such a model never saw. beyond: why further from the original is not better.
    probability: the probability that pictures show; `p` its short name.
    """

    what: str
    gold: str
    rows: str
    retained: str
    forgotten_title: str
    retained_title: str
    seen: str
    beyond: str
    probability: str = "the probability of the true class"
    p: str = "p(true class)"


_UNSEEN = "test samples that no model was trained on"
_BEYOND = "A model that is worse on forgotten samples than retraining makes it is recognisable by that."
_KINDS: Mapping[str, RequestWords] = MappingProxyType(
    {
        "class": RequestWords(
            what="",
            gold="retrained without the class",
            rows="test samples of the forgotten class",
            retained="retained ones, none of them used in training",
            forgotten_title="Test samples of the forgotten class",
            retained_title="Retained test samples",
            seen="the class",
            beyond="A model that avoids the forgotten class more than retraining does is recognisable by "
            "that.",
            probability="the probability of the forgotten class",
            p="p(forgotten class)",
        ),
        "instances": RequestWords(
            what="",
            gold="retrained without these samples",
            rows="forgotten training samples",
            retained=_UNSEEN,
            forgotten_title="Forgotten training samples",
            retained_title="Test samples",
            seen="these samples",
            beyond=_BEYOND,
        ),
        "feature": RequestWords(
            what="",
            gold="retrained with the feature replaced by its mean",
            rows="training samples as they were, with the feature",
            retained=f"{_UNSEEN}, with the feature replaced",
            forgotten_title="Training samples with the feature",
            retained_title="Test samples with the feature replaced",
            seen="the feature",
            beyond="A model that answers samples with the feature worse than retraining does is "
            "recognisable by that.",
        ),
        "client": RequestWords(
            what="",
            gold="retrained without the client",
            rows="training samples of the forgotten client",
            retained=_UNSEEN,
            forgotten_title="Training samples of the forgotten client",
            retained_title="Test samples",
            seen="the client’s samples",
            beyond=_BEYOND,
        ),
    }
)


def request_words(summary: Mapping[str, Any]) -> RequestWords:
    """The words for the request of a run."""
    request = summary["request"]
    return replace(_KINDS[request["kind"]], what=request["what"])
