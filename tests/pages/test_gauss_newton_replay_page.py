"""docs/gauss-newton-replay.md is what the records say, and the defaults are those that were chosen."""

import json
from pathlib import Path

import numpy as np
import pytest

from qunlearn.methods import METHODS
from scripts import load

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def recorded(name):
    return json.loads((ROOT / f"docs/results/{name}.json").read_text(encoding="utf-8"))


def test_the_page_is_the_records():
    script = load("gauss_newton_replay_page")
    page = script.document(
        script.current((ROOT / "docs/results/gold-matched.json").read_text(encoding="utf-8")),
        recorded("gold-matched-choice"),
    )
    assert (ROOT / "docs/gauss-newton-replay.md").read_text(encoding="utf-8") == page


def test_the_defaults_are_those_that_were_chosen():
    defaults = METHODS["gauss_newton_replay"]()
    chosen = [found["chosen"] for found in recorded("gold-matched-choice").values()]
    assert len(chosen) == 3
    for name, value in (chosen[0] | chosen[1] | chosen[2]).items():
        assert getattr(defaults, name) == value


def test_no_reported_seed_chose_anything():
    cells, choice = recorded("gold-matched")["cells"], recorded("gold-matched-choice")
    assert max(len(found) for found in cells.values()) <= min(
        choice["angles"]["seeds"] + choice["head"]["seeds"]
    )


def test_the_rule_takes_the_smallest_rate_near_the_best():
    """Three settings: the best, one as good within its noise with a smaller rate, one surely worse."""
    seeds = np.arange(6.0)
    best = 0.5 + 0.01 * seeds
    losses = np.stack([best, best + 0.02 * (seeds % 2) - 0.009, best + 0.3], axis=1)
    settings = [(0.2, 0.01, 0.3), (0.1, 0.01, 0.3), (0.05, 0.01, 0.3)]
    names = ("learning_rate", "damping", "reach")
    mean, near, chosen = load("choose_gauss_newton_replay").choose(losses, names, settings)
    np.testing.assert_allclose(mean, losses.mean(0))
    assert near.tolist() == [True, True, False]
    assert chosen == 1


@pytest.mark.parametrize(("change", "goal"), [(1.2, "kl"), (0.0, None)])
def test_goals_met_and_missed(change, goal):
    page = load("gauss_newton_replay_page")
    gold = {
        "kl_gold_mean": 0.01,
        "forget_probability_forget": 0.24,
        "forget_probability_retain": 0.19,
        "retain_accuracy": 0.8,
        "forget_recall": 0.04,
        "cost": 1.0,
    }
    cells = [
        {"gold": gold, "m": {**gold, "kl_gold_mean": 0.01 + 0.001 * change + e, "cost": 0.19}}
        for e in (0, 1e-5)
    ]
    found = page.summary(cells, "m")
    np.testing.assert_allclose(found["kl"][0], 1 + 0.1 * change + 5e-4, rtol=1e-9)
    assert [name for name, ok in page.met(found).items() if not ok] == ([goal] if goal else [])
