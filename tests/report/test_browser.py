"""The page in a real browser: its script runs under its own policy and sorts, without complaints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from report.elements import parse

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=3000",
    "--dump-dom",
]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


def rendered(page: str, folder: Path) -> str:
    """The page after its script ran; fails where the browser logged a message of the page."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr, done.stderr
    return done.stdout


def test_script_runs_under_the_policy_without_complaint(page: str, tmp_path: Path) -> None:
    document = parse(rendered(page, tmp_path))
    [table, _] = document.by_id("contrast").all("table")
    assert len([th for th in table.all("th") if list(th.all("button"))]) == 5
    [copy] = document.classed("copy")
    assert "hidden" not in copy.attributes


def test_tables_sort_by_numbers_and_back(page: str, tmp_path: Path) -> None:
    clicks = "const b = document.querySelector('#contrast th:nth-child(3) button'); b.click(); b.click();"
    page = re.sub(r"<meta http-equiv[^>]*>", "", page).replace("</body>", f"<script>{clicks}</script></body>")
    [table, _] = parse(rendered(page, tmp_path)).by_id("contrast").all("table")
    [body] = table.all("tbody")
    column = [float(list(row.all("td"))[1].attributes["data-value"]) for row in body.all("tr")]
    assert column == sorted(column, reverse=True)
    sorted_by = [th.attributes.get("aria-sort") for th in table.all("th") if th.attributes["scope"] == "col"]
    assert sorted_by == [None, None, "descending", None, None]
