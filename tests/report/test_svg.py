"""The smallest parts of a picture."""

from markupsafe import Markup

from qunlearn.report.charts.svg import chart, number, percent, polyline, tag
from report.elements import parse


def test_text_and_attributes_are_escaped() -> None:
    made = tag("text", "<b>&", class_='a"b')
    assert made == '<text class="a&#34;b">&lt;b&gt;&amp;</text>'
    assert tag("g", made) == f"<g>{made}</g>"


def test_attribute_names_and_missing_attributes() -> None:
    assert (
        tag("line", stroke_width=2, x=None, viewBox="0 0 1 1")
        == '<line stroke-width="2" viewBox="0 0 1 1"></line>'
    )


def test_chart_is_named_by_its_title_and_description() -> None:
    [svg] = parse(chart("fig", "Title", "What it shows", 10, Markup("<g></g>"))).all("svg")
    assert svg.attributes["aria-labelledby"] == "fig-title fig-desc"
    assert [part.text for part in svg.all("title", "desc")] == ["Title", "What it shows"]


def test_coordinates_are_short() -> None:
    assert [number(value) for value in (1.0, 1.26, -0.04, 250_000.4)] == ["1", "1.3", "0", "250000"]
    assert percent(1 / 3) == "33.33%"
    assert polyline([(0.0, 1.0), (0.5, 2.25)]) == "M0 1L500 2.2"
