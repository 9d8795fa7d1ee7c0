"""Where the page goes, and what other runs than the usual one look like."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from qunlearn import report
from qunlearn._errors import InputError
from qunlearn.run.write import seal_report
from report.elements import parse
from report.synthetic_run import build, seal

Copy = Callable[[], Path]


def test_page_goes_into_the_folder_by_default(copy: Copy) -> None:
    folder = copy()
    assert report.write(str(folder)) == folder / "report.html"
    assert (folder / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_page_is_the_same_once_its_own_hash_is_recorded(copy: Copy) -> None:
    folder = copy()
    first = report.write(folder).read_bytes()
    seal_report(folder)
    told = json.loads((folder / "run.json").read_text("utf-8"))["sha256"]
    assert told["report.html"] == hashlib.sha256(first).hexdigest()
    assert report.write(folder).read_bytes() == first


def test_place_without_folder_is_refused(three: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no folder .*nowhere"):
        report.write(three, tmp_path / "nowhere" / "report.html")


def test_two_classes_have_no_divergence_over_retained_labels(tmp_path: Path) -> None:
    folder = build(tmp_path / "two", ["no", "yes"], forget=1)
    document = parse(report.write(folder).read_text("utf-8"))
    assert "at least two retained classes" in document.by_id("divergence").text
    [table, _] = document.by_id("contrast").all("table")
    median = next(row for row in table.all("tr") if "median" in row.text)
    assert [cell.text for cell in median.all("td")] == ["–"] * 4


def test_curves_and_reach_may_be_missing(copy: Copy) -> None:
    folder = copy()
    columns = ("phase", pa.string()), ("step", pa.int64()), ("quantity", pa.string()), ("value", pa.float64())
    parquet.write_table(pa.Table.from_pylist([], pa.schema(columns)), folder / "trace.parquet")
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    summary["probability_range"] = None
    summary["cost"]["retrain"]["seconds"] = None
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    seal(folder)
    document = parse(report.write(folder).read_text("utf-8"))
    assert "recorded no curves" in document.by_id("trajectory").text
    assert "floor" not in document.by_id("probability").text
    seconds = list(document.by_id("cost").all("tr"))[-1]
    assert [cell.text for cell in seconds.all("td")][2:] == ["–", "–"]


@pytest.mark.slow
def test_picture_too_large_for_a_page_is_left_in_the_folder(copy: Copy) -> None:
    folder = copy()
    svg = '<svg xmlns="http://www.w3.org/2000/svg">' + "<g/>" * 300_000 + "</svg>"
    (folder / "circuit.svg").write_text(svg, encoding="utf-8")
    seal(folder)
    page = report.write(folder).read_text("utf-8")
    assert "it is the file circuit.svg" in page
    assert not list(parse(page).all("img"))
