"""The page's structure: offline, accessible, escaped, complete, the same every time."""

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn import report
from qunlearn.records import read_rows
from report.conftest import HOSTILE
from report.elements import Element, parse

MODELS = ("original", "unlearned", "gold", "gold_gold")


def test_nothing_is_fetched(page: str) -> None:
    document = parse(page)
    for element in document.all():
        for name in ("src", "href", "srcset", "data", "action", "xlink:href"):
            address = element.attributes.get(name, "#")
            assert address.startswith(("#", "data:")), (element.name, address)
    style = next(document.all("style")).text
    assert "url(" not in style
    assert "@import" not in style


def test_content_policy_admits_the_pages_own_script_only(page: str) -> None:
    document = parse(page)
    [script] = document.all("script")
    digest = base64.b64encode(hashlib.sha256(script.children[0].encode()).digest()).decode()
    [policy] = [m for m in document.all("meta") if "http-equiv" in m.attributes]
    assert f"script-src 'sha256-{digest}'" in policy.attributes["content"]
    assert "default-src 'none'" in policy.attributes["content"]


def test_ids_are_unique_and_every_reference_has_its_target(page: str) -> None:
    document = parse(page)
    ids = [element.attributes["id"] for element in document.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in document.all():
        named = [element.attributes.get(name, "") for name in ("aria-labelledby", "aria-controls")]
        wanted = " ".join(named).split()
        wanted += [a[1:] for a in [element.attributes.get("href", "")] if a.startswith("#")]
        assert set(wanted) <= set(ids)


def test_every_picture_has_a_name_and_a_description(page: str) -> None:
    document = parse(page)
    pictures = [e for e in document.all("svg") if e.attributes.get("aria-hidden") != "true"]
    assert len(pictures) > 30
    for svg in pictures:
        assert svg.attributes["role"] == "img"
        title, description = svg.children[0], svg.children[1]
        assert isinstance(title, Element)
        assert isinstance(description, Element)
        assert (title.name, description.name) == ("title", "desc")
        assert title.text
        assert description.text
        ids = f"{title.attributes['id']} {description.attributes['id']}"
        assert svg.attributes["aria-labelledby"] == ids
    assert all(image.attributes.get("alt") for image in document.all("img"))


def test_tables_have_captions_scopes_and_full_rows(page: str) -> None:
    for table in parse(page).all("table"):
        [caption] = table.all("caption")
        assert caption.text
        assert all(th.attributes.get("scope") in ("col", "row") for th in table.all("th"))
        widths = {len(list(row.all("th", "td"))) for row in table.all("tr")}
        assert len(widths) == 1


def test_headings_descend_by_one_and_sections_are_labelled(page: str) -> None:
    document = parse(page)
    levels = [int(heading.name[1]) for heading in document.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all("aria-labelledby" in section.attributes for section in document.all("section"))
    assert all(list(figure.all("figcaption")) for figure in document.all("figure"))


def test_contrast_shows_the_numbers_of_the_summary(page: str, summary: dict[str, Any]) -> None:
    [table, _] = parse(page).by_id("contrast").all("table")
    [body] = table.all("tbody")
    rows = list(body.all("tr"))
    ids = [name for name in summary["gold"] if not name.endswith("_stderr")]
    assert len(rows) == len(ids) == 7
    shown = [[float(cell.attributes["data-value"]) for cell in row.all("td")] for row in rows]
    assert sorted(shown) == sorted([summary[model][name] for model in MODELS] for name in ids)
    for cell in (cell for row in rows for cell in row.all("td")):
        value = float(cell.attributes["data-value"])
        assert abs(float(cell.text.split()[0]) - value) <= 0.0005


def test_contrast_shows_standard_errors_over_models(page: str, summary: dict[str, Any]) -> None:
    [table, _] = parse(page).by_id("contrast").all("table")
    first = next(row for row in table.all("tr") if "Recall of the forgotten class" in row.text)
    gold = list(first.all("td"))[2].text
    assert gold == f"{summary['gold']['forget_recall']:.3f} ± {summary['gold']['forget_recall_stderr']:.3f}"


def test_checks_show_gap_and_range(page: str, summary: dict[str, Any]) -> None:
    [_, table] = parse(page).by_id("contrast").all("table")
    [body] = table.all("tbody")
    for row, check in zip(body.all("tr"), summary["spread"]["checks"], strict=True):
        value, gap, _, place = row.all("td")
        assert float(value.attributes["data-value"]) == check["value"]
        assert float(gap.attributes["data-value"]) == check["gap"]
        plain = (
            gap.text.replace("−", "-")
            .replace("×10", "e")
            .translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        )
        assert abs(float(plain) - check["gap"]) <= 0.0005
        assert ("inside" in place.text) == check["inside"]


def test_every_metric_of_the_rows_is_there(page: str, run: Path) -> None:
    section = parse(page).by_id("metrics")
    rows = {(row.model, row.metric): row for row in read_rows(run / "rows.parquet")}
    metrics = list(dict.fromkeys(metric for _, metric in rows))
    [table] = section.all("table")
    [body] = table.all("tbody")
    for row, metric in zip(body.all("tr"), metrics, strict=True):
        cells = list(row.all("td"))
        shown = [float(cell.attributes["data-value"]) for cell in cells[1:4]]
        assert shown == [rows[model, metric].value for model in MODELS[:3]]
        lead = rows["unlearned", metric]
        ends = [float(cell.attributes["data-value"]) for cell in cells[5:7]]
        assert ends == [lead.null_low, lead.null_high]
    assert len(section.classed("strip")) == len(metrics)


def test_sizes_of_the_test_sets_and_reach_are_printed(page: str, summary: dict[str, Any]) -> None:
    document = parse(page)
    k = len(summary["class_names"])
    floor, ceiling = np.exp(-1) / (np.exp(-1) + (k - 1) * np.e), np.e / (np.e + (k - 1) * np.exp(-1))
    for section in ("contrast", "probability"):
        assert f"{floor:.4f}" in document.by_id(section).text
        assert f"{ceiling:.4f}" in document.by_id(section).text
    assert f"30 test samples of the forgotten class and {30 * (k - 1)} retained" in page


def test_seed_papers_reach(pages: dict[Path, str], three: Path) -> None:
    [*pictures] = parse(pages[three]).by_id("probability").classed("chart")
    assert len(pictures) == 2
    for picture in pictures:
        labels = [text.text for text in picture.all("text")]
        assert labels[:2] == ["floor 0.0634", "ceiling 0.7870"]


def test_names_are_escaped_everywhere(pages: dict[Path, str], ten: Path) -> None:
    page = pages[ten]
    assert HOSTILE not in page
    assert page.lower().count("<script") == 1
    document = parse(page)
    assert HOSTILE in next(document.all("h1")).text
    assert any(HOSTILE in svg.text for svg in document.by_id("confusion").all("svg"))


def test_dear_unlearning_is_said_to_be_dear(pages: dict[Path, str], three: Path, ten: Path) -> None:
    dear, cheap = parse(pages[three]), parse(pages[ten])
    for section in ("verdict", "cost"):
        [warning] = dear.by_id(section).classed("warning")
        assert "1.92× the circuits of retraining" in warning.text
    assert not cheap.classed("warning")


def test_run_can_be_repeated_from_the_page(page: str, run: Path) -> None:
    section = parse(page).by_id("repeat")
    assert parse(page).by_id("command").text.startswith("qunlearn run covertype")
    for word in ("numpy", "unlearn", "beta"):
        assert word in section.text
    assert "steps = 300" in section.text
    for name in ("evidence.safetensors", "summary.json"):
        assert hashlib.sha256((run / name).read_bytes()).hexdigest() in section.text


def test_limits_are_said_and_no_more_is_promised(page: str) -> None:
    limits = parse(page).by_id("limits").text
    assert "does not prove" in limits
    assert "No membership attack was run" in limits
    visible = re.sub(r"<style>.*?</style>", "", page, flags=re.S).lower()
    for word in ("erased", "certified", "guarantee"):
        assert word not in visible


def test_same_folder_gives_the_same_bytes(run: Path, page: str, tmp_path: Path) -> None:
    assert report.write(run, tmp_path / "again.html").read_text("utf-8") == page


def test_page_is_small(page: str) -> None:
    assert len(page.encode()) < 400_000


def test_colours_are_variables(page: str) -> None:
    document = parse(page)
    drawn = [e for e in document.all() if e.name in ("path", "rect", "line", "circle", "text")]
    assert not [e for e in drawn if "fill" in e.attributes or "stroke" in e.attributes]
    styles = next(document.all("style")).text
    used = set(re.findall(r"var\((--\w[\w-]*)\)", styles))
    for theme in re.findall(r":root \{(.*?)\}", styles, flags=re.S):
        assert used - {"--c"} <= set(re.findall(r"(--[\w-]+):", theme))
