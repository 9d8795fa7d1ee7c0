"""What a procedure costs on quantum hardware, counted and not timed."""

from dataclasses import dataclass

from qunlearn.model.classifier import Classifier


@dataclass(frozen=True)
class Cost:
    """`gradients`: single-sample gradients; `forwards`: single-sample forward evaluations.

    A gradient of the softmax loss needs the sample's own probabilities as well as its shifted circuits, so
    every gradient also counts as one forward evaluation.
    """

    gradients: int = 0
    forwards: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.gradients + other.gradients, self.forwards + other.forwards)

    def __mul__(self, times: int) -> "Cost":
        return Cost(self.gradients * times, self.forwards * times)

    def circuits(self, model: Classifier) -> int:
        """Circuits by the parameter-shift rule; the seed paper's recipe counts the gradients' 144 only."""
        return self.gradients * model.circuits_per_gradient + self.forwards

    @staticmethod
    def of_gradients(n: int) -> "Cost":
        """`n` single-sample gradients and the forward evaluations that come with them."""
        return Cost(gradients=n, forwards=n)
