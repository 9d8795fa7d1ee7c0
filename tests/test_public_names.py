"""`import qunlearn` costs nothing, and what it promises is there."""

import inspect
import subprocess
import sys

import pytest

import qunlearn as qu
from toys import Cosines

PROMISED = [
    "load_dataset",
    "prepare",
    "split",
    "Dataset",
    "ForgetClass",
    "paper_classifier",
    "VQC",
    "Training",
    "fit",
    "unlearn",
    "METHODS",
    "METRICS",
    "gold_ensemble",
    "audit",
    "run",
    "RunConfig",
    "make_problem",
    "Problem",
    "Samples",
]


def test_importing_costs_nothing() -> None:
    code = "import sys; before = set(sys.modules); import qunlearn; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert imported - sys.stdlib_module_names == {"qunlearn", "lazy_loader"}
    assert not imported & {"asyncio", "inspect", "pathlib", "tomllib", "json"}


def test_every_name_is_there() -> None:
    assert set(PROMISED) <= set(qu.__all__)
    for name in qu.__all__:
        assert getattr(qu, name) is not None


def test_nothing_else_is_shown() -> None:
    assert dir(qu) == qu.__all__ == sorted(qu.__all__)


def test_star_import() -> None:
    names: dict[str, object] = {}
    exec("from qunlearn import *", names)
    assert set(qu.__all__) <= set(names)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="No qunlearn attribute forget"):
        _ = qu.forget  # type: ignore[attr-defined]


@pytest.mark.slow
def test_modules_of_the_packages_are_found_through_the_functions() -> None:
    code = (
        "import qunlearn.audit.plan as p, qunlearn.run.config as c, qunlearn; "
        "print(qunlearn.run.config is c, qunlearn.audit.plan is p)"
    )
    run = [sys.executable, "-W", "error", "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "True True\n"


def test_functions_are_functions_also_where_a_package_has_their_name() -> None:
    """In a new process, whatever is imported first."""
    code = (
        "import qunlearn.run.config, qunlearn.audit.plan, qunlearn as qu; print(type(qu.run), type(qu.audit))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["<class", "'function'>"] * 2
    for name in ("audit", "compare", "run", "unlearn"):
        assert inspect.isfunction(getattr(qu, name))
    assert list(inspect.signature(qu.audit).parameters) == ["problem", "unlearned", "gold", "test", "plan"]
    with pytest.raises(qu.InputError, match="`method` must be one of adversarial_uniform"):
        qu.unlearn("magic", _problem(), key=0)


def test_python_m_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qunlearn", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"qunlearn {qu.__version__}\n"


def test_public_things_say_what_they_are() -> None:
    for name in qu.__all__:
        thing = getattr(qu, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert len(thing.__doc__ or "") > 40, name


@pytest.mark.slow
def test_seeds_serve_as_keys() -> None:
    import jax
    import numpy as np

    problem, training = _problem(), qu.Training(steps=2)
    model = problem.model
    for one, other in [
        (
            qu.fit(model, problem.retain, problem.val, key=s, training=training).params
            for s in (3, jax.random.key(3))
        ),
        (qu.unlearn("finetune", problem, key=s, steps=2).params for s in (3, jax.random.key(3))),
        (qu.gold_ensemble(problem, size=2, key=s).params for s in (3, jax.random.key(3))),
    ]:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_hyper_parameters_reach_the_method() -> None:
    problem = _problem()
    assert len(qu.unlearn("finetune", problem, key=0, steps=3).trace["loss"]) == 3
    assert len(qu.unlearn(qu.METHODS["finetune"](steps=3), problem, key=0).trace["loss"]) == 3
    with pytest.raises(qu.InputError, match="a method object has its hyper-parameters already"):
        qu.unlearn(qu.METHODS["finetune"](), problem, key=0, steps=3)
    with pytest.raises(qu.InputError, match="`steps` must be a whole number, but is 'few'"):
        qu.unlearn("finetune", problem, key=0, steps="few")


@pytest.mark.slow
def test_a_problem_remembers_how_its_model_was_trained() -> None:
    rows = qu.prepare(data := qu.load_dataset("iris"), qu.split(data.y, seed=0), n_features=2)
    model = Cosines()
    fitted = qu.fit(model, rows.train, rows.val, key=0, training=qu.Training(steps=2))
    request = qu.ForgetClass("virginica")
    assert qu.make_problem(model, fitted, rows, request).training == qu.Training(steps=2)
    assert qu.make_problem(model, fitted.params, rows, request).training == qu.Training()
    own = qu.make_problem(model, fitted.params, rows, request, qu.Training(steps=3))
    assert own.training == qu.Training(steps=3)
    assert own.forget_index == 2
    assert (len(own.forget.y), len(own.retain.y), len(own.val.y)) == (32, 64, 16)
    assert own.params is not None


def _problem() -> "qu.Problem":
    import numpy as np

    rng = np.random.default_rng(0)
    model = Cosines()
    parts = [
        qu.Samples(rng.uniform(0, 3, (n, 2)), np.resize(y, n))
        for n, y in ((4, [1]), (8, [0, 2]), (4, [0, 2]))
    ]
    return qu.Problem(model, np.linspace(0, 1, 6), *parts, qu.Training(steps=2), 1)
