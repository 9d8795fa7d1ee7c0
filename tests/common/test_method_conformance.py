"""What every unlearning method promises, over the table, and that no method is left out of it."""

import importlib
import inspect
import json
import pkgutil
import re
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qunlearn.methods as package
from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Method, Scalar, Tier
from qunlearn.methods.unlearn import make_method
from qunlearn.model import VQC
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

KEY = jax.random.key(11)
NEEDS_A_CLASS: set[str] = set()
CIRCUIT = VQC(2, 3, n_qubits=3, uploads=1, repetitions=2)
ON_A_CIRCUIT = {"entanglement_pruning", "natural_gradient", "ssd"}
ANOTHER_MODEL = {"kernel_removal", "sisa"}  # their own tests say what they promise
A_FEDERATION = {"fed_eraser"}  # likewise
COUNTED_APART = {"entanglement_pruning", "fisher_forgetting", "influence_newton", "natural_gradient"}
WITHOUT_CHANCE = {"ssd"}
PUSHING_AWAY = {
    *("adversarial_uniform", "bad_teacher", "complement_label", "fisher_ewc_ascent", "gradient_ascent"),
    *("neggrad_plus", "random_label", "salun", "scrub", "similar_label", "ssd"),
}
REACHING_THE_HEAD = {"ssd": {"alpha": 0.1, "lam": 0.1}}


def make(name, **hyper):
    """Few large steps on small batches, where the method has them."""
    known = {f.name for f in fields(METHODS[name])}
    return METHODS[name](**{**{k: v for k, v in LIVELY.items() if k in known}, **hyper})


@cache
def posed(name):
    if name in A_FEDERATION:
        return federated_problem()
    return problem(CIRCUIT if name in ON_A_CIRCUIT else Cosines())


@cache
def counted(name):
    """One problem a method, whose model counts; evaluations only where all go through `logits`, once each."""
    model = Counting(CIRCUIT if name in ON_A_CIRCUIT else Cosines(), only_traces=name in COUNTED_APART)
    if name in A_FEDERATION:
        return federated_problem(model)
    return problem(model, training=Training(steps=STEPS, batch=BATCH, val_every=3))


def steps(name):
    """Of a problem from `posed`."""
    return STEPS if name == "retrain" or "steps" in defaults(name) else 1


def scalars(name):
    return [f.name for f in fields(METHODS[name]) if f.type == Scalar]


def defaults(name):
    return {f.name: f.default for f in fields(METHODS[name])}


ON_ANY_MODEL = [name for name in METHODS if name not in ANOTHER_MODEL | A_FEDERATION]
EVERY_METHOD = pytest.mark.parametrize("name", METHODS)
EVERY_GENERAL_METHOD = pytest.mark.parametrize("name", ON_ANY_MODEL)
ALIKE = [m for m in ON_ANY_MODEL if METHODS[m].__call__ is Descent.__call__ and m != "distribution_guided"]
EVERY_KIND_OF_METHOD = pytest.mark.parametrize(
    "name", [pytest.param(m, marks=pytest.mark.slow) if m in ALIKE else m for m in ON_ANY_MODEL]
)
"""Methods that share the loop of `Descent` are tried by the slow tests, one of them by the others too."""
OF_A_HEAD = ("head_damping", "head_reach", "head_taught", "head_prior")
"""Numbers of `gauss_newton_replay` that these problems' model has no use for; its own tests move them."""

EVERY_SCALAR = pytest.mark.parametrize(("name", "field"), [(n, s) for n in METHODS for s in scalars(n)])


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


@EVERY_METHOD
def test_is_a_frozen_dataclass_of_plain_hyper_parameters(name):
    method = METHODS[name]()
    assert is_dataclass(method)
    hash(method)
    for field in fields(method):
        with pytest.raises(AttributeError):
            setattr(method, field.name, field.default)
    assert make_method(name, json.loads(json.dumps(asdict(method)))) == method


@pytest.mark.parametrize("name", sorted(ANOTHER_MODEL))
def test_says_which_other_model_it_needs(name):
    with pytest.raises(InputError, match=rf"^method {name} needs a \w+[^\n]*, but the model is a Cosines$"):
        METHODS[name]()(problem(), key=KEY)


@pytest.mark.parametrize("name", sorted(A_FEDERATION))
def test_says_that_it_needs_a_federation(name):
    with pytest.raises(InputError, match=rf"^method {name} works from [^\n]* but no federation trained"):
        METHODS[name]()(problem(forget_index=None, kind="client"), key=KEY)


@EVERY_GENERAL_METHOD
def test_problem_stays_as_it_is(name):
    given = posed(name)
    arrays = {
        "params": given.params,
        "anchors": given.anchors,
        "calibration": given.calibration,
        **{
            f"{part}_{a}": getattr(getattr(given, part), a)
            for part in ("forget", "retain", "val")
            for a in "xy"
        },
    }
    before = {k: np.array(v) for k, v in arrays.items()}
    result = make(name)(given, key=KEY)
    assert all(np.array_equal(before[k], arrays[k]) for k in arrays)
    assert not np.array_equal(result.params, given.params)


@EVERY_GENERAL_METHOD
def test_the_key_decides(name):
    first, again, other = (make(name)(posed(name), key=jax.random.key(k)) for k in (1, 1, 2))
    assert np.array_equal(first.params, again.params)
    assert all(np.array_equal(first.trace[t], again.trace[t], equal_nan=True) for t in first.trace)
    assert np.allclose(first.params, other.params) == (name in WITHOUT_CHANCE)


@EVERY_GENERAL_METHOD
def test_result_is_finite_and_of_the_models_size(name):
    result = make(name)(posed(name), key=KEY)
    params = np.asarray(result.params)
    assert params.shape == (posed(name).model.n_params,)
    assert params.dtype == np.float64
    assert np.all(np.isfinite(params))


@EVERY_GENERAL_METHOD
def test_curves_are_finite_as_far_as_steps_were_taken(name):
    result = make(name)(posed(name), key=KEY)
    taken = int(result.steps_taken)
    assert 1 <= taken <= steps(name)
    assert "loss" in result.trace or steps(name) == 1
    assert result.trace
    for curve in result.trace.values():
        assert curve.shape == (steps(name),)
        assert np.all(np.isfinite(curve[:taken]))
        assert np.all(np.isnan(curve[taken:]))


@EVERY_KIND_OF_METHOD
def test_progress_is_told_and_changes_nothing(name):
    told = []
    watched = make(name)(posed(name), key=KEY, progress=lambda *words: told.append(words))
    assert told[0][1:] == (0, steps(name))
    assert told[0][0].endswith("(compiling)")
    assert told[-1][1:] == (steps(name), steps(name))
    assert np.array_equal(watched.params, make(name)(posed(name), key=KEY).params)


@EVERY_GENERAL_METHOD
def test_the_claim_is_what_the_tier_promises(name):
    claim = make(name)(posed(name), key=KEY).claim
    tier = METHODS[name].tier
    assert (claim is None) == (tier == "empirical" or name == "retrain")
    if claim is not None:
        assert claim.promised == tier
        assert claim.tier in (tier, "empirical")
        assert re.fullmatch(rf"(NOT {tier}, only empirical|{tier}): [^\n]+", claim.sentence)


@pytest.mark.parametrize("name", [name for name in ON_ANY_MODEL if name not in COUNTED_APART])
def test_claimed_cost_is_what_is_evaluated(name):
    given = counted(name)
    before = given.model.taken()
    cost = make(name)(given, key=KEY).cost
    after = given.model.taken()
    assert (after[0] - before[0], after[1] - before[1]) == (cost.gradients, cost.forwards)
    assert cost.gradients > 0


@pytest.mark.parametrize(
    ("name", "field"), [(n, s) for n in METHODS for s in scalars(n) if s not in OF_A_HEAD]
)
def test_a_number_can_change_without_compiling_again(name, field):
    given = counted(name)
    usual = make(name)(given, key=KEY)
    traces = given.model.counts["traces"]
    changed = make(name, **{field: 0.4 * defaults(name)[field]})(given, key=KEY)
    assert given.model.counts["traces"] == traces > 0
    assert not np.array_equal(changed.params, usual.params)


@pytest.mark.parametrize("name", [name for name in METHODS if scalars(name)])
@pytest.mark.slow
def test_mapping_over_numbers_equals_separate_calls(name):
    """All numbers at once, for one compilation a method; the test above moves them one by one."""
    usual = {field: defaults(name)[field] for field in scalars(name)}
    factors = [0.3, 0.7, 1.0]

    def scaled(factor):
        return make(name, **{field: factor * value for field, value in usual.items()})(posed(name), key=KEY)

    together = jax.vmap(scaled)(jnp.array(factors))
    for i, factor in enumerate(factors):
        alone = scaled(factor)
        np.testing.assert_allclose(together.params[i], alone.params, rtol=0, atol=1e-12)
        assert int(together.steps_taken[i]) == int(alone.steps_taken)
        for term, curve in alone.trace.items():
            np.testing.assert_allclose(together.trace[term][i], curve, rtol=0, atol=1e-12)
    assert not np.allclose(together.params[0], together.params[2])


@EVERY_KIND_OF_METHOD
def test_two_classes_of_which_one_remains(name):
    model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1) if name in ON_A_CIRCUIT else Cosines(2)
    assert np.all(np.isfinite(make(name)(problem(model, c=0), key=KEY).params))


@EVERY_KIND_OF_METHOD
def test_a_circuit_with_a_head_and_five_classes(name):
    vqc = VQC(2, 5, n_qubits=1, uploads=1, repetitions=1, head=True)
    given = problem(vqc)
    result = make(name, **REACHING_THE_HEAD.get(name, {}))(given, key=KEY)
    assert np.all(np.isfinite(result.params))
    assert not np.allclose(result.params[vqc.n_angles :], given.params[vqc.n_angles :])


@EVERY_GENERAL_METHOD
def test_a_request_that_is_no_class(name):
    given = problem(posed(name).model, forget_index=None)
    if name in NEEDS_A_CLASS:
        with pytest.raises(InputError, match="works on one forgotten class, but this request has no"):
            make(name)(given, key=KEY)
    else:
        make(name)(given, key=KEY)


@EVERY_GENERAL_METHOD
def test_a_request_to_forget_a_feature(name):
    """All rows stay, with the feature replaced: a method works on that, or says that it cannot."""
    x, y = posed(name).retain
    without = Samples(x * [1, 0] + [0, 1.3], y)
    given = problem(
        posed(name).model,
        forget_index=None,
        kind="feature",
        forget=Samples(x, y),
        retain=without,
        val=without,
    )
    if name in PUSHING_AWAY:
        with pytest.raises(InputError, match=f"^{name} pushes the model away from forgotten rows, but"):
            make(name)(given, key=KEY)
    else:
        assert np.all(np.isfinite(make(name)(given, key=KEY).params))


@EVERY_GENERAL_METHOD
def test_a_request_to_forget_a_client(name):
    given = problem(posed(name).model, forget_index=None, kind="client")
    rows = problem(posed(name).model, forget_index=None)
    both = [make(name)(p, key=KEY).params for p in (given, rows)]
    np.testing.assert_array_equal(*both)  # a client's rows are rows like any others


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
        make(name, **{field: jnp.array([0.5, -1.0])})
