"""Pages of methods and comparisons are what docstrings, fields and records say."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from qunlearn.methods import METHODS
from qunlearn.report.comparison.method_page import MethodInfo, method_page, methods_index
from scripts import load

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    return load("update_docs")


def test_every_method_has_its_page_and_it_is_up_to_date(docs: ModuleType) -> None:
    pages = docs.method_pages()
    assert set(pages) == {"methods", *(f"methods/{id}" for id in METHODS)}
    for name, page in pages.items():
        assert (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") == page, (
            f"docs/{name}.md is out of date: run `python scripts/update_docs.py`"
        )


def test_pages_of_comparisons_are_the_records(docs: ModuleType) -> None:
    for name, page in docs.comparison_pages().items():
        path = ROOT / "docs" / (name if name.endswith(".svg") else f"{name}.md")
        assert path.read_text(encoding="utf-8") == page


def test_comparisons_name_the_methods_of_the_table(docs: ModuleType) -> None:
    for name, results in docs.comparisons().items():
        assert {row["method"] for row in results["rows"] if not row["baseline"]} <= set(METHODS), name


INFO = MethodInfo(
    "mine", "Do it.\n\n    Then more | of it.", "A & B", "empirical", [("rate", 0.1, True), ("k", 2, False)]
)


def record(**changes: Any) -> dict[str, Any]:
    row = {
        "method": "mine",
        "baseline": False,
        "reason": None,
        "within_budget": True,
        "n_seeds": 3,
        "kl_over_floor": 1.5,
        "kl_over_floor_stderr": 0.1,
        "gap_retain_accuracy": -0.01,
        "circuits_over_retrain": 0.2,
    }
    better = {**row, "method": "other", "kl_over_floor": 1.1}
    base = {**row, "method": "retrain", "baseline": True, "kl_over_floor": 1.0}
    said = {
        "dataset": "iris",
        "request": "class “2”",
        "kind": "class",
        "name": "iris-forget-2",
        "budget": 0.2,
    }
    return {"settings": said, "rows": [base, better, {**row, **changes}]}


def test_a_page_holds_docstring_fields_and_results() -> None:
    page = method_page(INFO, {"iris-class": record()})
    assert page.startswith("# `mine`\n\nDo it.\n\nThen more | of it.\n")
    assert "| `rate` | `0.1` | differentiable |" in page
    assert "| `k` | `2` | static |" in page
    assert (
        "| [iris without class “2”](../comparisons/iris-class.md) | 1.50 ± 0.43 | −0.010 | 0.20 | 2 of 2 |"
        in page
    )
    assert "None recorded yet" in method_page(INFO, {})
    refused = method_page(INFO, {"iris-class": record(reason="needs a class", kl_over_floor=None)})
    assert "needs a class" in refused


def test_the_index_links_every_page() -> None:
    feature = record()
    feature["settings"]["kind"] = "feature"
    page = methods_index([INFO], {"iris-class": record(), "iris-feature": feature})
    assert "| [`mine`](methods/mine.md) | Do it. | empirical | 1.50 ± 0.43 |" in page
    assert "(comparisons.md)" in page
    assert "iris without" in page


def test_a_comparison_is_recorded_under_its_dataset_and_request(
    docs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs, "RECORDS", tmp_path / "results")
    (tmp_path / "results.json").write_text(json.dumps(record()))
    docs.record(tmp_path / "results.json")
    assert list(docs.comparisons()) == ["iris-forget-2"]
    dearer = record()
    dearer["settings"]["budget"] = 0.4
    (tmp_path / "results.json").write_text(json.dumps(dearer))
    docs.record(tmp_path / "results.json")
    known = docs.comparisons()
    assert list(known) == ["iris-forget-2"]
    several = docs.budgets(known)["iris-forget-2"]
    assert [each["settings"]["budget"] for each in several] == [0.2, 0.4]
