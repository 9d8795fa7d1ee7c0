"""What no report and no record of a run may leave unsaid."""

from collections.abc import Mapping
from typing import Any

from qunlearn.results.request_words import request_words


def limits(summary: Mapping[str, Any], has_attacks: bool) -> tuple[str, ...]:
    """What a run does not show, most important first."""
    words = request_words(summary)
    attacks = (
        "The attacks were run on the forget set as a whole. Unusual records can be at higher risk than such "
        "an average says."
        if has_attacks
        else "No membership attack was run and no risk was measured for single records. A small mean gap can "
        "hide one record that stays recognisable."
    )
    return (
        "Closeness to retraining does not prove that the forgotten data had no influence: the same "
        "parameters can be reached from other data. It shows that the result looks like a model that never "
        f"saw {words.seen}.",
        "Inside the gold range is not a proof of equivalence, and outside is not a proof of harm: the range "
        f"itself comes from {summary['gold_size']} gold models and has its own uncertainty.",
        f"Further from the original is not better. {words.beyond}",
        attacks,
        "Retained data can leak more after unlearning than before. That is why the retained samples are "
        "measured too.",
        "This is one data split and one training seed. Another seed gives other numbers; a claim about the "
        "method needs many.",
    )
