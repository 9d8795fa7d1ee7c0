"""What every unlearning method promises, over the table, and that no method is left out of it."""

import importlib
import inspect
import json
import pkgutil
import re
from dataclasses import asdict, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar, get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qunlearn.methods as package
from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.iteration import Iteration
from qunlearn.methods.base.method import Method, Scalar, Tier, method
from qunlearn.methods.base.pools import labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.base.traits import Traits
from qunlearn.methods.unlearn import make_method
from qunlearn.model import VQC
from qunlearn.model.losses import loss_on
from qunlearn.train import Training
from toys import (
    BATCH,
    LIVELY,
    STEPS,
    Cosines,
    Counting,
    federated_problem,
    problem,
    untyped,
)

TRAINING = Training(steps=STEPS, batch=BATCH, val_every=3)
CIRCUIT = VQC(2, 3, n_qubits=2, uploads=1, repetitions=2, head=True)
OWN = {"ssd": {"alpha": 0.1, "lam": 0.1}}  # so that something is selected


def make(cls, **hyper):
    """Few large steps on small batches, where the method has them."""
    known = {f.name for f in fields(cls)}
    usual = {k: v for k, v in LIVELY.items() if k in known}
    return cls(**{**usual, **OWN.get(cls.id, {}), **hyper})


@cache
def counting(inner, only_traces):
    """One model for all methods: what does not depend on the method is compiled once."""
    return Counting(inner, only_traces)


def model_of(cls):
    """A model that counts what is evaluated, or only tracings where a method differentiates twice."""
    twice = issubclass(cls, METHODS["influence_newton"])
    return counting(CIRCUIT if cls.needs_circuit else Cosines(), twice)


@cache
def given(model, request="class"):
    """A problem of one kind of request, all of the same shapes: what is compiled for one serves all."""
    every = problem(model, training=TRAINING)
    retain = Samples(*(a[: len(every.forget.y)] for a in every.retain))
    usual = replace(every, retain=retain, anchors=None)
    if request == "class":
        return usual
    if request == "feature":
        x, y = usual.retain
        without = Samples(x * [1, 0] + [0, 1.3], y)
        data = {"forget": Samples(x, y), "retain": without, "anchors": None, "calibration": None}
        return replace(usual, forget_index=None, kind="feature", **data)
    return replace(usual, forget_index=None, kind={"rows": "instances", "client": "client"}[request])


@cache
def federation(model):
    return federated_problem(model)


def posed(cls, request="class"):
    return federation(model_of(cls)) if cls.needs_federation else given(model_of(cls), request)


@cache
def outcome(cls, key=11, request="class"):
    """What the method gives back, and the (gradients, forwards) that were really evaluated for it."""
    posed_problem, model = posed(cls, request), model_of(cls)
    before = model.taken()
    result = make(cls)(posed_problem, key=jax.random.key(key))
    after = model.taken()
    return result, (after[0] - before[0], after[1] - before[1])


def of(name, key=11, request="class"):
    return outcome(METHODS[name], key, request)[0]


def steps(name):
    """Of a result of `outcome`."""
    given = {f.name: getattr(make(METHODS[name]), f.name) for f in fields(METHODS[name])}
    if METHODS[name].needs_federation:
        return (len(posed(METHODS[name]).history.start) // given["interval"] - 1) * given["steps"]
    return given.get("steps", STEPS if name == "retrain" else 1)


def scalars(cls):
    return [f.name for f in fields(cls) if f.type == Scalar]


def defaults(name):
    return {f.name: f.default for f in fields(METHODS[name])}


NAMES = [name for name, cls in METHODS.items() if cls.needs_model is None]
GENERAL = [name for name in NAMES if not METHODS[name].needs_federation]
ONE_OF_A_KIND = ("distribution_guided", "scrub", "ssd", "retrain", "fed_eraser")
"""By default one method for each way to compute is compiled; the slow tests take them all."""


def by_name(names, quick=()):
    """Those of `quick` refuse before anything is compiled."""
    usual = (*ONE_OF_A_KIND, *quick)
    params = [n if n in usual else pytest.param(n, marks=pytest.mark.slow) for n in names]
    return pytest.mark.parametrize("name", params)


EVERY_METHOD = pytest.mark.parametrize("name", METHODS)
EVERY_NAME = by_name(NAMES)
EVERY_GENERAL_METHOD = by_name(GENERAL)
ONE_BY_DEFAULT = pytest.mark.parametrize(
    "name", [m if m == "distribution_guided" else pytest.param(m, marks=pytest.mark.slow) for m in GENERAL]
)
"""Other models compile everything anew."""
OF_A_HEAD = ("head_damping", "head_reach", "head_taught", "head_prior")
"""Numbers of `gauss_newton_replay` that a model without a head has no use for; its own tests move them."""

EVERY_SCALAR = pytest.mark.parametrize(
    ("name", "field"), [(n, s) for n in METHODS for s in scalars(METHODS[n])]
)


def test_no_method_is_left_out_of_the_table():
    """Every class of the package with an id of its own is in METHODS under it, in the file of that name."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if thing.__module__ == module.name and "id" in vars(thing):
                found[thing.id] = (thing, module.name.rpartition(".")[2])
    assert {name: cls for name, (cls, _) in found.items()} == dict(METHODS)
    assert all(name == file for name, (_, file) in found.items())


@EVERY_METHOD
def test_has_a_test_of_its_own(name):
    assert (Path(__file__).parents[1] / "methods" / f"test_{name}.py").is_file()


@EVERY_METHOD
def test_says_what_it_is(name):
    cls = METHODS[name]
    assert cls.id == name
    assert cls.tier in get_args(Tier)
    assert cls.source
    assert cls.__doc__
    assert len(cls.__doc__.strip().splitlines()[0]) <= 110
    assert isinstance(cls(), Method)
    assert issubclass(cls, Traits)


@EVERY_METHOD
def test_is_a_frozen_dataclass_of_plain_hyper_parameters(name):
    method = METHODS[name]()
    assert is_dataclass(method)
    hash(method)
    for field in fields(method):
        with pytest.raises(AttributeError):
            setattr(method, field.name, field.default)
    assert make_method(name, json.loads(json.dumps(asdict(method)))) == method


@EVERY_GENERAL_METHOD
def test_problem_stays_as_it_is(name):
    """Nothing is written into the arrays of the problem that all methods here share."""
    now = posed(METHODS[name])
    usual = given.__wrapped__(now.model)
    moved = not np.array_equal(of(name).params, now.params)
    assert moved
    for part in ("params", "anchors", "calibration", "forget", "retain", "val"):
        for before, after in zip(
            jax.tree.leaves(getattr(usual, part)), jax.tree.leaves(getattr(now, part)), strict=True
        ):
            assert np.array_equal(before, after)


def check_the_key(cls):
    """`random` says whether the key decides anything; the same key gives the same result."""
    first, other = outcome(cls)[0], outcome(cls, key=2)[0]
    again = make(cls)(posed(cls), key=jax.random.key(11))
    assert np.array_equal(first.params, again.params)
    assert all(np.array_equal(first.trace[t], again.trace[t], equal_nan=True) for t in first.trace)
    assert np.allclose(first.params, other.params) == (not cls.random)


def check_what_is_evaluated(cls):
    """The claimed cost is what is evaluated, unless the method says that it spends something else."""
    result, evaluated = outcome(cls)
    cost = result.cost
    assert cost.gradients + cost.forwards > 0
    assert (evaluated == (cost.gradients, cost.forwards)) == (not cls.counts_apart)


def check_models(cls):
    """A method that says nothing works on any classifier; one that needs something says so in a sentence."""
    plain = problem() if not cls.needs_federation else problem(forget_index=None, kind="client")
    needs = cls.needs_model is not None or cls.needs_circuit or cls.needs_federation
    if not needs:
        assert np.all(np.isfinite(outcome(cls)[0].params))
        return
    with pytest.raises(
        InputError, match=rf"^method {cls.id} (needs a \w+|works from )[^\n]*(Cosines|federation)"
    ):
        cls()(plain, key=jax.random.key(11))


def check_a_feature(cls):
    """All samples stay, with the feature replaced: a method works on that, or says that it cannot.

    Where the feature is replaced by itself there is nothing to forget, so no descent may go away from the
    samples.
    """
    if cls.needs_removed_samples:
        with pytest.raises(InputError, match=f"^{cls.id} pushes the model away from forgotten samples, but"):
            make(cls)(given(model_of(cls), "feature"), key=jax.random.key(11))
        return
    assert np.all(np.isfinite(outcome(cls, request="feature")[0].params))
    if issubclass(cls, Descent) and not issubclass(cls, Iteration):
        same = given(model_of(cls)).retain
        idle = problem(
            model_of(cls).inner, forget_index=None, kind="feature", forget=same, retain=same, val=same
        )
        assert _along(make(cls), idle) >= -1e-9


def _along(method, idle: Problem):
    """The inner product of a method's first direction at θ₀ with the slope of the samples' loss."""
    start, pools = jnp.asarray(idle.params), method.pools(idle)
    slope = jax.grad(loss_on, argnums=1)(idle.model, start, labelled(idle.forget))
    return method.gradient(idle.model, start, start, pools, jnp.array(0))[1] @ slope


@EVERY_NAME
def test_the_key_decides(name):
    check_the_key(METHODS[name])


@EVERY_NAME
def test_claimed_cost_is_what_is_evaluated(name):
    check_what_is_evaluated(METHODS[name])


@by_name(METHODS, [n for n, m in METHODS.items() if m.needs_circuit or m.needs_federation or m.needs_model])
def test_says_which_model_it_needs(name):
    check_models(METHODS[name])


AWAY = (
    *("adversarial_uniform", "bad_teacher", "complement_label", "fisher_ewc_ascent", "gradient_ascent"),
    *("neggrad_plus", "random_label", "salun", "scrub", "similar_label", "ssd"),
)
"""Written down, so that one that no longer says so is compiled, and found out."""


@by_name(GENERAL, AWAY)
def test_a_request_to_forget_a_feature(name):
    check_a_feature(METHODS[name])


@method
class NeverRandom(METHODS["finetune"]):
    random: ClassVar[bool] = False


@method
class AlwaysRandom(METHODS["ssd"]):
    random: ClassVar[bool] = True


@method
class OnAnyModel(METHODS["natural_gradient"]):
    needs_circuit: ClassVar[bool] = False


@method
class Uncounted(METHODS["finetune"]):
    counts_apart: ClassVar[bool] = True


@method
class CountedWithTheOthers(METHODS["entanglement_pruning"]):
    counts_apart: ClassVar[bool] = False


@method
class Harmless(METHODS["gradient_ascent"]):
    needs_removed_samples: ClassVar[bool] = False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "liar", "error"),
    [
        (check_the_key, NeverRandom, AssertionError),
        (check_the_key, AlwaysRandom, AssertionError),
        (check_models, OnAnyModel, InputError),
        (check_what_is_evaluated, Uncounted, AssertionError),
        (check_what_is_evaluated, CountedWithTheOthers, AssertionError),
        (check_a_feature, Harmless, AssertionError),
    ],
)
def test_a_trait_that_lies_is_caught(check, liar, error):
    with pytest.raises(error):
        check(liar)


@EVERY_NAME
def test_result_is_finite_and_of_the_models_size(name):
    params = np.asarray(of(name).params)
    assert params.shape == (posed(METHODS[name]).model.n_params,)
    assert params.dtype == np.float64
    assert np.all(np.isfinite(params))


@EVERY_NAME
def test_curves_are_finite_as_far_as_steps_were_taken(name):
    result = of(name)
    taken = int(result.steps_taken)
    assert 1 <= taken <= steps(name)
    assert "loss" in result.trace or steps(name) == 1
    assert result.trace
    for curve in result.trace.values():
        assert curve.shape == (steps(name),)
        known = np.isfinite(curve[:taken])
        assert known.all() or (name == "retrain" and known.tolist() == [False, False, True, True])
        assert np.all(np.isnan(curve[taken:]))


@EVERY_NAME
def test_progress_is_told_and_changes_nothing(name):
    told = []
    cls = METHODS[name]
    watched = make(cls)(posed(cls), key=jax.random.key(11), progress=lambda *words: told.append(words))
    total = len(posed(cls).history.start) // make(cls).interval - 1 if cls.needs_federation else steps(name)
    assert told[0][1:] == (0, total)
    assert told[0][0].endswith("(compiling)")
    assert told[-1][1:] == (total, total)
    assert np.array_equal(watched.params, of(name).params)


@EVERY_NAME
def test_the_claim_is_what_the_tier_promises(name):
    claim = of(name).claim
    tier = METHODS[name].tier
    assert (claim is None) == (tier == "empirical" or name == "retrain")
    if claim is not None:
        assert claim.promised == tier
        assert claim.tier in (tier, "empirical")
        assert re.fullmatch(rf"(NOT {tier}, only empirical|{tier}): [^\n]+", claim.sentence)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        pytest.param(n, s, marks=() if n in ONE_OF_A_KIND else pytest.mark.slow)
        for n in NAMES
        for s in scalars(METHODS[n])
        if s not in OF_A_HEAD
    ],
)
def test_a_number_can_change_without_compiling_again(name, field):
    cls = METHODS[name]
    usual, model = of(name), model_of(cls)
    traces = model.counts["traces"]
    changed = make(cls, **{field: 0.4 * defaults(name)[field]})(posed(cls), key=jax.random.key(11))
    assert model.counts["traces"] == traces > 0
    assert not np.array_equal(changed.params, usual.params)


@pytest.mark.parametrize("name", [name for name in NAMES if scalars(METHODS[name])])
@pytest.mark.slow
def test_mapping_over_numbers_equals_separate_calls(name):
    """All numbers at once, for one compilation a method; the test above moves them one by one."""
    cls = METHODS[name]
    usual = {field: defaults(name)[field] for field in scalars(cls)}
    factors = [0.3, 0.7, 1.0]
    federated = federated_problem()
    on_circuit = cls.needs_circuit or name in OWN  # where something is selected
    here = federated if cls.needs_federation else problem(CIRCUIT if on_circuit else Cosines())

    def scaled(factor):
        numbers = {field: factor * value for field, value in usual.items()}
        return make(cls, **numbers)(here, key=jax.random.key(11))

    together = jax.vmap(scaled)(jnp.array(factors))
    for i, factor in enumerate(factors):
        alone = scaled(factor)
        np.testing.assert_allclose(together.params[i], alone.params, rtol=0, atol=1e-12)
        assert int(together.steps_taken[i]) == int(alone.steps_taken)
        for term, curve in alone.trace.items():
            np.testing.assert_allclose(together.trace[term][i], curve, rtol=0, atol=1e-12)
    assert not np.allclose(together.params[0], together.params[2])


@pytest.mark.slow
@pytest.mark.parametrize("name", GENERAL)
def test_two_classes_of_which_one_remains(name):
    cls = METHODS[name]
    model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1) if cls.needs_circuit else Cosines(2)
    assert np.all(np.isfinite(make(cls)(problem(model, c=0), key=jax.random.key(11)).params))


@ONE_BY_DEFAULT
def test_a_circuit_with_a_head_and_five_classes(name):
    vqc = VQC(2, 5, n_qubits=1, uploads=1, repetitions=1, head=True)
    given = problem(vqc)
    result = make(METHODS[name])(given, key=jax.random.key(11))
    assert np.all(np.isfinite(result.params))
    assert not np.allclose(result.params[vqc.n_angles :], given.params[vqc.n_angles :])


@EVERY_GENERAL_METHOD
def test_a_request_that_is_no_class(name):
    params = np.asarray(of(name, request="rows").params)
    assert np.all(np.isfinite(params))
    assert not np.array_equal(params, posed(METHODS[name], "rows").params)


@EVERY_GENERAL_METHOD
def test_a_request_to_forget_a_client(name):
    """A client's samples are samples like any others."""
    both = [of(name, request=request).params for request in ("rows", "client")]
    np.testing.assert_array_equal(*both)


BAD = {
    int: [-1, 2.5, "many", True],
    float: [-1.0, float("nan"), float("inf"), "much", True],
    Scalar: [-1.0, float("nan"), float("inf"), "much", True],
    str: ["nonsense"],
    bool: ["perhaps"],
}


@EVERY_METHOD
def test_bad_hyper_parameters_are_refused_in_one_sentence(name):
    for field in fields(METHODS[name]):
        for value in BAD[field.type]:
            with untyped(), pytest.raises(InputError, match=rf"^`{re.escape(field.name)}` must be [^\n]*$"):
                METHODS[name](**{field.name: value})
            with untyped(), pytest.raises(InputError, match=rf"^`{re.escape(field.name)}` must be [^\n]*$"):
                make_method(name, {field.name: value})


@EVERY_SCALAR
def test_arrays_of_numbers_are_checked_too(name, field):
    with pytest.raises(InputError, match=rf"^`{field}` must be "):
        make(METHODS[name], **{field: jnp.array([0.5, -1.0])})
