"""Write every generated part of README and docs from recorded runs.

    python scripts/update_docs.py            # from docs/results/paper.json
    python scripts/update_docs.py --from runs/reproduce-paper/results.json   # record a new reproduction first
    python scripts/update_docs.py --check    # exit 1 where a page is out of date

Generated: the results and the example in README.md, docs/paper.md and its pictures.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from qunlearn.study.published import DATASETS
from qunlearn.study.reproduce import read_results, write_pages
from qunlearn.study.tables import summary_table

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs/results/paper.json"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="source", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.source is not None:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(options.source.read_text(encoding="utf-8"), encoding="utf-8")
    if options.check:
        sys.exit(check())
    write(ROOT)


def write(root: Path) -> None:
    """Write the generated pages below `root`."""
    results = read_results(RECORD)
    (root / "docs").mkdir(exist_ok=True)
    write_pages(results, root / "docs")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    readme = between(readme, "results", results_part)
    readme = between(readme, "quickstart", quickstart_part)
    (root / "README.md").write_text(readme, encoding="utf-8")


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
