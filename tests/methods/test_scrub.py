"""SCRUB: its two kinds of step, its rewind, its cost, and the published variant."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from methods.first_order import FORGET, KEY, LOGITS, PROBLEM, RETAIN, THETA_0, THETAS, batches, gradient, p_of
from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.scrub import like_forget
from qunlearn.train import Cost
from reference import first_order as twin
from reference import training as slow
from toys import BATCH, LIVELY, STEPS, problem, rows

Scrub, Finetune = METHODS["scrub"], METHODS["finetune"]
WEIGHTS = {"alpha": 0.4, "gamma": 0.8, "forget_weight": 0.6}
TEACHER = {"retain": p_of(THETA_0, RETAIN.x), "forget": p_of(THETA_0, FORGET.x)}


def slopes(step, params):
    """Of KL and CE on retained samples and KL on forget samples; up to constants KL is soft CE."""
    retain, forget = batches("retain", len(RETAIN.y))[step], batches("forget", len(FORGET.y))[step]
    return (
        gradient(params, RETAIN.x, TEACHER["retain"], retain),
        gradient(params, RETAIN.x, slow.one_hot(RETAIN.y, 3), retain),
        gradient(params, FORGET.x, TEACHER["forget"], forget),
    )


def alternating(step, params):
    near, right, away = slopes(step, params)
    return -0.6 * away if step % 2 == 1 else 0.4 * near + 0.8 * right


def joint(step, params):
    near, right, away = slopes(step, params)
    return 0.4 * near + 0.8 * right - 0.6 * away


@pytest.mark.parametrize(
    ("as_published", "slope"), [(False, alternating), pytest.param(True, joint, marks=pytest.mark.slow)]
)
def test_steps_equal_a_slow_twin(as_published, slope):
    result = Scrub(as_published=as_published, **WEIGHTS, **LIVELY)(PROBLEM, key=KEY)
    path = twin.descend(THETA_0, slope, STEPS, 0.3)
    np.testing.assert_allclose(result.params, path[-1], rtol=0, atol=1e-8)


def test_curve_is_the_divergence_of_the_steps_rows():
    trace = Scrub(**WEIGHTS, **LIVELY)(PROBLEM, key=KEY).trace
    path = [THETA_0, *twin.descend(THETA_0, alternating, STEPS, 0.3)]
    for step in range(STEPS):
        part, data = ("forget", FORGET) if step % 2 == 1 else ("retain", RETAIN)
        drawn = batches(part, len(data.y))[step]
        expected = twin.divergence(TEACHER[part][drawn], p_of(path[step], data.x[drawn]))
        np.testing.assert_allclose(trace["divergence"][step], expected, rtol=0, atol=1e-8)


def test_objective_of_the_published_variant():
    method = Scrub(as_published=True, **WEIGHTS)
    for theta in THETAS:
        near, away = (
            twin.divergence(TEACHER[part], p_of(theta, data.x))
            for part, data in (("retain", RETAIN), ("forget", FORGET))
        )
        right = slow.cross_entropy(LOGITS(theta, RETAIN.x), RETAIN.y)
        found, _ = method.objective(PROBLEM.model, jnp.asarray(theta), jnp.zeros(6), method.pools(PROBLEM))
        np.testing.assert_allclose(found, 0.4 * near + 0.8 * right - 0.6 * away, rtol=1e-10)


@pytest.mark.slow
def test_without_steps_up_and_obedience_it_is_fine_tuning():
    first = Scrub(alpha=0.0, gamma=1.0, max_steps=0, **LIVELY)(PROBLEM, key=KEY)
    second = Finetune(**LIVELY)(PROBLEM, key=KEY)
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-13)


def test_steps_up_end():
    method = Scrub(max_steps=2)
    assert [bool(method.goes_up(i)) for i in range(7)] == [False, True, False, True, False, False, False]


def test_each_kind_of_step_costs_its_own_rows():
    few = problem(forget_index=None, forget=Samples(FORGET.x[:1], FORGET.y[:1]))
    method = Scrub(max_steps=1, **LIVELY)
    cost = sum(method.step_cost({"forget": 1, "retain": BATCH}), method.preparation(few))
    assert cost == Cost(gradients=3 * BATCH + 1, forwards=3 * BATCH + 1 + 1 + len(few.retain.y))
    both = Scrub(as_published=True, **LIVELY).step_cost({"forget": 1, "retain": BATCH})
    assert both == Cost.of_gradients(1 + BATCH)


def mixed():
    """Instances of all classes in unequal shares, and validation samples of all classes."""
    train = rows(24, 3, 5)
    chosen = np.concatenate([np.flatnonzero(train.y == k)[:n] for k, n in enumerate((5, 3, 1))])
    kept = np.setdiff1d(np.arange(24), chosen)
    return problem(
        forget=Samples(train.x[chosen], train.y[chosen]),
        retain=Samples(train.x[kept], train.y[kept]),
        val=rows(17, 3, 6),
        forget_index=None,
    )


def error(params, data):
    return (LOGITS(np.asarray(params), data.x).argmax(1) != data.y).astype(float)


def rewound(path, posed):
    """The number of the step to go back to."""
    share = np.bincount(posed.forget.y, minlength=3) / len(posed.forget.y)
    wrong = error(path[-1], posed.val)
    unseen = sum(share[k] * wrong[posed.val.y == k].mean() for k in range(3))
    gaps = [abs(error(p, posed.forget).mean() - unseen) for p in path]
    return max(i for i, gap in enumerate(gaps) if gap < min(gaps) + 1e-12)


def test_rewind_takes_the_step_whose_forget_error_is_that_of_unseen_data():
    posed, chosen = mixed(), []
    for seed in range(6):
        path = np.random.default_rng(seed).uniform(-np.pi, np.pi, (STEPS, 6))
        chosen.append(rewound(path, posed))
        found = Scrub(rewind=True).choose(posed, jnp.asarray(path))
        assert np.array_equal(found, path[chosen[-1]])
    assert len(set(chosen)) > 2


def test_unseen_rows_weigh_as_the_forgotten_labels_do():
    unseen, weight = like_forget(mixed())
    np.testing.assert_allclose(np.bincount(unseen.y, weight), [5 / 9, 3 / 9, 1 / 9], rtol=1e-12)
    assert len(unseen.y) == 17


def test_the_path_holds_the_parameters_after_every_step():
    one = {**LIVELY, "steps": 1}
    back, plain = (Scrub(rewind=flag, **one)(mixed(), key=KEY).params for flag in (True, False))
    np.testing.assert_allclose(back, plain, rtol=0, atol=1e-12)
    assert not np.allclose(back, THETA_0)


def test_rewind_looks_at_every_step_and_counts_it():
    posed = mixed()
    plain = Scrub(**LIVELY)(posed, key=KEY)
    back = Scrub(rewind=True, **LIVELY)(posed, key=KEY)
    assert back.cost == plain.cost + Cost(forwards=STEPS * 9 + 17)
    published = Scrub(rewind=True, as_published=True, **LIVELY)
    assert not published.keeps_path()
    assert published.preparation(posed) == Scrub(as_published=True, **LIVELY).preparation(posed)


def test_rewind_needs_validation_rows_with_the_forgotten_labels():
    with pytest.raises(InputError, match=r"^the rewind of scrub needs .* none of class 1: [^\n]*$"):
        Scrub(rewind=True, **LIVELY)(PROBLEM, key=KEY)


@pytest.mark.slow
def test_mapped_over_keys_and_starts():
    """With a rewind, so that the path and the choice are mapped too."""
    posed = mixed()
    parts = {name: getattr(posed, name) for name in ("forget", "retain", "val", "forget_index")}
    keys = jax.random.split(KEY, 2)
    starts = jnp.stack([THETA_0, THETA_0[::-1]])

    def one(key, start):
        return Scrub(rewind=True, **LIVELY)(problem(params=start, **parts), key=key)

    together = jax.vmap(one)(keys, starts)
    for i in range(2):
        np.testing.assert_allclose(together.params[i], one(keys[i], starts[i]).params, rtol=0, atol=1e-12)
