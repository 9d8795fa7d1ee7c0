"""The audit: a run folder, its stages, and the comparison with models that never saw the data.

Calling this package, `qunlearn.audit(...)`, measures a model in memory. Heavy modules are imported by those
that use them.
"""

from typing import TYPE_CHECKING, Any

from qunlearn._callable import make_callable

if TYPE_CHECKING:
    from qunlearn.audit.measure import Audit


def audit(problem: Any, unlearned: Any, gold: Any, test: Any) -> "Audit":
    """Measure how close `unlearned` is to models retrained without the forgotten data; see
    `qunlearn.audit.measure`.
    """
    from qunlearn.audit import measure

    return measure.audit(problem, unlearned, gold, test)


make_callable(__name__, audit)
