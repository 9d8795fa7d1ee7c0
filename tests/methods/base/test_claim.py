"""Claims say what was reached, loudly where it is less than promised, and survive being mapped over."""

import json

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn.methods.base.claim import Claim


def claim(norm):
    return Claim("certified-local", norm <= 0.1, {"norm": norm}, "norm {norm:.2f}", "norm is {norm:.1f}")


def test_met():
    met = claim(0.05)
    assert met.tier == "certified-local"
    assert met.sentence == "certified-local: norm 0.05"


def test_failed():
    failed = claim(jnp.array(0.5))
    assert failed.tier == "empirical"
    assert failed.sentence == "NOT certified-local, only empirical: norm is 0.5"


def test_is_written_as_json_without_infinities():
    told = json.loads(json.dumps(claim(jnp.array(np.inf)).to_dict(), allow_nan=False))
    assert told == {
        "promised": "certified-local",
        "reached": "empirical",
        "sentence": "NOT certified-local, only empirical: norm is inf",
        "values": {"norm": None},
    }


def test_can_be_mapped_over():
    both = jax.vmap(claim)(jnp.array([0.05, 0.5]))
    assert np.array_equal(both.holds, [True, False])
    assert [jax.tree.map(lambda a, i=i: a[i], both).tier for i in range(2)] == [
        "certified-local",
        "empirical",
    ]
