"""The quantum section says what `quantum.json` holds."""

import re

import pytest

from qunlearn.report.page.states_section import states

QUANTUM = {
    "helstrom": [0.55, 0.65, 0.6],
    "helstrom_gold": [0.55, 0.55, 0.55],
    "shots": [{"shots": 1000, "unlearned_forget": [0.2, 0.6], "gold_forget": [0.1, 0.4]}],
    "contraction": [
        {
            "channel": "amplitude_damping",
            "p": 0.1,
            "before": 0.2,
            "after": 0.15,
            "holds": True,
            "worst_violation": -1.0,
        }
    ],
    "fisher": {
        "eigenvalues": [3.0, 1.0, 0.0],
        "displacement": [0.25, 0.5, 0.25],
        "flat_directions": 1,
        "share_in_flat": 0.25,
        "distance": 0.5,
    },
    "plane": {
        "forget": {
            "original": [[0.3, 0.4]],
            "unlearned": [[0.06, -0.08]],
            "gold": [[0.1, 0.0], [-0.1, 0.0], [0.0, 0.2]],
            "shares": [0.5, 0.25],
        }
    },
}


def test_sentences_and_tables_hold_the_numbers() -> None:
    section = states(QUANTUM)
    assert "60.0% of the time on average (55.0% between two gold" in section.helstrom
    assert "row 1: 65.0%" in section.helstrom
    assert section.shots == [
        ["Shots", "Unlearned, samples of the request", "Gold, samples of the request"],
        ["1,000", "60.0% to 80.0%", "55.0% to 70.0%"],
    ]
    assert section.contraction == [["amplitude damping, p = 0.1", "0.2000", "0.1500", "holds on every row"]]
    assert section.holds
    assert "Of 3 directions 1 are flat" in section.directions
    assert "25.0% of the squared distance" in section.directions


def test_a_violation_is_said() -> None:
    line = QUANTUM["contraction"][0] | {"holds": False, "worst_violation": 0.001}
    section = states(QUANTUM | {"contraction": [line]})
    assert not section.holds
    assert section.contraction[0][3] == "violated by 1.0e-03"


@pytest.mark.parametrize("word", ["cumulated share", "from 0.000 at step 0 to 1.000 at step 3"])
def test_the_picture_says_what_it_shows(word: str) -> None:
    assert word in states(QUANTUM).spectrum


def test_models_are_drawn_where_they_lie() -> None:
    (one,) = states(QUANTUM).clouds
    assert (one.title, one.share) == ("Samples of the request", "75%")
    words = "the original is 0.500 away, the unlearned model 0.100, gold models 0.100 to 0.200."
    assert words in one.picture
    places = re.findall(r'class="point (\w+)" cx="([\d.]+)" cy="([\d.]+)"', one.picture)
    assert [model for model, *_ in places] == ["gold", "gold", "gold", "original", "unlearned"]
    x, y = map(float, places[3][1:])
    assert (y, x) == (14, 150 + 136 * 0.75)  # the farthest coordinate is at the edge, up is up
    x, y = map(float, places[4][1:])
    assert (x, y) == pytest.approx((150 + 136 * 0.15, 150 + 136 * 0.2))
