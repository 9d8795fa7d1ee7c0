"""No byte and no row of a fully audited, certified run changes unnoticed, also by who seals the run anew."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import load_file, save_file

import qunlearn as qu
from qunlearn.records import sha256_file
from qunlearn.results.files import FILES
from qunlearn.run import extra_models, problem_and_gold, role_audit, verify
from qunlearn.run.levels import LEVELS
from qunlearn.run.verify_view import FolderView
from qunlearn.run.write import write_sealed
from tiny_run import SETTINGS

Change = Callable[[Path, np.random.Generator], None]

pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def standard(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(finished_run, tmp_path_factory.mktemp("standard"))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every file that a full audit writes, of fewer models."""
    folder = tmp_path_factory.mktemp("full")
    small = MappingProxyType({**LEVELS, "full": replace(LEVELS["full"], unlearned=9, references=8)})
    with pytest.MonkeyPatch.context() as patch:
        for module in (role_audit, extra_models):
            patch.setattr(module, "LEVELS", small)
        patch.setattr(problem_and_gold, "default_cache", lambda: tmp_path_factory.mktemp("gold"))
        run = qu.run("iris", out=folder / "made", audit="full", **{**SETTINGS, "gold": 8})
    return certified(run, folder)


def certified(run: Path, folder: Path) -> Path:
    """A copy of `run` in `folder` with its deletion record, and the key pair beside it."""
    from qunlearn import record as certificate

    copy = Path(shutil.copytree(run, folder / "run"))
    certificate.new_key(folder / "key.pem")
    certificate.certify(copy, request_id="R-1", key=folder / "key.pem")
    return copy


def noticed(run: Path) -> bool:
    """Whether `qunlearn verify RUN --public-key KEY` finds something by hashes and signature alone."""
    from qunlearn import record as certificate

    view = FolderView(run)
    checks = [verify.attempt(name, verify.CHECKS[name], view) for name in ("seal", "files")]
    return not all(check.ok for check in checks) or bool(
        certificate.differences(run, run.parent / "key.pem.pub")
    )


def one_bit(file: Path, rng: np.random.Generator) -> None:
    content = bytearray(file.read_bytes())
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    file.write_bytes(bytes(content))


def table_row(file: Path, rng: np.random.Generator) -> None:
    """One line of a Parquet file dropped, given twice, or with another number in it."""
    table = parquet.read_table(file)
    lines = table.to_pylist()
    at, what = int(rng.integers(len(lines))), rng.integers(3)
    if what == 0:
        lines[at:at] = [dict(lines[at])]
    elif what == 1:
        lines.pop(at)
    else:
        lines[at]["value"] = (lines[at]["value"] or 0.0) + float(rng.normal())
    parquet.write_table(pa.Table.from_pylist(lines, table.schema), file)


def array_row(file: Path, rng: np.random.Generator) -> None:
    """One row of one array with other numbers."""
    arrays = load_file(file)
    name = rng.choice(sorted(name for name, array in arrays.items() if array.size))
    array = arrays[name].copy()
    at = int(rng.integers(len(array)))
    array[at] = ~array[at] if array.dtype == bool else array[at] + 1
    save_file({**arrays, name: array}, file)


ROWS = {".parquet": table_row, ".safetensors": array_row}


def changes(run: Path, n: int) -> Iterator[tuple[Path, Change]]:
    """Single bits in every file in turn, and single rows in every file that has rows."""
    files = sorted(run.iterdir())
    rows = [file for file in files if file.suffix in ROWS]
    for i in range(n // 2):
        yield files[i % len(files)], one_bit
        row = rows[i % len(rows)]
        yield row, ROWS[row.suffix]


def reseal(run: Path) -> None:
    """Every hash taken anew: what someone does who knows how `run.json` is made, but has no key."""
    told = json.loads((run / "run.json").read_text())
    told.pop("seal")
    told["sha256"] = {name: sha256_file(run / name) for name in told["sha256"]}
    write_sealed(run / "run.json", told)


def unnoticed(run: Path, n: int, *, sealed_anew: bool) -> list[str]:
    """The changes, of n, that verification does not notice; every one is undone."""
    rng, missed = np.random.default_rng(n), []
    told = (run / "run.json").read_bytes()
    for file, change in changes(run, n):
        before = file.read_bytes()
        change(file, rng)
        assert file.read_bytes() != before
        if sealed_anew and file.name in FILES and file.name != "run.json":
            reseal(run)
        if not noticed(run):
            missed.append(f"{change.__name__} in {file.name}")
        (run / "run.json").write_bytes(told)
        file.write_bytes(before)
    return missed


def test_an_intact_run_has_nothing_to_notice(standard: Path) -> None:
    assert not noticed(standard)
    assert {"deletion-record.json", "deletion-record.secret"} <= {file.name for file in standard.iterdir()}


def test_every_change_is_noticed(standard: Path) -> None:
    assert unnoticed(standard, 240, sealed_anew=False) == []


@pytest.mark.slow
def test_every_change_that_was_sealed_anew_is_noticed(standard: Path) -> None:
    assert unnoticed(standard, 120, sealed_anew=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("sealed_anew", [False, True])
def test_every_change_of_a_full_audit_is_noticed(full: Path, sealed_anew: bool) -> None:
    assert not noticed(full)
    assert {"attacks.json", "quantum.json"} <= {file.name for file in full.iterdir()}
    assert "references_p" in load_file(full / "evidence.safetensors")
    assert unnoticed(full, 400, sealed_anew=sealed_anew) == []
