"""Numbers in README and docs are those of the recorded runs."""

from pathlib import Path

import pytest

from qunlearn.study.published import PEERS
from qunlearn.study.published.seed_paper import read_results
from qunlearn.study.published.seed_paper_page import document
from scripts import load

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def script():
    return load("update_docs")


def test_results_in_the_readme_are_the_records():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    docs = script()
    assert docs.between(readme, "results", docs.results_part) == readme
    assert docs.between(readme, "results", lambda: "changed") != readme, "the markers are in place"


def test_the_papers_page_is_the_records():
    results = read_results(ROOT / "docs/results/paper.json")
    page = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    assert page == document(results["cells"], results["settings"])


def test_pages_of_other_experiments_are_the_records():
    pages = script().peer_pages()
    assert set(pages) == set(PEERS)
    for name, page in pages.items():
        assert (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") == page


def test_the_readme_shows_the_example():
    example = (ROOT / "examples/quickstart.py").read_text(encoding="utf-8").strip()
    assert example in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_picture_of_the_docs_is_there():
    page = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    pictures = [line.partition("](")[2].rstrip(")") for line in page.splitlines() if line.startswith("![")]
    assert len(pictures) == 6
    assert all((ROOT / "docs" / picture).is_file() for picture in pictures)


def test_pages_of_metrics_and_attacks_are_their_tables():
    for name, page in script().table_pages().items():
        assert (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") == page, (
            f"docs/{name}.md is out of date: run `python scripts/update_docs.py`"
        )
