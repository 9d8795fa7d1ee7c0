"""A page is written of a finished run whose files are unchanged and say what they must; else one sentence."""

from pathlib import Path

import pytest

from cases import Case, check_call
from damage import arrays, content, cut, flip, gone, other_table, resealed, run_json, summary, unsealed
from qunlearn.report import write

DEEP = b"[" * 100_000


def report() -> None:
    write("r")


CASES = [
    Case("nowhere", lambda: write("nowhere"), "no run folder `nowhere`"),
    Case("file as run", lambda: write("first.json"), "no run folder `first.json`"),
    Case("empty folder", lambda: write("e"), "holds no finished run", lambda d: (d / "e").mkdir()),
    Case("unfinished run", report, "finish it with --resume", gone("r/run.json")),
    Case("empty run.json", report, "`r/run.json` cannot be read", content("r/run.json", "")),
    Case(
        "run.json of no text", report, "`r/run.json` cannot be read", content("r/run.json", b"\xff\xfe\xfd")
    ),
    Case("run.json without end", report, "nested too deeply", content("r/run.json", DEEP)),
    Case("run.json as a list", report, "must hold a JSON object", content("r/run.json", "[]")),
    Case(
        "run.json of no finite numbers",
        report,
        "`r/run.json` cannot be read",
        content("r/run.json", '{"sha256": {}, "a": NaN}'),
    ),
    Case("no hashes", report, "lacks the table `sha256`", run_json(lambda r: r.pop("sha256"))),
    Case("run.json changed", report, "does not match its seal", flip("r/run.json", 20)),
    Case("run.json unsealed", report, "does not match its seal", unsealed),
    Case("no summary", report, "`r/summary.json` is missing", gone("r/summary.json")),
    Case("summary changed", report, "was changed after the run", flip("r/summary.json")),
    Case("summary as a list", report, "must hold a JSON object", resealed(content("r/summary.json", "[]"))),
    Case("summary of nothing", report, "lacks `dataset, seed", resealed(content("r/summary.json", "{}"))),
    Case("classes as a number", report, "`class_names` in", summary(class_names=3)),
    Case("request as a list", report, "`request` in", summary(request=[])),
    Case("kind of request as a list", report, "`request` in", summary(request={"kind": [], "what": "x"})),
    Case("verdict as a word", report, "`verdict` in", summary(verdict="PASS")),
    Case("cost as a list", report, "`cost` in", summary(cost=[1])),
    Case("figures as a number", report, "`unlearned` in", summary(unlearned=1)),
    Case("forgotten class of no such index", report, "`forget_index` in", summary(forget_index=7)),
    Case("evidence cut short", report, "was changed after the run", cut("r/evidence.safetensors", 99)),
    Case("no evidence left", report, "cannot be read", resealed(content("r/evidence.safetensors", ""))),
    Case("array missing", report, "lacks `p_gold`", arrays(lambda a: a.pop("p_gold"))),
    Case(
        "array of another shape",
        report,
        "must be (n, K)",
        arrays(lambda a: a.update(p_gold=a["p_gold"][0].copy())),
    ),
    Case("no rows", report, "`r/rows.parquet` is missing", gone("r/rows.parquet")),
    Case("rows cut short", report, "is not a readable Parquet file", resealed(cut("r/rows.parquet", 300))),
    Case("curves of another table", report, "lacks the column", other_table("r/trace.parquet")),
    Case("picture that is none", report, "cannot be read", resealed(content("r/circuit.svg", "<svg"))),
    Case("split changed", report, "was changed after the run", flip("r/split.json")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_page_is_written_of_a_run_that_cannot_be_relied_on(case: Case, copied: Path) -> None:
    check_call(case, copied)
