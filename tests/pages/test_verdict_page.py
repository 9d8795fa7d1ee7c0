"""The page about the verdict is its record, and the record keeps what is promised."""

import json
from pathlib import Path

import pytest

from scripts import load

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow
RECORD = json.loads((ROOT / "docs/results/verdict.json").read_text(encoding="utf-8"))


def script():
    return load("verdict_characteristics")


def test_the_page_is_the_record():
    assert (ROOT / "docs/verdict.md").read_text(encoding="utf-8") == script().page(RECORD)


def rows(part, **wanted):
    found = [row for row in RECORD[part] if all(row[k] == v for k, v in wanted.items())]
    assert found
    return found


def test_retraining_passes_and_hardly_ever_fails():
    for row in [*rows("main", candidate="retrain"), *rows("circuits", candidate="retrain")]:
        assert row["audits"] >= 190
        assert row["PASS"] >= 0.9 * row["audits"]
        assert row["FAIL"] <= 0.05 * row["audits"]


def test_doing_nothing_about_a_class_is_never_passed():
    for row in [*rows("main", request="class", candidate="nothing"), *rows("circuits", candidate="nothing")]:
        assert row["PASS"] <= 0.01 * row["audits"]


def test_under_powered_plans_decide_nothing():
    for gold in (8, 16):
        for row in rows("sizes", gold=gold):
            assert row["INCONCLUSIVE"] == row["audits"]
            assert row["median_more_gold"] >= 19 - gold


@pytest.mark.parametrize("row", RECORD["margin"], ids=lambda row: f"{row['distribution']}-{row['gold']}")
def test_a_pass_on_the_margin_is_at_its_level(row):
    assert row["PASS"] <= 0.05 * row["audits"]
