"""What a method says about itself: what it needs, and how it behaves. Refusals, pages and tests read it."""

from typing import ClassVar

from qunlearn._errors import fail, require
from qunlearn.circuit.circuit import Circuit
from qunlearn.methods.base.claim import Tier
from qunlearn.methods.base.problem import Problem


class Traits:
    """Base of every method. A class variable says what is special; the defaults ask for nothing."""

    id: ClassVar[str]
    source: ClassVar[str]
    """Where the method comes from."""

    tier: ClassVar[Tier] = "empirical"
    """The strength of its claim."""

    needs_removed_samples: ClassVar[bool] = False
    """It pushes the model away from the forget samples, so it cannot forget a feature: then they stay."""

    needs_circuit: ClassVar[bool] = False
    """It works on the states of a circuit."""

    needs_model: ClassVar[type | None] = None
    """The only class of models that it works on."""

    needs_federation: ClassVar[bool] = False
    """It works from the recorded rounds of federated training."""

    random: ClassVar[bool] = True
    """The key decides something, if only the order of mini-batches; if not, every key gives one result."""

    counts_apart: ClassVar[bool] = False
    """It spends circuits beside evaluations and gradients of the logits, on states or second derivatives."""

    @classmethod
    def needs(cls) -> tuple[str, ...]:
        """What it asks for, in words."""
        words = {
            "forget samples that leave the data": cls.needs_removed_samples,
            "a circuit": cls.needs_circuit,
            f"a {getattr(cls.needs_model, '__name__', '')}": cls.needs_model is not None,
            "the history of a federation": cls.needs_federation,
        }
        return tuple(word for word, needed in words.items() if needed)

    def refuse(self, problem: Problem) -> None:
        """Raise `InputError` for a problem without what the method needs."""
        model, kind = problem.model, type(problem.model).__name__
        if self.needs_model is not None and not isinstance(model, self.needs_model):
            fail(f"method {self.id} needs a {self.needs_model.__name__} model, but the model is a {kind}")
        has_circuit = isinstance(getattr(model, "circuit", None), Circuit)
        require(
            has_circuit or not self.needs_circuit,
            f"method {self.id} needs a model with a circuit, but {kind} has none",
        )
        if self.needs_removed_samples:
            problem.require_removed_rows(self.id)
        if self.needs_federation:
            problem.require_history(self.id)
