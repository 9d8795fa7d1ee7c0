"""A whole tiny run for every kind of request, and requests one after the other."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import qunlearn as qu
from qunlearn.data import load_dataset
from qunlearn.data.requests import KINDS
from qunlearn.model.probabilities import probabilities
from qunlearn.run import pipeline, stages
from qunlearn.run.config import as_config
from qunlearn.run.setup import load_data_and_model
from qunlearn.run.verify import verify
from qunlearn.train import load_model
from qunlearn.train.history import load_history
from tiny_run import contents, invoke

TINY: dict[str, Any] = {
    "gold": 3,
    "audit": "quick",
    "method": "distribution_guided",
    "hyper": {"steps": 2},
    "data": {"n_features": 3},
    "model": {"n_qubits": 3, "uploads": 1, "repetitions": 1},
    "training": {"steps": 4, "learning_rate": 0.3},
}
FEDERATED = {"clients": 3, "local_steps": 2}
IDS = [
    int(i) for i in load_data_and_model(qu.RunConfig("iris")).split.train[3:93:9]
]  # as many as a random tenth
ASKED: dict[str, dict[str, Any]] = {
    "ids": {"forget_ids": IDS},
    "random": {"forget_random": 0.1},
    "poisoned": {"forget_poisoned": True, "data": {"n_features": 3, "poison": "flip:0.105"}},
    "feature": {"forget_feature": "petal width (cm)"},
    "client": {"forget_client": 1, "federated": FEDERATED},
}
ROWS = {"ids": 10, "random": 10, "poisoned": 10, "feature": 96, "client": 32}


def summary_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "summary.json").read_text())


@pytest.mark.parametrize(
    "word", [pytest.param(w, marks=pytest.mark.slow) if w != "client" else w for w in ASKED]
)
def test_a_whole_run(word: str, tmp_path: Path) -> None:
    folder = qu.run("iris", out=tmp_path / "run", **{**TINY, **ASKED[word]})
    summary, arrays = summary_of(folder), load_file(folder / "evidence.safetensors")
    assert summary["request"]["kind"] in KINDS
    assert summary["request"]["rows"] == arrays["forget_mask"].sum() == ROWS[word]
    assert summary["forget_class"] is summary["forget_index"] is None
    forget = arrays["forget_audit"]
    assert forget.tolist() == [False] * 30 + [True] * ROWS[word]
    y, p = arrays["y_audit"], arrays["p_unlearned"]
    right = p.argmax(1) == y
    for model in ("original", "unlearned", "gold"):
        assert summary[model]["forget_recall"] is summary[model]["forget_probability_forget"] is None
    assert summary["unlearned"]["forget_accuracy"] == pytest.approx(right[forget].mean())
    assert summary["unlearned"]["retain_accuracy"] == pytest.approx(right[~forget].mean())
    assert all(check.ok for check in verify(folder)), verify(folder)
    assert "forgotten class" not in summary["spread"]["sentence"]
    _check_rows(word, arrays)
    assert (folder / "history.safetensors").is_file() == (word == "client")


def _check_rows(word: str, arrays: dict[str, np.ndarray]) -> None:
    """The audited samples of the request, against the raw data."""
    forget, raw = arrays["forget_audit"], load_dataset("iris")
    x, y = arrays["x_audit"][forget], arrays["y_audit"][forget]
    np.testing.assert_array_equal(x, arrays["x_train"][arrays["forget_mask"]])
    trained = arrays["y_train"][arrays["forget_mask"]]
    if word == "ids":
        assert y.tolist() == raw.y[IDS].tolist()
    if word == "poisoned":
        assert (y != trained).all()
    else:
        np.testing.assert_array_equal(y, trained)
    if word == "feature":
        assert not np.allclose(arrays["x_audit"][~forget], arrays["x_test"])


@pytest.mark.slow
def test_a_sequence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {**TINY, "forget_random": 0.1, "then": ["class=setosa"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "audit", _stop_at("step-2"))
        with pytest.raises(Stop):
            qu.run("iris", out=tmp_path / "s", **settings)
    before = contents(tmp_path / "s" / "step-1")
    folder = qu.run("iris", out=tmp_path / "s", resume=True, **settings)
    steps = [folder / f"step-{i}" for i in (1, 2)]
    assert {k: v for k, v in contents(steps[0]).items() if k not in ("report.html", "run.json")} == {
        k: v for k, v in before.items() if k not in ("report.html", "run.json")
    }
    arrays = [load_file(step / "evidence.safetensors") for step in steps]
    for one, following in pairwise(arrays):
        np.testing.assert_array_equal(following["original"], one["unlearned"])
        assert len(following["y_train"]) == (~one["forget_mask"]).sum()
    assert not np.array_equal(arrays[0]["gold"], arrays[1]["gold"])
    assert summary_of(steps[1])["forget_class"] == "setosa"
    assert all(check.ok for step in steps for check in verify(step))
    told = json.loads((folder / "sequence.json").read_text())["steps"]
    assert [[e["step"] for e in step["earlier"]] for step in told] == [[], [1]]
    _check_look_back(told[1]["earlier"][0], arrays[0], arrays[1], steps[1])
    _check_commands(folder, tmp_path, capsys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "train", _stop)
        (folder / "step-2" / "notes.txt").write_text("mine")
        with pytest.raises(Stop):
            qu.run("iris", out=folder, force=True, **settings)
    assert set(contents(folder)) == {"config.toml", "step-2", "step-2/notes.txt"}


def _stop(*_: Any) -> None:
    raise Stop


def _check_look_back(told: dict[str, Any], first: dict, second: dict, step: Path) -> None:
    """Accuracy of the second step's models on the rows that the first one forgot."""
    model, params, _ = load_model(step / "unlearned")
    rows = first["forget_audit"]
    x, y = first["x_audit"][rows], first["y_audit"][rows]

    def accuracy(params: np.ndarray) -> float:
        return float((np.asarray(probabilities(model, params, x)).argmax(1) == y).mean())

    assert told["forget_accuracy"]["unlearned"] == pytest.approx(accuracy(params))
    gold = [accuracy(p) for p in second["gold"]]
    assert told["forget_accuracy"]["gold"] == pytest.approx(np.mean(gold))
    assert told["forget_accuracy"]["gold_stderr"] == pytest.approx(np.std(gold, ddof=1) / np.sqrt(3))


def _check_commands(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the command line says about a sequence and its steps."""
    commands = [json.loads((folder / f"step-{i}" / "run.json").read_text())["command"] for i in (1, 2)]
    assert "--forget-random 0.1" in commands[0]
    assert "--then" not in commands[0]
    assert commands[1] == "qunlearn run --config s/config.toml --out s-again"
    capsys.readouterr()
    assert invoke(f"run --config {folder / 'config.toml'} --out {folder} --resume") == 0
    shown = capsys.readouterr().out
    assert "2 requests one after the other" in shown
    assert "sequence.md" in shown
    for words, says in (
        (f"audit {folder}", "holds a sequence of requests: give one of its steps"),
        (
            f"run --config {folder}/step-2/config.toml --out {out / 'x'}",
            "`after` belongs to one step",
        ),
        (f"train iris --then class=setosa --out {out / 'x'}", "`then` lists requests that follow"),
    ):
        assert invoke(words) == 2
        assert says in capsys.readouterr().err
    assert not (out / "x").exists()


@pytest.mark.slow
def test_a_federation_forgets_three_times(tmp_path: Path) -> None:
    settings = {**TINY, "federated": FEDERATED, "forget_random": 0.1, "then": ["client=0", "class=setosa"]}
    folder = qu.run("iris", out=tmp_path / "s", **settings)
    steps = [folder / f"step-{i}" for i in (1, 2, 3)]
    assert len(load_history(steps[0] / "history.safetensors").start) == 2
    assert not (steps[1] / "history.safetensors").exists()
    told = json.loads((folder / "sequence.json").read_text())["steps"]
    assert [[e["step"] for e in step["earlier"]] for step in told] == [[], [1], [1, 2]]
    words = [step["what"].split(" (")[0] for step in told]
    assert words == ["10 rows drawn at random", "client 0", "class “setosa”"]
    assert all(check.ok for step in steps for check in verify(step))


class Stop(Exception):
    pass


def _stop_at(name: str) -> Any:
    real = stages.audit

    def audit(setup: Any, folder: Any, *args: Any) -> Any:
        if folder.path.name == name:
            raise Stop
        return real(setup, folder, *args)

    return audit


@pytest.mark.slow
def test_another_request_for_a_trained_model(tmp_path: Path) -> None:
    folder = pipeline.train(as_config("iris", {**TINY, "forget_random": 0.1}), out=tmp_path / "run")
    pipeline.unlearn(folder, forget_class="0")
    assert qu.RunConfig("iris", forget_class="setosa").forget_class in (folder / "config.toml").read_text()
    pipeline.unlearn(folder, forget_feature=1, force=True)
    config = (folder / "config.toml").read_text()
    assert 'forget_feature = "sepal width (cm)"' in config
    assert "forget_class" not in config
    assert "forget_random" not in config
