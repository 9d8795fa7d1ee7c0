"""Forgetting against preservation: one compiled call for many tolerances or weights, and where to stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float, PRNGKeyArray

from qunlearn._errors import require
from qunlearn.methods.base.pools import Pools, labelled
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.constrained import Constrained
from qunlearn.methods.distribution_guided import DistributionGuided
from qunlearn.metrics.pareto import knee, nondominated
from qunlearn.model.losses import divergence, loss_on, soft_cross_entropy
from qunlearn.train.cost import Cost
from qunlearn.train.keys import as_key

LEAST_VALUES = 3
VARIED = {"epsilon": Constrained, "lam": DistributionGuided}
OBJECTIVES = {
    "forgetting": "forget samples' cross-entropy with their target, nats",
    "drift": "mean KL from the original on the anchors, nats",
    "val_loss": "cross-entropy of retained validation samples, nats",
}


@dataclass(frozen=True, eq=False)
class Front:
    """M models that differ in one number, `varied`, with what each gives up; everything is to be low.

    params (M, P). forgetting (M,): mean_F −Σ_k q_k log p_k. drift (M,): mean_A KL(r‖p). val_loss (M,): on the
    retained validation samples, None without any. forget_probability (M,): mean_F p(c), None for a request
    that is no class. pareto (M,): True where no other model is at least as good in all objectives and better
    in one. knee: the index of the model where the front of forgetting and drift bends most
    (`qunlearn.metrics.pareto`). cost: of all models together.
    """

    varied: str
    values: Float[np.ndarray, " M"]
    params: Float[np.ndarray, "M P"]
    forgetting: Float[np.ndarray, " M"]
    drift: Float[np.ndarray, " M"]
    val_loss: Float[np.ndarray, " M"] | None
    forget_probability: Float[np.ndarray, " M"] | None
    pareto: Bool[np.ndarray, " M"]
    knee: int
    cost: Cost

    def to_dict(self) -> dict[str, Any]:
        """Everything but the parameters, JSON-ready; `qunlearn.report.charts.front.picture` draws it."""
        curves = {"values": self.values, "forgetting": self.forgetting, "drift": self.drift}
        given = {"val_loss": self.val_loss, "forget_probability": self.forget_probability}
        known = {name: curve.tolist() for name, curve in {**curves, **given}.items() if curve is not None}
        return {"varied": self.varied, **known, "pareto": self.pareto.tolist(), "knee": self.knee}


def tradeoff(
    problem: Problem,
    *,
    key: PRNGKeyArray | int,
    epsilon: Sequence[float] | None = None,
    lam: Sequence[float] | None = None,
    **hyper: Any,
) -> Front:
    """Unlearn with each tolerance `epsilon` of `constrained`, or each weight `lam` of `distribution_guided`.

    One of the two, three values or more, and other hyper-parameters of that method. All models are computed
    side by side in one compiled call, with the same key. Raises `InputError` for anything else.
    """
    given = {name: values for name, values in (("epsilon", epsilon), ("lam", lam)) if values is not None}
    require(len(given) == 1, "give either `epsilon` or `lam`, the values to trade off")
    [(varied, values)] = given.items()
    require(
        len(values) >= LEAST_VALUES,
        f"`{varied}` must have at least {LEAST_VALUES} values for a front, but has {len(values)}",
    )
    numbers = jnp.asarray(np.asarray(values, float))
    kind: Any = VARIED[varied]
    kind(**{**hyper, varied: numbers})  # refuses bad numbers before anything is compiled
    own, pools = as_key(key), kind(**hyper).pools(problem)

    def one(value: Array) -> tuple[Unlearned, dict[str, Array]]:
        result = kind(**{**hyper, varied: value})(problem, key=own)
        return result, _objectives(problem, pools, jnp.asarray(result.params))

    together, found = jax.jit(jax.vmap(one))(numbers)
    return _front(varied, together, np.asarray(numbers), {k: np.asarray(v) for k, v in found.items()})


def _objectives(problem: Problem, pools: Pools, params: Array) -> dict[str, Array]:
    model, forget, anchors = problem.model, pools["forget"], pools["anchors"]
    logits = model.logits(params, forget["x"])
    known = jnp.log(jnp.maximum(anchors["reference"], jnp.finfo(float).tiny))
    found = {
        "forgetting": soft_cross_entropy(logits, forget["target"]),
        "drift": divergence(model.logits(params, anchors["x"]), known),
    }
    if len(problem.val.y) > 0:
        found["val_loss"] = loss_on(model, params, labelled(problem.val))
    if problem.forget_index is not None:
        found["forget_probability"] = jax.nn.softmax(logits)[:, problem.forget_index].mean()
    return found


def _front(varied: str, together: Unlearned, values: np.ndarray, found: dict[str, np.ndarray]) -> Front:
    objectives = np.stack([found[name] for name in OBJECTIVES if name in found], axis=1)
    steps = np.broadcast_to(together.steps_taken, values.shape)
    assert isinstance(together.step_cost, Cost)
    return Front(
        varied,
        values,
        np.asarray(together.params),
        found["forgetting"],
        found["drift"],
        found.get("val_loss"),
        found.get("forget_probability"),
        nondominated(objectives),
        knee(objectives[:, :2]),
        together.preparation * len(values) + together.step_cost * int(steps.sum()),
    )
