"""The terminal's table and the Markdown."""

import json
import re
from pathlib import Path
from typing import Any

from rich.console import Console

from qunlearn import report
from qunlearn.report.markdown import escape
from qunlearn.report.page.cost_section import share_of_retraining, warning
from report.conftest import HOSTILE


def printed(table: Any, width: int = 80) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        console.print(table)
    return console.export_text()


def test_terminal_shows_the_contrast_in_80_columns(run: Path, summary: dict[str, Any]) -> None:
    lines = printed(report.table(run)).splitlines()
    accuracy = next(line for line in lines if "Accuracy on retained" in line)
    gold = summary["gold"]
    shown = f"{gold['retain_accuracy']:.3f} ± {gold['retain_accuracy_stderr']:.3f}"
    numbers = [f"{summary[model]['retain_accuracy']:.3f}" for model in ("original", "unlearned")]
    assert (
        re.sub(" +", " ", accuracy)
        .strip()
        .startswith(f"Accuracy on retained samples {' '.join(numbers)} {shown}")
    )
    assert len([line for line in lines if "KL(gold‖model)" in line]) == 3


def test_terminal_takes_a_loaded_summary(run: Path, summary: dict[str, Any]) -> None:
    assert printed(report.table(summary)) == printed(report.table(run))


def test_terminal_takes_no_markup_from_the_data(summary: dict[str, Any]) -> None:
    summary["dataset"] = "[red]mine[/red]"
    assert "[red]mine[/red]" in printed(report.table(summary), 200)


def test_markdown_holds_the_numbers_and_the_limits(run: Path, summary: dict[str, Any]) -> None:
    text = report.markdown(run)
    row = next(line for line in text.splitlines() if line.startswith("| Accuracy on retained"))
    assert [cell.strip() for cell in row.strip("|").split("|")][1:3] == [
        f"{summary[model]['retain_accuracy']:.3f}" for model in ("original", "unlearned")
    ]
    assert "    qunlearn run covertype" in text
    assert "does not prove" in text
    assert ("More expensive than retraining" in text) == (run.name == "three")


def test_markdown_tables_are_even(run: Path) -> None:
    rows = [line for line in report.markdown(run).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {6}


def test_markdown_takes_no_markup_from_the_data(ten: Path) -> None:
    text = report.markdown(ten)
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert escape("a|b*c\nd") == "a\\|b\\*c d"


def test_cost_is_compared_with_retraining_once(summary: dict[str, Any]) -> None:
    cost = summary["cost"]
    cost["unlearn"].update(circuits=300, seconds=5.0)
    cost["retrain"].update(circuits=200, seconds=10.0)
    assert share_of_retraining(cost, "circuits") == 1.5
    assert "1.50× the circuits" in str(warning(cost))
    cost["unlearn"].update(circuits=100)
    assert warning(cost) is None
    cost["unlearn"].update(seconds=20.0)
    assert warning(cost) is None, "seconds of a simulation are no cost on hardware"
    cost["retrain"].update(seconds=None, circuits=0)
    assert warning(cost) is None


def test_summary_is_not_changed_by_reporting(run: Path, summary: dict[str, Any]) -> None:
    before = json.dumps(summary)
    report.table(summary)
    assert json.dumps(summary) == before
