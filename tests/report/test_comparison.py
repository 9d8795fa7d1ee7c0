"""The pages of a comparison say what its rows say, and stand the numbers and names that rows can hold."""

import io
import json
import re
from xml.etree import ElementTree

import pytest
from rich.console import Console
from scipy import stats

from qunlearn._errors import InputError
from qunlearn.report.comparison import (
    costs_picture,
    document,
    overview,
    picture,
    read_comparison,
    short_table,
    terminal_table,
    write_comparison,
)
from qunlearn.report.comparison.columns import COLUMNS, cell, columns_for, half_width
from qunlearn.report.comparison.overview import aims
from qunlearn.report.comparison.picture import LEFT, RIGHT, spread

NUMBERS = {column.key for column in COLUMNS}


def row(method, kl, **changes):
    numbers = dict.fromkeys(NUMBERS) | {f"{name}_stderr": None for name in NUMBERS}
    return {
        "method": method,
        "baseline": False,
        "n_seeds": 3,
        "reason": None,
        "within_budget": True,
        "hyper": [{"setting": {"learning_rate": 0.05}, "seeds": 2}],
        "claim": None,
        **numbers,
        "kl_over_floor": kl,
        "circuits_over_retrain": 0.2,
        **changes,
    }


def results(kind="class", rows=()):
    return {
        "settings": {
            "dataset": "iris",
            "request": "class “<b>|7”",
            "kind": kind,
            "seeds": [0, 1, 2],
            "gold": 16,
            "budget": 0.2,
            "rule": "the lowest loss",
            "grids": {"near": {"learning_rate": [0.02, 0.05]}, "far": {}, "dear": {}},
            "version": "0",
        },
        "rows": [
            row("near", 1.0, kl_over_floor_stderr=0.1, gap_retain_accuracy=-0.0004, seconds=0.012),
            row("gold_against_gold", 1.0, baseline=True, hyper=[], circuits_over_retrain=1.0),
            row("far", 30.0, kl_over_floor_stderr=9.0, claim="certified: ε = 1"),
            row("dear", 1.2, within_budget=False, circuits_over_retrain=4.5),
            row(
                "other",
                None,
                reason="method other needs another model",
                n_seeds=0,
                circuits_over_retrain=None,
            ),
            *rows,
        ],
    }


def test_the_interval_is_students():
    found = half_width({"n_seeds": 3, "x_stderr": 0.1}, "x")
    assert found == pytest.approx(stats.t.ppf(0.975, 2) * 0.1)
    assert half_width({"n_seeds": 3, "x_stderr": None}, "x") is None


def test_cells_show_gaps_with_their_sign_and_missing_numbers_as_a_dash():
    by_key = {column.key: column for column in COLUMNS}
    shown = results()["rows"][0]
    assert cell(by_key["kl_over_floor"], shown, interval=True) == "1.00 ± 0.43"
    assert cell(by_key["kl_over_floor"], shown, interval=False) == "1.00"
    assert cell(by_key["gap_retain_accuracy"], shown, interval=True) == "−0.000"
    assert cell(by_key["gap_retain_accuracy"], {"gap_retain_accuracy": 0.5}, interval=True) == "+0.500"
    assert cell(by_key["forget_recall"], shown, interval=True) == "–"
    assert cell(by_key["seconds"], shown, interval=True) == "12.0 ms"


def test_columns_are_those_with_a_meaning_for_the_request():
    for_class, for_rows = ({c.key for c in columns_for(kind)} for kind in ("class", "instances"))
    assert {"forget_recall", "gap_forget_probability_retain"} <= for_class - for_rows
    assert {"js_forget_over_floor", "gap_forget_accuracy"} <= for_rows - for_class
    assert {"kl_over_floor", "gap_retain_accuracy", "circuits_over_retrain"} <= for_class & for_rows


def test_the_page_holds_rows_refusals_choices_and_claims():
    page = document(results(), picture="comparison.svg")
    lines = page.splitlines()
    assert any(line.startswith("| `near` | 1.00 ± 0.43 |") for line in lines)
    assert any(line.startswith("| gold against gold | 1.00 |") for line in lines)
    assert any(line.startswith("| `dear *` | 1.20 |") for line in lines)
    assert "- `other`: method other needs another model" in lines
    assert any("learning\\_rate 0.02 0.05" in line and "| 2 |" in line for line in lines)
    assert "- `far`: certified: ε = 1" in lines
    assert "![Distance to gold against cost](comparison.svg)" in lines
    assert "<b>" not in page
    assert "costs more than the budget" in page


def test_a_page_without_refusals_and_claims_has_no_such_parts():
    plain = results()
    plain["rows"] = plain["rows"][:2]
    page = document(plain)
    assert not re.search("Not compared|Claims|costs more|!\\[", page)


@pytest.mark.parametrize("kind", ["class", "instances"])
def test_the_terminal_table_fits_eighty_columns(kind):
    long = row("entanglement_pruning", 12.34, kl_over_floor_stderr=0.5, seconds=0.0141, forget_recall=0.5)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(terminal_table(results(kind, [long])))
    text = console.export_text()
    assert "…" not in text
    assert re.search("entanglement_pruning +12.34 ± 2.15", text)
    assert "other: method other needs another model" in text


def test_the_picture_is_an_svg_with_a_point_for_every_row():
    tree = ElementTree.fromstring(picture(results()))
    space = "{http://www.w3.org/2000/svg}"
    points = {c.get("class"): c for c in tree.iter(f"{space}circle")}
    assert len(list(tree.iter(f"{space}circle"))) == 4
    assert set(points) == {"dot method", "dot base", "above method"}
    assert LEFT < float(points["dot base"].get("cx", "0")) < RIGHT
    assert float(points["above method"].get("cx", "0")) == RIGHT, "dearer than the axis reaches"
    words = [t.text for t in tree.iter(f"{space}text")]
    assert "dear *  1.20, 4.5× the circuits" in words
    assert tree.find(f"{space}title").text == "iris without class “<b>|7”: distance to gold against cost"  # type: ignore[union-attr]


def test_distance_grows_upwards():
    tree = ElementTree.fromstring(picture(results()))
    heights = {t.text: float(t.get("y", "0")) for t in tree.iter("{http://www.w3.org/2000/svg}text")}
    far = next(y for text, y in heights.items() if text and text.startswith("far"))
    near = next(y for text, y in heights.items() if text and text.startswith("near"))
    assert far < near


def test_names_keep_their_distance_and_order():
    found = spread([50, 50, 51, 200, 199], 10, 0, 205)
    assert found == [50, 60, 70, 205, 195]
    assert spread([5.0, 100.0], 10, 0, 200) == [5, 100]


def test_pages_are_written_beside_the_results(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(results()))
    write_comparison(tmp_path)
    assert (tmp_path / "comparison.md").read_text() == document(results(), picture="comparison.svg")
    assert (tmp_path / "comparison.svg").read_text() == picture(results())


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_results_that_cannot_be_used_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError, match="qunlearn compare"):
        read_comparison(tmp_path / "results.json")


def test_records_are_read_under_the_present_names_of_methods(tmp_path):
    (tmp_path / "results.json").write_text('{"rows": [{"method": "gold_matched"}], "settings": {}}')
    assert read_comparison(tmp_path / "results.json")["rows"] == [{"method": "gauss_newton_replay"}]


def with_ours(kind="class", nothing=1.5, **changes):
    """A comparison with our method at 1.05 and doing nothing at 1.5 ± 0.43 (0.1 a standard error)."""
    ours = {
        "gap_retain_accuracy": -0.01,
        "gap_retain_accuracy_stderr": 0.02,
        "gap_forget_probability_forget": -0.019 if kind == "class" else None,
        "gap_forget_probability_retain": 0.0099 if kind == "class" else None,
    }
    rows = [
        row("gauss_newton_replay", 1.05, **(ours | changes)),
        row("do_nothing", nothing, baseline=True, kl_over_floor_stderr=0.1),
    ]
    return results(kind, rows)


def test_aims_reached_and_missed():
    names = ["kl_over_floor", "gap_forget_probability_forget", "gap_forget_probability_retain"]
    names += ["gap_retain_accuracy", "circuits_over_retrain", "closer"]
    assert aims(with_ours()) == dict.fromkeys(names, True)
    missed = {
        "kl_over_floor": 1.6,
        "gap_forget_probability_forget": -0.021,
        "gap_forget_probability_retain": -0.011,
        "gap_retain_accuracy": -0.03,
        "circuits_over_retrain": 0.21,
    }
    assert aims(with_ours(**missed)) == dict.fromkeys(names, False)
    rows = aims(with_ours("instances", nothing=1.4))
    assert list(rows) == ["kl_over_floor", "gap_retain_accuracy", "circuits_over_retrain"]
    assert aims(results()) == {}


def test_the_overview_has_a_table_for_every_kind_of_request():
    page = overview({"iris-a": with_ours(), "iris-b": with_ours("instances", kl_over_floor=1.2)})
    assert "## A class" in page
    assert "## Rows, drawn" in page
    assert "## A feature" not in page
    aimed, classes = page.split("## ")[1:3]
    assert "| 1.20 **missed** |" in aimed
    assert "| 1.50 ± 0.43 met |" in aimed
    order = [line.split(" | ")[0].strip("| ") for line in classes.splitlines()[4:] if line.startswith("|")]
    assert order == [
        "gold against gold",
        "[`near`](methods/near.md)",
        "[`gauss_newton_replay`](methods/gauss_newton_replay.md)",
        "[`dear`](methods/dear.md)",
        "do nothing",
        "[`far`](methods/far.md)",
    ]
    assert "(comparisons/iris-a.md)" in classes
    assert "other" not in classes


def test_a_short_table_links_from_where_it_stands():
    text = short_table(
        {"iris-a": with_ours(), "iris-b": with_ours("feature")}, ["far", "near", "absent"], "docs/"
    )
    lines = text.splitlines()
    assert "(docs/comparisons/iris-a.md)" in lines[0]
    assert "iris-b" not in text
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| [`near`](docs/methods/near.md)",
        "| [`far`](docs/methods/far.md)",
    ]


def at_budgets():
    """near: 2, 1.5, 1.0 at 0.05, 0.1, 0.2; far is only there at the largest."""
    found = []
    for budget, kl in ((0.05, 2.0), (0.1, 1.5), (0.2, 1.0)):
        rows = [row("near", kl, circuits_over_retrain=budget, within_budget=kl < 2)]
        rows += [row("do_nothing", 1.4, baseline=True, circuits_over_retrain=0.0)]
        rows += [row("far", 3.0)] if budget == 0.2 else []
        one = results()
        found.append({"settings": one["settings"] | {"budget": budget}, "rows": rows})
    return found


def test_a_table_of_budgets():
    page = overview({"iris-a": with_ours()}, {"iris-a": at_budgets()})
    part = page.split("## Gap against cost: iris")[1]
    assert "| method | 0.05 | 0.1 | 0.2 |" in part
    assert r"| `near` | 2.00 \* | 1.50 | 1.00 |" in part
    assert "| do nothing | 1.40 | 1.40 | 1.40 |" in part
    assert "| `far` | – | – | 3.00 |" in part
    assert part.index("`near`") < part.index("do nothing") < part.index("`far`")
    assert "](comparisons/iris-a-costs.svg)" in part


def test_the_picture_of_budgets_has_a_line_for_every_method():
    tree = ElementTree.fromstring(costs_picture(at_budgets()))
    space = "{http://www.w3.org/2000/svg}"
    lines = [p.get("d") for p in tree.iter(f"{space}path") if "line" in p.get("class").split()]
    assert [len(line.split("L")) for line in lines] == [3, 1]
    xs, ys = zip(*(map(float, point.split()) for point in lines[0][1:].split("L")), strict=True)
    assert list(xs) == sorted(xs)  # dearer to the right
    assert list(ys) == sorted(ys)  # nearer further down
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.02)  # doubling is one step
    words = [t.text for t in tree.iter(f"{space}text")]
    assert {"near  1.00", "far  3.00", "do nothing"} <= set(words)
