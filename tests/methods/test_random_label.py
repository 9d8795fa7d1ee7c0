"""Random labels: wrong ones only, equally often, and the objective on them."""

import jax
import numpy as np
import pytest

from methods.first_order import FORGET, KEY, LOGITS, PROBLEM, RETAIN, THETAS, drawn_key, on_all_rows
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.random_label import other_labels
from reference import training as slow
from toys import LIVELY, problem

RandomLabel, Complement, Finetune = (METHODS[m] for m in ("random_label", "complement_label", "finetune"))


def test_labels_are_wrong_and_equally_likely():
    own = np.repeat(np.arange(4), 2000)
    found = np.asarray(other_labels(jax.random.key(1), jax.numpy.asarray(own), 4))
    for label in range(4):
        counts = np.bincount(found[own == label], minlength=4)
        assert counts[label] == 0
        assert np.all(np.abs(np.delete(counts, label) - 2000 / 3) < 4 * np.sqrt(2000 * 2 / 9))


def test_objective_on_the_labels_drawn():
    method = RandomLabel(beta=0.6)
    labels = np.asarray(method.draws(PROBLEM, KEY)["forget"]["target"]).argmax(1)
    assert set(labels) == {0, 2}
    for theta in THETAS:
        retain = slow.cross_entropy(LOGITS(theta, RETAIN.x), RETAIN.y)
        forget = slow.cross_entropy(LOGITS(theta, FORGET.x), labels)
        loss, terms = on_all_rows(method, theta)
        np.testing.assert_allclose(loss, retain + 0.6 * forget, rtol=1e-12)
        np.testing.assert_allclose([terms["retain"], terms["forget"]], [retain, forget], rtol=1e-12)


def test_mean_over_draws_is_the_complement():
    theta = THETAS[0]
    draws = [on_all_rows(RandomLabel(), theta, jax.random.key(k))[0] for k in range(200)]
    expected = on_all_rows(Complement(), theta)[0]
    assert abs(np.mean(draws) - expected) < 4 * np.std(draws) / np.sqrt(200)
    assert np.std(draws) > 0


@pytest.mark.slow
def test_every_row_keeps_the_label_that_its_call_drew():
    """With one forget sample a batch cannot be anything but that row."""
    posed = problem(forget_index=None, forget=Samples(FORGET.x[:1], np.array([2])))
    method = RandomLabel(**{**LIVELY, "steps": 1})
    label = int(np.asarray(method.draws(posed, drawn_key())["forget"]["target"]).argmax())
    loss = slow.cross_entropy(LOGITS(np.asarray(posed.params), posed.forget.x), [label])
    np.testing.assert_allclose(method(posed, key=KEY).trace["forget"], [loss], rtol=1e-10)


@pytest.mark.slow
def test_beta_0_is_fine_tuning_on_the_same_batches():
    first, second = (m(PROBLEM, key=KEY) for m in (RandomLabel(beta=0.0, **LIVELY), Finetune(**LIVELY)))
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-13)
