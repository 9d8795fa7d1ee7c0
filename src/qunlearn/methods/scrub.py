"""SCRUB: a student that disobeys its teacher on the forget set and obeys it elsewhere."""

from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from qunlearn._errors import require, typed
from qunlearn.data.samples import Samples
from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, check_whole, method
from qunlearn.methods.base.pools import Pool, Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy, divergence
from qunlearn.train.cost import Cost


@method
class Scrub(Descent):
    """Alternate: min α · KL(T ‖ S; retain) + γ · CE(retain), and max `forget_weight` · KL(T ‖ S; forget).

    T is the original model, S the student that starts as T. Every second step is one of the `max_steps` steps
    up until they are used; the steps left over only repair. The first step repairs, because at θ₀ the
    divergence from the teacher is 0 and has no slope. Both kinds share Adam's moments. The curve `divergence`
    is KL(T ‖ S) of the rows of the step: retained samples in a repairing step, forget samples in a step up.

    `rewind` gives back not the last parameters but those, out of all steps, whose error on the forget set is
    nearest to the last parameters' error on validation samples with the same labels in the same proportions
    (the latest of equal ones). It is for requests that leave such rows: instances, not a class.

    `as_published` is the variant of Crivoi & Ionescu's and of Chen & Zhang's code: one objective
    α · KL(T ‖ S; retain) + γ · CE(retain) − `forget_weight` · KL(T ‖ S; forget) at every step, and no rewind
    even where it is asked for.
    """

    id: ClassVar[str] = "scrub"
    source: ClassVar[str] = "Kurmanji et al., arXiv 2302.09880; for QML Chen & Zhang, arXiv 2508.02422"
    needs_removed_samples: ClassVar[bool] = True

    alpha: Scalar = 0.5
    gamma: Scalar = 1.0
    forget_weight: Scalar = 1.0
    max_steps: int = 15
    rewind: bool = False
    as_published: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("alpha", "gamma", "forget_weight"):
            check_range(name, getattr(self, name), 0)
        check_whole("max_steps", self.max_steps, 0)
        typed("rewind", self.rewind, bool)
        typed("as_published", self.as_published, bool)

    def goes_up(self, step: Number) -> bool | Array:
        """Whether step 0, 1, ... (a number or traced) is one away from the teacher."""
        return (step % 2 == 1) & (step < 2 * self.max_steps)

    def pools(self, problem: Problem) -> Pools:
        """Forget and retained samples with the teacher's logits."""
        if self.keeps_path():
            like_forget(problem)
        return {
            name: labelled(rows, teacher=problem.logits(rows.x))
            for name, rows in (("forget", problem.forget), ("retain", problem.retain))
        }

    def gradient(
        self, model: Classifier, params: Array, start: Array, batch: Pools, step: Array
    ) -> tuple[tuple[Array, Terms], Array]:
        """That of the step's kind; only its rows are evaluated."""
        if self.as_published:
            return super().gradient(model, params, start, batch, step)

        def repair(p: Array) -> tuple[Array, Terms]:
            loss, terms = self._obey(model, p, batch["retain"])
            return loss, {"divergence": terms["divergence"]}

        def up(p: Array) -> tuple[Array, Terms]:
            away = _divergence(model, p, batch["forget"])
            return -self.forget_weight * away, {"divergence": away}

        kinds = [jax.value_and_grad(kind, has_aux=True) for kind in (up, repair)]
        return jax.lax.cond(self.goes_up(step), *kinds, params)

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """Both goals at once."""
        obey, terms = self._obey(model, params, batch["retain"])
        away = _divergence(model, params, batch["forget"])
        return obey - self.forget_weight * away, {**terms, "forget_divergence": away}

    def _obey(self, model: Classifier, params: Array, rows: Pool) -> tuple[Array, Terms]:
        student = model.logits(params, rows["x"])
        near, right = divergence(student, rows["teacher"]), cross_entropy(student, rows["y"])
        return self.alpha * near + self.gamma * right, {"divergence": near, "retain": right}

    def step_cost(self, sizes: dict[str, int]) -> Cost | tuple[Cost, ...]:
        """The rows of the step's kind; as published: both."""
        if self.as_published:
            return super().step_cost(sizes)
        return tuple(
            Cost.of_gradients(sizes["forget" if self.goes_up(i) else "retain"]) for i in range(self.steps)
        )

    def preparation(self, problem: Problem) -> Cost:
        """The teacher on all samples; for the rewind the forget set after every step, and validation."""
        n_forget = len(problem.forget.y)
        looks = self.steps * n_forget + len(like_forget(problem)[0].y) if self.keeps_path() else 0
        return Cost(forwards=n_forget + len(problem.retain.y) + looks)

    def keeps_path(self) -> bool:
        """With a rewind."""
        return self.rewind and not self.as_published

    def choose(self, problem: Problem, path: Array) -> Array:
        """The parameters whose forget error is that of data never seen."""
        unseen, weight = like_forget(problem)
        return _rewound(problem.model, path, problem.forget, unseen, jnp.asarray(weight))


def like_forget(problem: Problem) -> tuple[Samples, Float[np.ndarray, " n"]]:
    """Validation samples with the forget set's labels, and weights (sum 1) that give each label its share
    there.

    Raises `InputError` where a forgotten label has no validation sample.
    """
    n_classes, val = problem.model.n_classes, problem.val
    forgotten = np.bincount(problem.forget.y, minlength=n_classes)
    there = np.bincount(np.asarray(val.y, dtype=int), minlength=n_classes)
    missing = np.flatnonzero((forgotten > 0) & (there == 0))
    require(
        len(missing) == 0,
        "the rewind of scrub needs validation samples with the labels that are to be forgotten, but "
        "there are "
        f"none of class {', '.join(map(str, missing))}: leave `rewind` out",
    )
    keep = forgotten[val.y] > 0
    rows = Samples(val.x[keep], val.y[keep])
    return rows, (forgotten / there.clip(1) / forgotten.sum())[rows.y]


@partial(jax.jit, static_argnames="model")
def _rewound(model: Classifier, path: Array, forget: Samples, unseen: Samples, weight: Array) -> Array:
    def wrong(params: Array, rows: Samples) -> Array:
        return model.logits(params, rows.x).argmax(1) != rows.y

    wanted = weight @ wrong(path[-1], unseen)
    gap = jnp.abs(jax.lax.map(lambda p: wrong(p, forget).mean(), path) - wanted)
    return path[len(path) - 1 - jnp.argmin(gap[::-1])]


def _divergence(model: Classifier, params: Array, rows: Pool) -> Array:
    return divergence(model.logits(params, rows["x"]), rows["teacher"])
