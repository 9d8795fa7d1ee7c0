"""Unfinished and damaged folders: one sentence that names the file and the remedy; nothing is written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import load_file, save_file

from qunlearn import report
from qunlearn._errors import InputError
from report.synthetic_run import seal

Copy = Callable[[], Path]
NEEDED = (
    "summary.json",
    "config.toml",
    "evidence.safetensors",
    "rows.parquet",
    "trace.parquet",
    "circuit.txt",
    "circuit.svg",
)


def refuse(folder: Path, match: str, what: Callable[[Path], Any] = report.write) -> None:
    with pytest.raises(InputError, match=match) as caught:
        what(folder)
    assert "\n" not in str(caught.value)
    assert not (folder / "report.html").exists()


def edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change `summary.json` and seal the folder again."""
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    change(summary)
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    seal(folder)


def rearrange(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the arrays of `evidence.safetensors` and seal the folder again."""
    arrays = load_file(folder / "evidence.safetensors")
    change(arrays)
    save_file(arrays, folder / "evidence.safetensors")
    seal(folder)


@pytest.mark.parametrize("what", [report.write, report.markdown, report.table])
def test_no_folder(tmp_path: Path, what: Callable[[Path], Any]) -> None:
    refuse(tmp_path / "none", "there is no run folder .*none.*qunlearn run", what)


def test_unfinished_run(copy: Copy) -> None:
    folder = copy()
    (folder / "run.json").unlink()
    refuse(folder, "no finished run.*run.json.*--resume")


@pytest.mark.parametrize("name", NEEDED)
def test_missing_file(copy: Copy, name: str) -> None:
    folder = copy()
    (folder / name).unlink()
    refuse(folder, f"{name}` is missing: restore it .*--force")


@pytest.mark.parametrize("name", NEEDED)
def test_changed_file(copy: Copy, name: str) -> None:
    folder = copy()
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    refuse(folder, f"{name}` was changed after the run")


@pytest.mark.parametrize("name", [name for name in NEEDED if name != "config.toml" and name != "circuit.txt"])
def test_unreadable_file(copy: Copy, name: str) -> None:
    folder = copy()
    (folder / name).write_bytes(b"{ nonsense")
    seal(folder)
    refuse(folder, f"{name}.* (cannot be read|is not a readable)")


def test_text_that_is_no_text(copy: Copy) -> None:
    folder = copy()
    (folder / "config.toml").write_bytes(b"\xff\xfe")
    seal(folder)
    refuse(folder, "config.toml` cannot be read")


def test_list_instead_of_object(copy: Copy) -> None:
    folder = copy()
    (folder / "run.json").write_text("[]", encoding="utf-8")
    refuse(folder, "run.json` must hold a JSON object")


def test_record_without_hashes(copy: Copy) -> None:
    folder = copy()
    (folder / "run.json").write_text("{}", encoding="utf-8")
    refuse(folder, "run.json` lacks the table `sha256`")


@pytest.mark.parametrize("key", ["verdict", "gold_gold", "cost", "class_names", "forget_index"])
def test_summary_without_a_key(copy: Copy, key: str) -> None:
    folder = copy()
    edit(folder, lambda summary: summary.pop(key))
    refuse(folder, f"summary.json` lacks `{key}`")
    refuse(folder, f"summary.json` lacks `{key}`", report.table)


@pytest.mark.parametrize("index", [-1, 3, "2"])
def test_forgotten_class_that_does_not_exist(copy: Copy, index: object) -> None:
    folder = copy()
    edit(folder, lambda summary: summary.update(forget_index=index))
    refuse(folder, r"`forget_index` .* must be in 0..2, but is")


def test_evidence_without_an_array(copy: Copy) -> None:
    folder = copy()
    rearrange(folder, lambda arrays: arrays.pop("p_gold"))
    refuse(folder, "evidence.safetensors` lacks `p_gold`")


def test_evidence_of_other_shape(copy: Copy) -> None:
    folder = copy()
    rearrange(folder, lambda arrays: arrays.update(p_unlearned=arrays["p_unlearned"][:-1].copy()))
    refuse(folder, r"with 90 labels and 3 classes, but are .*\(89, 3\)")


def test_evidence_without_the_forgotten_class(copy: Copy) -> None:
    folder = copy()
    rearrange(folder, lambda arrays: arrays.update(forget_audit=arrays["y_audit"] > 5))
    refuse(folder, "`forget_audit` .* must mark samples of the request among others")
    rearrange(folder, lambda arrays: arrays.update(forget_audit=arrays["y_audit"] == 1))
    refuse(folder, "`forget_audit` .* must mark exactly the samples of the forgotten class")


@pytest.mark.parametrize("request_", [{}, {"kind": "planet", "what": "x"}, {"kind": "class"}])
def test_request_that_a_report_has_no_words_for(copy: Copy, request_: dict[str, str]) -> None:
    folder = copy()
    edit(folder, lambda summary: summary.update(request=request_))
    refuse(folder, "`request` in .* must have `what` and a `kind`, one of class, instances, feature, client")


def test_trace_without_a_column(copy: Copy) -> None:
    folder = copy()
    parquet.write_table(pa.table({"phase": ["train"], "step": [1]}), folder / "trace.parquet")
    seal(folder)
    refuse(folder, "trace.parquet` lacks the column `quantity, value`")
