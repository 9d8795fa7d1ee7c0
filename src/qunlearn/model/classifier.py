"""What the rest of the package asks of a model: parameters in, logits out."""

from typing import Any, Protocol, runtime_checkable

from jax import Array
from jaxtyping import Float, PRNGKeyArray


@runtime_checkable
class Classifier(Protocol):
    """A differentiable classifier without state of its own; parameters are an argument.

    Instances are hashable (they are static arguments of compiled functions) and `logits` is a JAX function:
    anything with a forward pass and a vector-Jacobian product can be wrapped into one with `jax.custom_vjp`.
    """

    @property
    def n_params(self) -> int:
        """P, the length of the parameter vector."""
        ...

    @property
    def n_features(self) -> int:
        """d, the number of model inputs (radians)."""
        ...

    @property
    def n_classes(self) -> int:
        """K, the number of logits."""
        ...

    @property
    def circuits_per_gradient(self) -> int:
        """Circuits that one sample's parameter-shift gradient costs, the forward pass left out."""
        ...

    @property
    def logit_range(self) -> tuple[float, float] | None:
        """Bounds of every logit, or None where there are none."""
        ...

    def init(self, key: PRNGKeyArray) -> Float[Array, " P"]:
        """Fresh parameters."""
        ...

    def logits(self, params: Float[Array, " P"], x: Float[Array, "B d"]) -> Float[Array, "B K"]:
        """Class scores of a batch; a softmax turns them into probabilities. Sample by sample: no row's
        logits depend on the others."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The architecture as JSON-ready data, complete enough to rebuild the model."""
        ...
