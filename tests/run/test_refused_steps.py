"""Places, configurations and finished stages that a run cannot use: one sentence, and nothing is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases import Case, check_call
from damage import content, cut, flip, gone, then
from qunlearn.run import pipeline, problem_and_gold
from qunlearn.run.config import from_dict
from qunlearn.run.setup import Setup
from qunlearn.run.toml import read_toml
from tiny_run import SETTINGS

HALF = ("r/unlearned.json", "r/unlearned.safetensors", "r/run.json", "r/report.html")


def run(out: str, *, force: bool = False, **changes: Any) -> Callable[[], object]:
    return lambda: pipeline.run(from_dict({"dataset": "iris", **changes}), out=out, force=force)


def resume() -> None:
    pipeline.run(from_dict({"dataset": "iris", **SETTINGS}), out="r", resume=True)


def unlearn(**changes: Any) -> Callable[[], object]:
    return lambda: pipeline.unlearn("r", force=True, **changes)


CASES = [
    # the configuration file
    Case("folder as configuration", lambda: read_toml("r"), "no configuration file r"),
    Case("not even text", lambda: read_toml("c.toml"), "not valid TOML", content("c.toml", b"a = '\xe4'\n")),
    # the place
    Case("below a file", run("f/g/h"), "f is a file", content("f", "")),
    Case("a very long name", run("x" * 300), "cannot be used"),
    Case("not a run, forced", run("m", force=True), "holds no run", content("m/summary.json", "mine")),
    Case(
        "configuration of something else",
        run("m", force=True),
        "holds no run",
        content("m/config.toml", "dataset = 'iris'\n"),
    ),
    Case("forced with bad input", run("r", force=True, seed=-1), "`seed` must be"),
    # what is there already
    Case("unreadable configuration", resume, "not valid TOML", cut("r/config.toml", 99)),
    Case("changed model", resume, "hash", then(flip("r/original.safetensors"), gone(*HALF))),
    Case("changed split", resume, "split.json is missing or", flip("r/split.json")),
    Case("lost rows", resume, "rows.parquet is missing", gone("r/rows.parquet")),
    Case("damaged record", resume, "run.json is damaged", cut("r/run.json", 50)),
    # unlearning and auditing
    Case("unlearn in no run", lambda: pipeline.unlearn("."), ". holds no run"),
    Case("unlearn no rows", unlearn(forget_ids=[999]), "no row with id 999"),
    Case("unlearn two things", unlearn(forget_class="1", forget_feature="0"), "one thing at a time"),
    Case("unlearn a client", unlearn(forget_client=0), "say how many there are"),
    Case("unlearn no class", unlearn(forget_class="9"), "no class '9'"),
    Case("unlearn with what", unlearn(hyper={"gamma": 1}), "no hyper-parameter gamma"),
    Case("unlearn a damaged run", unlearn(), "not valid TOML", cut("r/config.toml", 99)),
    Case(
        "audit a damaged model",
        lambda: pipeline.audit("r", force=True),
        "hash",
        flip("r/unlearned.safetensors"),
    ),
]


@pytest.fixture(autouse=True)
def no_long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Setup, "train", None)
    monkeypatch.setattr(problem_and_gold, "gold_ensemble", None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_run_cannot_use_is_refused_in_one_sentence(case: Case, copied: Path) -> None:
    check_call(case, copied)
