"""Damaged or forged runs: `verify` names what does not match, and no audit is made of them."""

from pathlib import Path

import numpy as np
import pytest

from cases import Case, check_call
from damage import (
    appended,
    arrays,
    as_folder,
    content,
    cut,
    flip,
    gone,
    hashed,
    led_away,
    other_table,
    resealed,
    respell,
    run_json,
    surrogate,
    tensor,
    told,
    unsealed,
)
from qunlearn.run import pipeline, problem_and_gold
from qunlearn.run import verify as verify_module
from qunlearn.run.verify import verify
from tiny_run import contents

DEEP = b"[" * 100_000


def audit() -> None:
    pipeline.audit("r", force=True)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is retrained or drawn to find what cheaper checks find."""
    cheap = ("seal", "files", "models", "split", "probabilities", "metrics", "drawings")
    monkeypatch.setattr(verify_module, "CHECKS", {name: verify_module.CHECKS[name] for name in cheap})
    monkeypatch.setattr(problem_and_gold, "gold_ensemble", None)


REFUSED = [
    # by verify
    Case("empty folder", lambda: verify("e"), "holds no finished run", lambda d: (d / "e").mkdir()),
    Case("unfinished run", lambda: verify("r"), "finish it with --resume", gone("r/run.json")),
    Case("folder as run.json", lambda: verify("r"), "holds no finished run", as_folder("r/run.json")),
    # by an audit
    Case("file as run", lambda: pipeline.audit("first.json"), "first.json holds no run"),
    Case("empty folder", lambda: pipeline.audit("e"), "e holds no run", lambda d: (d / "e").mkdir()),
    Case("no gold models", lambda: pipeline.audit("r", gold=0, force=True), "`gold` must be >= 3"),
    Case("negative gold models", lambda: pipeline.audit("r", gold=-1, force=True), "`gold` must be >= 3"),
    Case("no configuration", audit, "r holds no run", gone("r/config.toml")),
    Case("configuration as folder", audit, "r holds no run", as_folder("r/config.toml")),
    Case("configuration cut short", audit, "not valid TOML", cut("r/config.toml", 99)),
    Case("configuration of no text", audit, "not valid TOML", appended("r/config.toml", b"\xff\xfe")),
    Case("configuration without end", audit, "not valid TOML", appended("r/config.toml", b"\na = " + DEEP)),
    Case("configuration of a new version", audit, "no key `a`", appended("r/config.toml", b"\n[a]\nb = 1")),
    Case("not unlearned", audit, "no finished unlearn stage", gone("r/unlearned.json")),
    Case("not trained", audit, "no finished train stage", gone("r/original.json")),
    Case("no parameters", audit, "original.safetensors is missing", gone("r/original.safetensors")),
    Case(
        "parameters as folder", audit, "original.safetensors is missing", as_folder("r/original.safetensors")
    ),
    Case("empty parameters", audit, "r/original is damaged", content("r/original.safetensors", "")),
    Case("parameters cut short", audit, "r/unlearned is damaged", cut("r/unlearned.safetensors", 99)),
    Case("parameters changed", audit, "does not match its hash", flip("r/unlearned.safetensors")),
    Case("parameters of another name", audit, "r/original is damaged", tensor("r/original.safetensors", "p")),
    Case("parameters of words", audit, "does not match its hash", tensor("r/original.safetensors", "params")),
    Case("description as a list", audit, "r/original is damaged", content("r/original.json", "[]")),
    Case("description of no text", audit, "r/original is damaged", content("r/original.json", b"\xff\xfe")),
    Case("description without end", audit, "r/unlearned is damaged", content("r/unlearned.json", DEEP)),
    Case("description of nothing", audit, "r/unlearned is damaged", content("r/unlearned.json", "{}")),
    Case("model of another kind", audit, "is not a VQC", told("original", architecture={"kind": "MLP"})),
    Case("model of no kind", audit, "r/original is damaged", told("original", architecture=3)),
    Case(
        "model of another version",
        audit,
        "r/original is damaged",
        told("original", architecture={"kind": "VQC"}),
    ),
    Case("model of other data", audit, "the data of iris changed", told("original", data_sha256="0")),
    Case("model without its cost", audit, "original.json lacks cost", told("original", cost=None)),
    Case("model without its method", audit, "unlearned.json lacks method", told("unlearned", method=None)),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_is_not_a_whole_run_is_refused(case: Case, copied: Path) -> None:
    check_call(case, copied)


FOUND = [
    Case("empty run.json", None, "WRONG  seal", content("r/run.json", "")),
    Case("run.json cut short", None, "WRONG  seal", cut("r/run.json", 99)),
    Case("run.json of no text", None, "WRONG  seal", content("r/run.json", b"\xff\xfe\xfd")),
    Case("run.json without end", None, "nested too deeply", content("r/run.json", DEEP)),
    Case("run.json as a list", None, "run.json must hold a JSON object", content("r/run.json", "[]")),
    Case("run.json as a word", None, "run.json must hold a JSON object", content("r/run.json", '"x"')),
    Case("run.json of another spelling", None, "does not match its own seal", respell),
    Case("seal of nothing", None, "does not match its own seal", unsealed),
    Case("no hashes", None, "with the table `sha256`", run_json(lambda r: r.pop("sha256"))),
    Case("hashes as a list", None, "with the table `sha256`", run_json(lambda r: r.update(sha256=[]))),
    Case("hash as a number", None, "rows.parquet was changed", hashed("rows.parquet", 3)),
    Case("hash as a list", None, "split.json was changed", hashed("split.json", [1])),
    Case(
        "hash of another kind",
        None,
        "split.json was changed",
        hashed("split.json", "d41d8cd98f00b204e9800998ecf8427e"),
    ),
    Case(
        "file that is not named",
        None,
        "trace.parquet was added",
        run_json(lambda r: r["sha256"].pop("trace.parquet")),
    ),
    Case("name that leads out", None, "'../first.json', which no run writes", hashed("../first.json", "0")),
    Case("name from the root", None, "'/etc/passwd', which no run writes", hashed("/etc/passwd", "0")),
    Case("name with a zero byte", None, "which no run writes", hashed("a\0b", "0")),
    Case("name of no character", None, "which no run writes", surrogate),
    Case("file missing and not named", None, "run.json does not name it", resealed(gone("r/trace.parquet"))),
    Case("file added", None, "history.safetensors was added", content("r/history.safetensors", "x")),
    Case("file as folder", None, "circuit.txt is missing", as_folder("r/circuit.txt")),
    Case("link out of the folder", None, "rows.parquet is a link", led_away("r/rows.parquet")),
    Case("link that leads nowhere", None, "split.json is a link", led_away("r/split.json", "none")),
    Case("evidence cut short", None, "evidence.safetensors was changed", cut("r/evidence.safetensors", 99)),
    Case("no evidence left", None, "WRONG  models", resealed(content("r/evidence.safetensors", ""))),
    Case(
        "array of another shape",
        None,
        "WRONG  probabilities",
        arrays(lambda a: a.update(p_gold=a["p_gold"][:, :1].copy())),
    ),
    Case(
        "array of whole numbers",
        None,
        "WRONG  probabilities",
        arrays(lambda a: a.update(p_gold=a["p_gold"].astype(int))),
    ),
    Case(
        "array of no numbers",
        None,
        "WRONG  probabilities",
        arrays(lambda a: a.update(p_unlearned=a["p_unlearned"] * np.nan)),
    ),
    Case(
        "parameters of another model",
        None,
        "WRONG  models",
        arrays(lambda a: a.update(original=a["original"][1:].copy())),
    ),
    Case("rows cut short", None, "WRONG  metrics", resealed(cut("r/rows.parquet", 300))),
    Case("rows of another table", None, "WRONG  metrics", other_table("r/rows.parquet")),
    Case("model cut short", None, "at r/original is damaged", resealed(cut("r/original.safetensors", 20))),
    Case(
        "description as a list",
        None,
        "at r/unlearned is damaged",
        resealed(content("r/unlearned.json", "[]")),
    ),
    Case(
        "description without end",
        None,
        "at r/original is damaged",
        resealed(content("r/original.json", DEEP)),
    ),
    Case("split as a word", None, "WRONG  split", resealed(content("r/split.json", '"x"'))),
    Case("summary as a list", None, "WRONG  metrics", resealed(content("r/summary.json", "[]"))),
    Case("drawing of no text", None, "WRONG  drawings", resealed(content("r/circuit.txt", b"\xff\xfe\xfd"))),
]


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case.name)
def test_verify_names_what_does_not_match(case: Case, copied: Path) -> None:
    case.prepare(copied)
    before = contents(copied)
    wrong = [f"WRONG  {check.name}: {check.finding}" for check in verify("r") if check.ok is False]
    assert case.says in "\n".join(wrong)
    assert contents(copied) == before
