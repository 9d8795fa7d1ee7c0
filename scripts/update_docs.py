"""Write every generated part of README and docs from recorded runs.

    python scripts/update_docs.py            # from docs/results/*.json
    python scripts/update_docs.py --page methods --page methods/finetune    # these alone, without the example
    python scripts/update_docs.py --from runs/reproduce-hqml/results.json    # record a new reproduction first
    python scripts/update_docs.py --from runs/compare-iris-forget-2/results.json             # or a comparison
    python scripts/update_docs.py --check    # exit 1 where a page is out of date

Generated: the results and the example in README.md, docs/paper.md and its pictures, a page for each other
reproduction and each comparison that is recorded, docs/methods.md and a page for each method, and the lists
of metrics and of attacks.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from qunlearn.attacks import ATTACKS
from qunlearn.audit.every_metric import EVERY_METRIC
from qunlearn.methods import METHODS
from qunlearn.methods.base.method import Scalar
from qunlearn.report.comparison import costs_picture, overview, picture, read_comparison, short_table
from qunlearn.report.comparison import document as comparison_page
from qunlearn.report.comparison.method_page import MethodInfo, method_page, methods_index
from qunlearn.report.metric_page import attacks_page, metrics_page
from qunlearn.study.published import PEERS
from qunlearn.study.published.experiment_measures import MEASURES
from qunlearn.study.published.experiment_page import document
from qunlearn.study.published.seed_paper import read_results, write_pages
from qunlearn.study.published.seed_paper_page import summary_table
from qunlearn.study.published.seed_paper_values import DATASETS

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "docs/results"
RECORD = RECORDS / "paper.json"
BUDGET = 0.2
"""Of the comparisons that have a page; those at other budgets stand beside them."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="source", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--page", action="append", help="a page's name; repeatable")
    options = parser.parse_args()
    if options.source is not None:
        record(options.source)
    if options.check:
        sys.exit(check())
    if options.page:
        write_pages_named(options.page)
    else:
        write(ROOT)


def write_pages_named(names: list[str]) -> None:
    """Write single pages, such as that of a new method and the list that it stands in."""
    pages = generated_pages()
    unknown = [name for name in names if name not in pages]
    if unknown:
        sys.exit(f"there is no page {', '.join(unknown)}; there are {', '.join(pages)}")
    for name in names:
        write_page(ROOT, name, pages[name])


def record(source: Path) -> None:
    """Keep the results of a reproduction or a comparison under its name."""
    text = source.read_text(encoding="utf-8")
    if "rows" in json.loads(text):
        said = read_comparison(source)["settings"]
        usual = said["budget"] == BUDGET
        name = f"compare-{said['name']}" if usual else f"budget-{said['budget']:g}-{said['name']}"
    else:
        name = read_results(source)["settings"].get("experiment", "paper")
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"{name}.json").write_text(text, encoding="utf-8")


def write(root: Path) -> None:
    """Write the generated pages below `root`."""
    results = read_results(RECORD)
    (root / "docs").mkdir(exist_ok=True)
    write_pages(results, root / "docs")
    for name, page in generated_pages().items():
        write_page(root, name, page)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    readme = between(readme, "results", results_part)
    readme = between(readme, "nearest", nearest_part)
    readme = between(readme, "quickstart", quickstart_part)
    (root / "README.md").write_text(readme, encoding="utf-8")


def generated_pages() -> dict[str, str]:
    """Every page that records or tables give alone, by its name below docs."""
    return {**peer_pages(), **method_pages(), **table_pages(), **comparison_pages()}


def write_page(root: Path, name: str, page: str) -> None:
    """Write one of `generated_pages` below `root`."""
    path = root / "docs" / (name if name.endswith(".svg") else f"{name}.md")
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, encoding="utf-8")


def peer_pages() -> dict[str, str]:
    """The page of every recorded experiment of others."""
    found = {}
    for name, experiment in PEERS.items():
        if (path := RECORDS / f"{name}.json").is_file():
            results = read_results(path)
            found[name] = document(experiment, results["cells"], results["settings"])
    return found


def comparisons() -> dict[str, dict[str, Any]]:
    """Recorded comparisons by the name of their page."""
    paths = sorted(RECORDS.glob("compare-*.json"))
    return {path.stem.removeprefix("compare-"): read_comparison(path) for path in paths}


def budgets(records: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Comparisons that were also recorded at other budgets, by rising budget."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in RECORDS.glob("budget-*.json"):
        results = read_comparison(path)
        name = results["settings"]["name"]
        found.setdefault(name, [records[name]]).append(results)
    return {k: sorted(v, key=lambda r: r["settings"]["budget"]) for k, v in sorted(found.items())}


def comparison_pages() -> dict[str, str]:
    """A page and a picture for every recorded comparison, and one for all of them."""
    found: dict[str, str] = {}
    records = comparisons()
    if records:
        several = budgets(records)
        found["comparisons"] = overview(records, several)
        for name, row in several.items():
            found[f"comparisons/{name}-costs.svg"] = costs_picture(row)
    for name, results in records.items():
        found[f"comparisons/{name}"] = comparison_page(results, picture=f"{name}.svg")
        found[f"comparisons/{name}.svg"] = picture(results)
    return found


def method_pages() -> dict[str, str]:
    """The list of methods, and a page for each."""
    infos = [
        MethodInfo(
            m.id,
            m.__doc__,
            m.source,
            m.tier,
            [(f.name, f.default, f.type == Scalar) for f in fields(m)],
            m.needs(),
        )
        for m in METHODS.values()
    ]
    records = comparisons()
    pages = {f"methods/{info.id}": method_page(info, records) for info in infos}
    return {"methods": methods_index(infos, records), **pages}


def table_pages() -> dict[str, str]:
    """The lists of metrics and of attacks."""
    own = [row for row in MEASURES.values() if row.family == "published"]
    metrics = metrics_page([*EVERY_METRIC.values(), *own])
    return {"metrics": metrics, "attacks": attacks_page(ATTACKS.values())}


def check() -> int:
    """1 where a generated page differs from what the record gives; pictures are compared as text too."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        stale = [
            page.relative_to(folder)
            for page in Path(folder).rglob("*.md")
            if page.read_bytes() != (ROOT / page.relative_to(folder)).read_bytes()
        ]
    for page in stale:
        print(f"{page} is out of date: run `python scripts/update_docs.py`")
    return int(bool(stale))


def results_part() -> str:
    """The summary tables of both datasets."""
    results = read_results(RECORD)
    seeds, gold = results["settings"]["seeds"], results["settings"]["gold"]
    parts = [f"{seeds} seeds, {gold} gold models each."]
    for dataset, (title, _) in DATASETS.items():
        parts += [f"**{title}**", summary_table(results["cells"], dataset)]
    return "\n\n".join(parts)


def nearest_part() -> str:
    """How near the usual methods and ours come, beside the baselines."""
    methods = (
        "retrain",
        "gauss_newton_replay",
        "finetune",
        "scrub",
        "neggrad_plus",
        "distribution_guided",
        "do_nothing",
    )
    return short_table(comparisons(), methods, "docs/")


def quickstart_part() -> str:
    """The example and what it prints."""
    example = ROOT / "examples/quickstart.py"
    done = subprocess.run([sys.executable, str(example)], capture_output=True, text=True, check=True)
    code = example.read_text(encoding="utf-8").strip()
    return f"```python\n{code}\n```\n\n```text\n{done.stdout.rstrip()}\n```"


def between(text: str, name: str, content: Callable[[], str]) -> str:
    """`text` with what stands between the markers of `name` replaced."""
    pattern = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return pattern.sub(lambda m: m[1] + content() + "\n" + m[2], text)


if __name__ == "__main__":
    main()
