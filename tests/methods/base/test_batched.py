"""Many cases side by side: each equals the method called alone, whatever differs between them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.base import batched
from qunlearn.methods.base.method import method
from qunlearn.methods.base.one_shot import OneShot
from qunlearn.methods.unlearn import make_method, unlearn, unlearn_many
from qunlearn.model import VQC
from toys import LIVELY, Cosines, Counting, federated_problem, problem, untyped

CIRCUIT = VQC(2, 3, n_qubits=3, uploads=1, repetitions=2)
ON_A_CIRCUIT = {"entanglement_pruning", "natural_gradient", "ssd"}
ON_A_HISTORY = "fed_eraser"
ANOTHER_MODEL = {"kernel_removal", "sisa"}
POSED = problem()
STARTS = np.stack([POSED.params, 0.9 * POSED.params, POSED.params + 0.1])
RATES = [0.1, 0.3, 0.9]
QUICK = {"gradient_ascent": {"stop_at": 0.3}, "retrain": {}}


def lively(name, **hyper):
    known = METHODS[name].__dataclass_fields__
    return make_method(name, {**{k: v for k, v in LIVELY.items() if k in known}, **hyper})


def check(found, expected):
    np.testing.assert_allclose(found.params, expected.params, rtol=0, atol=1e-10)
    assert found.trace.keys() == expected.trace.keys()
    for term, curve in expected.trace.items():
        np.testing.assert_allclose(found.trace[term], curve, rtol=0, atol=1e-10)
    assert found.steps_taken == int(expected.steps_taken)
    assert found.cost == expected.cost
    assert (found.claim is None) == (expected.claim is None)
    if found.claim is not None:
        assert found.claim.sentence == expected.claim.sentence


@pytest.fixture
def one_by_one(monkeypatch):
    """The cases that did not run in one program."""
    alone, original = [], batched._one_by_one
    monkeypatch.setattr(
        batched, "_one_by_one", lambda cases, group: alone.extend(group) or original(cases, group)
    )
    return alone


def starts_and_keys(name, **hyper):
    """Three cases that differ by start and key, and what each is alone."""
    posed = problem(CIRCUIT) if name in ON_A_CIRCUIT else POSED
    posed = federated_problem() if name == ON_A_HISTORY else posed
    params = np.stack([posed.params, 0.9 * posed.params, posed.params + 0.1])
    chosen = lively(name, **hyper)
    found = unlearn_many(chosen, posed, keys=[1, 2, 3], params=params)
    for seed, start, one in zip([1, 2, 3], params, found, strict=True):
        check(one, chosen(replace(posed, params=start), key=jax.random.key(seed)))
    assert not np.allclose(found[0].params, found[1].params)
    return found


@pytest.mark.parametrize("name", QUICK)
def test_starts_and_keys(name, one_by_one):
    found = starts_and_keys(name, **QUICK[name])
    assert one_by_one == ([0, 1, 2] if name == "retrain" else [])
    if name == "gradient_ascent":
        assert len({one.steps_taken for one in found}) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(METHODS) - set(QUICK) - ANOTHER_MODEL))
def test_starts_and_keys_of_every_other_method(name, one_by_one):
    starts_and_keys(name)
    assert one_by_one == ([0, 1, 2] if name == ON_A_HISTORY else [])


@pytest.mark.slow
def test_numbers_make_a_trade_off_curve():
    curve = unlearn_many("finetune", POSED, keys=5, **LIVELY | {"learning_rate": RATES})
    for rate, one in zip(RATES, curve, strict=True):
        check(one, unlearn("finetune", POSED, key=5, **LIVELY | {"learning_rate": rate}))
    assert isinstance(curve[0].params, np.ndarray)


def shifted(shift, n=21):
    return problem(n=n, params=STARTS[1] + shift)


@pytest.mark.slow
def test_problems_of_equal_shape_run_together_and_keep_their_order(one_by_one):
    """Two shapes in turns; rows, parameters, keys and numbers differ."""
    moved = replace(shifted(0.2), retain=Samples(POSED.retain.x + 0.1, POSED.retain.y))
    problems, alphas = [POSED, shifted(0.3, n=30), moved], [1e-3, 2e-3, 3e-3]
    own = unlearn_many("fisher_forgetting", problems, keys=[7, 8, 9])
    given = unlearn_many("fisher_forgetting", problems, keys=[7, 8, 9], params=STARTS, alpha=alphas)
    for i, posed in enumerate(problems):
        check(own[i], unlearn("fisher_forgetting", posed, key=7 + i))
        other = replace(posed, params=STARTS[i])
        check(given[i], unlearn("fisher_forgetting", other, key=7 + i, alpha=alphas[i]))
    assert one_by_one == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("memory", [1, None])
def test_parts_change_nothing_and_progress_counts_cases(memory):
    told = []
    found = unlearn_many(
        lively("finetune"),
        POSED,
        keys=jax.random.split(jax.random.key(3), 3),
        memory=memory,
        progress=lambda *words: told.append(words),
    )
    for key, one in zip(jax.random.split(jax.random.key(3), 3), found, strict=True):
        check(one, lively("finetune")(POSED, key=key))
    what = "unlearning 3 cases (finetune)"
    assert told[0] == (f"{what} (compiling)", 0, 3)
    assert told[1:] == [(what, i, 3) for i in ([1, 2, 3] if memory else [3])]


def test_other_rows_numbers_and_keys_compile_nothing_again():
    model = Counting(Cosines(), only_traces=True)
    posed = problem(model)
    unlearn_many("finetune", posed, keys=[1, 2], **LIVELY)
    traces = model.counts["traces"]
    other = replace(posed, retain=Samples(posed.retain.x[::-1], posed.retain.y[::-1]))
    unlearn_many("finetune", other, keys=[3, 4], **{**LIVELY, "learning_rate": [0.1, 0.2]})
    assert model.counts["traces"] == traces > 0


@method
class LooksAtNumbers(OneShot):
    """A method that decides in Python, so it cannot be traced."""

    id = "looks_at_numbers"
    source = "here"

    def change(self, problem, key):
        sign = 1.0 if float(jnp.sum(problem.params)) > 0 else -1.0
        return sign * jnp.asarray(problem.params), {}

    def change_cost(self, problem):
        return METHODS["ssd"]().change_cost(problem)


def test_a_method_that_cannot_be_traced_runs_one_by_one(one_by_one):
    found = unlearn_many(LooksAtNumbers(), POSED, keys=0, params=np.stack([STARTS[0], -STARTS[0]]))
    assert one_by_one == [0, 1]
    np.testing.assert_allclose(found[0].params, found[1].params)


def test_one_case():
    (found,) = unlearn_many("finetune", POSED, keys=4, **LIVELY)
    check(found, unlearn("finetune", POSED, key=4, **LIVELY))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"keys": [1, 2], "beta": [0.1, 0.2, 0.3]},
            "what differs between cases must have one entry for each",
        ),
        (
            {"keys": [1, 2], "params": STARTS},
            "what differs between cases must have one entry for each of them",
        ),
        ({"keys": 1, "params": STARTS[:, :2]}, "`params` must have shape (M, 6), one row for each case, but"),
        (
            {"keys": 1, "params": STARTS[0]},
            "`params` must have shape (M, 6), one row for each case, but have (6,",
        ),
        ({"keys": 1, "params": STARTS[:0]}, "there must be at least one case, but params has 0"),
        ({"keys": 1, "steps": [3, 4]}, "`steps` must be a whole number, but is"),
        ({"keys": 1, "beta": ["many", "few"]}, "`beta` must be a number, but is ['many', 'few']"),
        ({"keys": 1, "beta": [0.5, -1]}, "`beta` must be "),
        ({"keys": "seed"}, "`key` must be a whole number, but is 'seed'"),
    ],
)
def test_refusals(given, sentence):
    with untyped(), pytest.raises(InputError) as refused:
        unlearn_many("neggrad_plus", POSED, **given)
    assert str(refused.value).startswith(sentence)


def test_a_method_object_takes_no_further_numbers():
    with pytest.raises(InputError, match="has its hyper-parameters already"):
        unlearn_many(lively("finetune"), POSED, keys=1, learning_rate=0.1)
