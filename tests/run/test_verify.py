"""A run folder checks itself: intact folders pass, and no byte and no row of one can change unnoticed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from safetensors.numpy import load_file, save_file

from qunlearn._errors import InputError
from qunlearn.records import sha256_file, write_json
from qunlearn.run import verify_view
from qunlearn.run.verify import attempt, verify
from qunlearn.run.verify_checks import CHECKS
from qunlearn.run.verify_view import FolderView
from qunlearn.run.write import write_sealed
from qunlearn.train import save_model
from tiny_run import invoke


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def wrong(folder: Path, *names: str) -> set[str]:
    """Which of the named checks find something."""
    view = FolderView(folder)
    return {name for name in names if attempt(name, CHECKS[name], view).ok is False}


def reseal(folder: Path) -> None:
    """What someone would do who changes a file and knows how `run.json` is made."""
    content = json.loads((folder / "run.json").read_text())
    content.pop("seal")
    content["sha256"] = {name: sha256_file(folder / name) for name in content["sha256"]}
    write_sealed(folder / "run.json", content)


def test_an_intact_run_matches_in_everything(run: Path) -> None:
    checks = verify(run)
    assert [check.name for check in checks] == list(CHECKS)
    assert {check.finding for check in checks} == {"matches"}


def change_row(folder: Path) -> None:
    table = parquet.read_table(folder / "rows.parquet")
    lines = table.to_pylist()
    line = next(r for r in lines if r["model"] == "unlearned" and r["metric"] == "forget_recall")
    line["value"] += 0.05
    parquet.write_table(type(table).from_pylist(lines, table.schema), folder / "rows.parquet")


def drop_row(folder: Path) -> None:
    table = parquet.read_table(folder / "rows.parquet")
    parquet.write_table(table.slice(1), folder / "rows.parquet")


def change_array(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        arrays = load_file(folder / "evidence.safetensors")
        values = arrays[name].astype(float) if arrays[name].dtype == float else arrays[name]
        values = values.copy()
        values[-1] = values[-1] + 0.01 if values.dtype == float else ~values[-1]
        arrays[name] = values
        save_file(arrays, folder / "evidence.safetensors")

    return change


def change_json(name: str, edit: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        edit(content)
        write_json(folder / name, content)

    return change


def other_model(folder: Path) -> None:
    from qunlearn.train import load_model

    model, params, told = load_model(folder / "unlearned")
    extra = {k: v for k, v in told.items() if k not in ("architecture", "provenance", "sha256")}
    save_model(folder / "unlearned", model, params + 0.1, extra)


SUBTLE = {
    "a metric": (change_row, "metrics"),
    "a metric less": (drop_row, "metrics"),
    "probabilities": (change_array("p_unlearned"), "probabilities"),
    "parameters of a gold model": (change_array("gold"), "probabilities"),
    "an audited sample": (change_array("x_audit"), "data"),
    "a training sample": (change_array("x_train"), "data"),
    "who was forgotten": (change_array("forget_mask"), "data"),
    "another model": (other_model, "models"),
    "a headline": (
        change_json("summary.json", lambda s: s["unlearned"].update(forget_recall=0.0)),
        "summary",
    ),
    "the verdict": (change_json("summary.json", lambda s: s["verdict"].update(decision="PASS")), "summary"),
    "the cost": (change_json("summary.json", lambda s: s["cost"]["retrain"].update(circuits=1)), "summary"),
    "the split": (change_json("split.json", lambda s: s["test"].pop()), "split"),
    "the drawing": (lambda folder: (folder / "circuit.txt").write_text("q0: ─\n"), "drawings"),
    "the page": (lambda folder: (folder / "report.html").write_text("PASS"), "report"),
}


@pytest.mark.parametrize("change", SUBTLE)
def test_a_change_that_was_sealed_anew_is_found_by_what_it_contradicts(change: str, run: Path) -> None:
    edit, check = SUBTLE[change]
    edit(run)
    reseal(run)
    assert wrong(run, "seal", "files", check) == {check}


def test_files_missing_or_added_are_named(run: Path) -> None:
    (run / "trace.parquet").unlink()
    files = next(check for check in verify(run) if check.name == "files")
    assert files.finding == "trace.parquet is missing"


@pytest.fixture
def without_its_data(run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run, its data file away."""

    def gone(config: object) -> None:
        raise InputError("there is no file my.csv")

    monkeypatch.setattr(verify_view, "set_up", gone)
    monkeypatch.setattr(verify_view, "data_are_away", lambda config: True)
    return run


def test_without_the_data_the_verdict_is_still_checked(without_its_data: Path, capsys) -> None:
    checks = {check.name: check for check in verify(without_its_data)}
    assert {name for name, check in checks.items() if check.ok is None} == {"data", "roles", "summary"}
    assert checks["data"].finding == "not checked: there is no file my.csv"
    assert all(check.ok for check in checks.values() if check.ok is not None)
    assert invoke(["verify", str(without_its_data)]) == 3
    assert "not everything could be checked: data, roles, summary; the rest" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["verdict.json", "summary.json"])
def test_a_forged_word_is_found_without_the_data(name: str, without_its_data: Path) -> None:
    forged = {
        "verdict.json": {"verdict": "PASS"},
        "summary.json": {"verdict": {"decision": "PASS", "because": ""}},
    }
    change_json(name, lambda content: content.update(forged[name]))(without_its_data)
    reseal(without_its_data)
    found = {check.name for check in verify(without_its_data) if check.ok is False}
    assert found == {name.removesuffix(".json"), "report"}


def test_a_configuration_that_cannot_be_resolved_does_not_match(run: Path) -> None:
    text = (run / "config.toml").read_text().replace('forget_class = "virginica"', 'forget_class = "rose"')
    (run / "config.toml").write_text(text)
    reseal(run)
    assert "data" in wrong(run, "data")


def test_what_is_no_finished_run_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no run folder"):
        verify(tmp_path / "none")
    (run / "run.json").unlink()
    with pytest.raises(InputError, match="no finished run"):
        verify(run)


@pytest.mark.slow
def test_commands_sign_and_check(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cryptography")
    key, record = tmp_path / "key.pem", run / "deletion-record.json"
    assert invoke(["new-key", str(key)]) == 0
    assert invoke(["certify", str(run), "--request-id", "R-1", "--key", str(key)]) == 0
    assert invoke(["verify", str(run), "--public-key", f"{key}.pub"]) == 0
    assert invoke(["verify", str(record), "--public-key", f"{key}.pub"]) == 0
    assert "request R-1" in capsys.readouterr().out
    (run / "unlearned.safetensors").write_bytes(b"other")
    assert invoke(["verify", str(run), "--public-key", f"{key}.pub"]) == 1
    assert "the record is about other files" in capsys.readouterr().out
    assert invoke(["certify", str(run), "--request-id", "R-1", "--key", str(key), "--force"]) == 2
    assert "does not verify" in capsys.readouterr().err
    assert invoke(["verify", str(record)]) == 2
