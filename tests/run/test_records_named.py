"""A run says which records it took, by their ids, wherever it says what it forgot."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from qunlearn.data import ForgetRandom
from qunlearn.records import sha256_file
from qunlearn.run.config import RunConfig
from qunlearn.run.request_spec import RequestSpec
from qunlearn.run.setup import load_data_and_model
from qunlearn.run.verify import verify
from qunlearn.run.write import write_sealed
from tiny_run import invoke

TINY = (
    "--features 2 --qubits 2 --uploads 1 --repetitions 1 --steps 4 --gold 3 --set steps=2 "
    "--test 0.1 --val 0.1"
)


def keyed(folder: Path) -> Path:
    lines = [f"{i + 1},{i % 7},{i * i % 11},{'pqr'[i % 3]}\n" for i in range(60)]
    path = folder / "my.csv"
    path.write_text("id,a,b,y\n" + "".join(lines))
    return path


def test_the_records_of_a_key_are_taken_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = keyed(tmp_path), tmp_path / "run"
    (tmp_path / "cut.csv").write_text("id,a,b,y\n8,0,5,q\n12,4,0,r\n")
    words = f"run {data} --label y --id id --forget-ids {tmp_path / 'cut.csv'} --head {TINY} --out {out}"
    assert invoke(words) == 0
    told = "2 records (id 8, 12)"
    assert told in " ".join(capsys.readouterr().out.split())
    summary = json.loads((out / "summary.json").read_text())
    assert summary["request"] == {"kind": "instances", "what": told, "rows": 2, "ids": [8, 12]}
    assert told in (out / "report.html").read_text()
    split = json.loads((out / "split.json").read_text())
    forgotten = np.array(split["train"])[load_file(out / "evidence.safetensors")["forget_mask"].astype(bool)]
    assert forgotten.tolist() == [7, 11]
    assert {check.finding for check in verify(out)} == {"matches"}

    summary["request"] = {"kind": "instances", "what": "2 rows", "rows": 2}  # as runs wrote it before
    (out / "summary.json").write_text(json.dumps(summary))
    run = json.loads((out / "run.json").read_text())
    run["sha256"]["summary.json"] = sha256_file(out / "summary.json")
    write_sealed(out / "run.json", {key: value for key, value in run.items() if key != "seal"})
    assert {c.name: c.finding for c in verify(out)}["summary"] == "matches"


def test_long_lists_are_cut_short() -> None:
    config = RunConfig("iris", forget_ids=tuple(range(30, 0, -1)))
    iris = load_data_and_model(config).prepared
    said = RequestSpec("ids", config.forget_ids).describe(ForgetRandom(0.1).apply(iris))
    assert said == "30 records (id 1, 2, 3, 4, 5, 6, 7, 8 and 22 more)"
