"""Every work for an implementation whose expectation values are a JAX function, compiled as a whole."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from harness.simulator import DESCENT_RATE, Call, Simulator, adam_update, shifts
from harness.works import Work, inputs

jax.config.update("jax_enable_x64", True)


def cross_entropy(logits: Array, y: Array) -> Array:
    """Mean of -log p(label)."""
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))


class JaxSimulator(Simulator):
    """`expectations(params (P,), x (B, d)) -> (B, M)` must be differentiable and work under jit and vmap."""

    def gradient(self, params: Array, x: Array, y: Array) -> Array:
        return jax.grad(lambda p: cross_entropy(self.expectations(p, x), y))(params)

    def shift(self, params: Array, x: Array, y: Array) -> Array:
        """All shifted parameter vectors side by side."""
        moved = jnp.concatenate([params[None], params + shifts(np.zeros(len(params)))])
        z = jax.vmap(self.expectations, (0, None))(moved, x)
        plus, minus = jnp.split(z[1:], 2)
        weights = jax.grad(cross_entropy)(z[0], y)
        return jnp.einsum("sbm,bm->s", (plus - minus) / 2, weights)

    def models(self, params: Array, x: Array, y: Array) -> Array:
        return jax.vmap(self.gradient)(params, x, y)

    def scaling(self, params: Array, x: Array) -> Array:
        return jax.grad(lambda p: self.expectations(p, x).sum())(params)

    def train(self, params: Array, x: Array, y: Array, batches: Array, rates: Array) -> Array:
        """The whole loop as one `scan`."""

        def step(state: tuple[Array, ...], now: tuple[Array, ...]) -> tuple[tuple[Array, ...], None]:
            params, m, v, count = state
            rows, rate = now
            g = self.gradient(params, x[rows], y[rows])
            m, v, params = adam_update(jnp, count, rate, g, m, v, params)
            return (params, m, v, count + 1), None

        zeros = jnp.zeros_like(params)
        return jax.lax.scan(step, (params, zeros, zeros, jnp.array(1.0)), (batches, rates))[0][0]

    def prepare(self, work: Work) -> Call:
        arguments = [jnp.asarray(a) for a in inputs(work).values()]
        compiled = jax.jit(self._descend(work.steps) if work.kind == "descent" else getattr(self, work.kind))
        return lambda: jax.block_until_ready(compiled(*arguments))

    def _descend(self, steps: int) -> Callable[..., Array]:
        def descend(params: Array, x: Array, y: Array) -> Array:
            return jax.lax.fori_loop(0, steps, lambda _, p: p - DESCENT_RATE * self.gradient(p, x, y), params)

        return descend
