"""Making methods by name, and the one call."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.methods import METHODS
from qunlearn.methods.unlearn import make_method, unlearn
from toys import LIVELY, problem, untyped

PROBLEM = problem()
KEY = jax.random.key(1)


def test_methods_by_name_take_hyper_parameters_as_files_have_them():
    method = make_method("distribution_guided", {"lam": 2, "steps": 3, "target": "uniform"})
    assert method == METHODS["distribution_guided"](lam=2.0, steps=3, target="uniform")
    assert isinstance(method.lam, float)


def test_a_method_is_found_under_its_former_name():
    assert make_method("gold_matched", {"steps": 3}) == METHODS["gauss_newton_replay"](steps=3)


def test_unknown_methods_and_hyper_parameters_are_refused_with_what_there_is():
    with pytest.raises(InputError, match=rf"^`method` must be one of {', '.join(METHODS)}, but is erase$"):
        make_method("erase")
    with pytest.raises(
        InputError, match=r"^method finetune has no hyper-parameter beta; it has steps, batch,"
    ):
        make_method("finetune", {"beta": 1.0})
    with pytest.raises(InputError, match=r"^method retrain has no hyper-parameter steps; it has none$"):
        make_method("retrain", {"steps": 1})


def test_by_name_with_a_seed_equals_the_object_with_the_key():
    result = unlearn("finetune", PROBLEM, key=1, **LIVELY)
    assert np.array_equal(result.params, METHODS["finetune"](**LIVELY)(PROBLEM, key=KEY).params)
    assert np.array_equal(result.params, unlearn(METHODS["finetune"](**LIVELY), PROBLEM, key=KEY).params)


def test_hyper_parameters_beside_an_object_are_refused():
    with pytest.raises(InputError, match="a method object has its hyper-parameters already"):
        unlearn(METHODS["finetune"](), PROBLEM, key=KEY, steps=3)


@pytest.mark.slow
def test_a_trade_off_curve_in_one_call():
    curve = jax.vmap(lambda lam: unlearn("distribution_guided", PROBLEM, key=KEY, lam=lam, **LIVELY).params)
    found = curve(jnp.array([0.1, 1.0]))
    alone = unlearn("distribution_guided", PROBLEM, key=KEY, lam=0.1, **LIVELY).params
    np.testing.assert_allclose(found[0], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("name", "value"), [("steps", "3"), ("steps", 2.0), ("lam", "1"), ("target", 1.5)])
def test_values_of_another_type_are_refused(name, value):
    with untyped(), pytest.raises(InputError, match=rf"^`{name}` must be "):
        make_method("distribution_guided", {name: value})
