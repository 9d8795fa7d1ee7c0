"""Reports of requests that are no class: sensible words, and nothing undefined."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from qunlearn import report
from qunlearn.data.requests import KINDS
from qunlearn.results.request_words import _KINDS
from report.elements import parse

SAYS = {
    "instances": (
        "30 rows drawn at random",
        "30 forgotten training samples",
        "retrained without these samples",
    ),
    "feature": (
        "feature “slope <deg>”",
        "30 training samples as they were, with the feature",
        "retrained with the feature replaced by its mean",
    ),
    "client": (
        "client 2 (30 rows)",
        "30 training samples of the forgotten client",
        "retrained without the client",
    ),
}


def test_there_are_words_for_every_kind() -> None:
    assert set(_KINDS) == set(KINDS) == {*SAYS, "class"}


@pytest.mark.parametrize("kind", SAYS)
def test_page(kind: str, others: dict[str, Path], tmp_path: Path) -> None:
    text = report.write(others[kind], tmp_path / "page.html").read_text("utf-8")
    page, (what, rows, gold) = parse(text), SAYS[kind]
    assert next(page.all("h1")).text == f"covertype without {what}"
    verdict = page.by_id("verdict").text
    assert f"Forget {what} of covertype with the method" in verdict
    retained = 30 if kind == "client" else 60  # that run has two classes, the others three
    assert f"{rows} and {retained} test samples that no model was trained on" in verdict
    assert gold in verdict
    tiles = [tile.text for tile in page.by_id("verdict").all("li")]
    assert any("Accuracy on forgotten samples" in tile for tile in tiles)
    visible = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", text, flags=re.S)
    assert "forgotten class" not in re.sub(r'<td class="screen">.*?</td>', "", visible)
    assert "None" not in visible.replace("None of the checks", "")
    contrast = page.by_id("contrast").text
    assert "Total variation, forgotten samples" in contrast
    assert "p(forgotten)" not in contrast
    assert not page.by_id("confusion").classed("outline")
    assert len(page.by_id("probability").classed("chart")) == 2
    assert page.by_id("divergence").classed("chart")


@pytest.mark.parametrize("kind", SAYS)
def test_terminal_and_markdown(kind: str, others: dict[str, Path]) -> None:
    stream = StringIO()
    Console(file=stream, width=80).print(report.table(others[kind]))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"covertype without {SAYS[kind][0]}")
    assert "forgotten class" not in stream.getvalue()
    text = report.markdown(others[kind])
    assert "forgotten class" not in text
    assert "Accuracy on forgotten samples" in text


def test_a_class_is_as_before(three: Path) -> None:
    text = report.markdown(three)
    assert text.startswith("# covertype without class “krummholz”")
    assert "saw the class" in text
