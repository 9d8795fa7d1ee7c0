"""The audit of models in memory: what it takes, what it refuses, what it prints."""

import jax
import jaxtyping
import numpy as np
import pytest

import qunlearn as qu
from qunlearn.audit import contrast_table
from qunlearn.audit.contrast import Contrast
from qunlearn.audit.of_models import contrast_of_models
from qunlearn.data import Evaluation
from qunlearn.gold import Gold
from qunlearn.model.probabilities import predict
from qunlearn.train import Cost

MODEL = qu.VQC(n_features=2, n_classes=3, n_qubits=3, uploads=1, repetitions=1)
RNG = np.random.default_rng(0)
ORIGINAL, UNLEARNED, GOLD = RNG.normal(size=6), RNG.normal(size=6), RNG.normal(size=(4, 6))


def rows(n: int, classes: tuple[int, ...] = (0, 1, 2)) -> qu.Samples:
    rng = np.random.default_rng(n)
    return qu.Samples(rng.uniform(0, np.pi, (n, 2)), np.resize(classes, n))


def problem(forget_index: int | None = 1) -> qu.Problem:
    return qu.Problem(
        MODEL, ORIGINAL, rows(6, (1,)), rows(12, (0, 2)), rows(6, (0, 2)), qu.Training(), forget_index
    )


@pytest.fixture(scope="module")
def judged() -> qu.Audit:
    return qu.audit(problem(), UNLEARNED, GOLD, rows(30))


@pytest.fixture(scope="module")
def found(judged: qu.Audit) -> Contrast:
    assert judged.contrast is not None
    return judged.contrast


def test_the_verdict_is_that_of_the_same_predictions(judged: qu.Audit) -> None:
    """Forget and retain samples are the problem's, test samples those that no model was trained on."""
    posed, test = problem(), rows(30)
    parts = {"forget": posed.forget, "retain": posed.retain, "test": test}
    x, y = (np.concatenate([part[i] for part in parts.values()]) for i in (0, 1))
    roles = np.repeat(list(parts), [len(part.y) for part in parts.values()])
    p = [predict(MODEL, params, x) for params in (ORIGINAL, UNLEARNED, GOLD)]
    same = qu.audit_predictions(y, roles, *p)
    assert (judged.verdict, judged.plan, judged.risks) == (same.verdict, same.plan, same.risks)
    assert judged.plan == qu.default_plan(y, roles, gold=4)
    assert judged.rows == [*contrast_table.rows(judged.contrast), *same.rows]
    assert judged.verdict.verdict == "INCONCLUSIVE", "4 gold models are too few"
    planned = qu.audit(posed, UNLEARNED, GOLD, test, qu.default_plan(y, roles, gold=4, seeds={"gold": 7}))
    assert planned.plan.seeds == (("gold", 7),)


def test_without_a_class_marked_samples_are_not_taken_for_unseen_ones() -> None:
    posed = problem(None)
    x, y = (np.concatenate([rows(30)[i], posed.forget[i]]) for i in (0, 1))
    marked = np.arange(36) >= 30
    found = qu.audit(posed, UNLEARNED, GOLD, Evaluation(x, y, marked))
    assert found.verdict == qu.audit(posed, UNLEARNED, GOLD, rows(30)).verdict
    assert [risk["role"] for risk in found.risks].count("test") == 30


def test_takes_results_as_well_as_parameters(found: Contrast) -> None:
    zero = Cost()
    result = qu.Unlearned(jax.numpy.asarray(UNLEARNED), {}, 0, zero, zero)
    again = contrast_of_models(problem(), result, Gold(GOLD, zero, 0, ""), rows(30))
    assert (again.original, again.unlearned, again.gold) == (found.original, found.unlearned, found.gold)


def test_models_are_not_confused(found: Contrast) -> None:
    assert found.p["gold"].shape == (4, 30, 3)
    swapped = contrast_of_models(problem(), ORIGINAL, GOLD, rows(30))
    assert swapped.unlearned == swapped.original == found.original
    assert swapped.gold == found.gold
    assert found.unlearned != found.original
    assert found.value("gold", "forget_recall") is found.value("gold_gold", "forget_recall")


def test_inside_is_within_the_null_range(found: Contrast) -> None:
    for id, null in found.gold.items():
        value = found.unlearned[id].value
        assert value is not None
        assert found.inside(id) == (
            null.low is not None and null.high is not None and null.low <= value <= null.high
        )
    assert {found.inside(id) for id in found.gold} == {True, False}


def test_an_undefined_metric_is_not_inside() -> None:
    two = contrast_of_models(problem(), UNLEARNED, GOLD, rows(30, (1, 2)))
    assert two.unlearned["recall/0"].value is None
    assert not two.inside("recall/0")


def test_prints_a_table_of_80_columns_and_the_verdict(judged: qu.Audit, found: Contrast) -> None:
    *lines, last = str(judged).splitlines()
    assert last == judged.verdict.sentence
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == [
        "test",
        "rows",
        "original",
        "unlearned",
        "gold",
        "±",
        "stderr",
        "gold",
        "range",
    ]
    gold = found.gold["forget_recall"]
    values = [
        found.original["forget_recall"].value,
        found.unlearned["forget_recall"].value,
        gold.estimate.value,
    ]
    numbers = [f"{v:.3f}" for v in (*values, gold.estimate.stderr, gold.low, gold.high)]
    assert [w for w in lines[1].split() if w[0].isdigit()] == numbers
    assert lines[-1].endswith("retrained models")


def test_without_a_class_the_forget_rows_join_the_test_rows() -> None:
    posed, test = problem(None), rows(30)
    found = contrast_of_models(posed, UNLEARNED, GOLD, test)
    assert found.forget.tolist() == [False] * 30 + [True] * 6
    assert found.p["gold"].shape == (4, 36, 3)
    forget = contrast_of_models(problem(), UNLEARNED, GOLD, posed.forget._replace(y=np.arange(6) % 3))
    np.testing.assert_allclose(found.p["unlearned"][30:], forget.p["unlearned"])
    right = found.p["unlearned"][30:].argmax(1) == posed.forget.y
    assert found.unlearned["forget_accuracy"].value == right.mean()
    assert found.unlearned["retain_accuracy"].value == (found.p["unlearned"][:30].argmax(1) == test.y).mean()
    assert found.unlearned["forget_recall"].value is None
    kl = [found.unlearned[id].value for id in ("kl_gold_mean", "kl_gold_full_mean")]
    assert kl[0] == pytest.approx(kl[1], rel=1e-12)


def test_an_evaluation_says_which_rows_are_the_requests() -> None:
    test = rows(30)
    marked = np.arange(30) % 4 == 0
    found = contrast_of_models(problem(None), UNLEARNED, GOLD, Evaluation(test.x, test.y, marked))
    assert found.forget.tolist() == marked.tolist()
    with pytest.raises(qu.InputError, match="must mark exactly the samples of class 1"):
        contrast_of_models(problem(), UNLEARNED, GOLD, Evaluation(test.x, test.y, marked))


def test_what_is_said_without_a_class() -> None:
    rows_of_it = contrast_of_models(problem(None), UNLEARNED, GOLD, rows(30))
    said = contrast_table.sentence(rows_of_it, None)
    assert said.startswith("Of the 6 training rows to forget, ")
    assert "by models retrained without them); " in said
    assert "of 5 measures lie within" in said
    headline = contrast_table.headline(rows_of_it)
    assert headline["unlearned"]["forget_recall"] is None
    assert headline["unlearned"]["forget_accuracy"] == rows_of_it.unlearned["forget_accuracy"].value
    table = contrast_table.text_table(rows_of_it)
    assert "forget_recall" not in table
    assert "tv_gold_forget" in table
    feature = qu.Problem(MODEL, ORIGINAL, rows(12), rows(12), rows(6), qu.Training(), None, kind="feature")
    said = contrast_table.sentence(contrast_of_models(feature, UNLEARNED, GOLD, rows(30)), None)
    assert said.startswith("Of the 12 training rows as they were, ")
    assert "retrained without the feature" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"test": rows(30, (0, 2))}, "the test samples must hold the forgotten class and at least one other"),
        ({"test": rows(30, (1,))}, "the test samples must hold the forgotten class and at least one other"),
        ({"problem": problem(None), "test": rows(0)}, "the test samples must hold at least one row"),
        ({"unlearned": UNLEARNED[:5]}, "`unlearned` must be the 6 parameters of one model"),
        ({"unlearned": GOLD}, "`unlearned` must be the 6 parameters of one model"),
        ({"unlearned": np.full(6, np.nan)}, "NaN"),
        ({"gold": GOLD[:1]}, "`gold` must hold 6 parameters of each of at least 2 models"),
        ({"gold": GOLD[:2]}, "gold: must be at least 3 models, but there are 2"),
        ({"gold": GOLD[0]}, "`gold` must hold 6 parameters"),
        ({"gold": GOLD[:, :5]}, "`gold` must hold 6 parameters"),
    ],
)
def test_refusals(change: dict, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As users see them, without the shape checks of the tests."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    arguments = {"problem": problem(), "unlearned": UNLEARNED, "gold": GOLD, "test": rows(30), **change}
    with pytest.raises(qu.InputError, match=says):
        qu.audit(*arguments.values())
