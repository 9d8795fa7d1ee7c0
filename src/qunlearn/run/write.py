"""The files of a run that hold numbers, and `run.json`, which seals them. Nothing here needs JAX."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qunlearn.circuit.circuit import Circuit
from qunlearn.data import ForgetSplit
from qunlearn.metrics.roles import role_codes
from qunlearn.records import (
    Row,
    provenance,
    schema,
    seal_of,
    sha256_file,
    write_atomic,
    write_json,
    write_parquet,
    write_rows,
)
from qunlearn.results.files import FILES, OPTIONAL
from qunlearn.results.former_formats import FORMAT

if TYPE_CHECKING:
    from qunlearn.run.role_audit import RoleAudit


def write_evidence(
    folder: Path,
    request: ForgetSplit,
    models: Mapping[str, np.ndarray],
    p: Mapping[str, np.ndarray],
    deep: "RoleAudit",
) -> None:
    """Write `evidence.safetensors`: inputs and labels, which rows the request is about, parameters of
    `models`, class probabilities `p` on the audited samples, and those of `deep` on all rows with their
    roles.
    """
    from safetensors.numpy import save

    arrays: dict[str, np.ndarray] = {
        f"{a}_{part}": getattr(request.prepared, f"{a}_{part}")
        for part in ("train", "val", "test")
        for a in "xy"
    }
    arrays["forget_mask"] = request.forget_mask
    arrays |= {f"{name}_audit": values for name, values in request.evaluation._asdict().items()}
    arrays |= {name: np.asarray(value, np.float64) for name, value in models.items()}
    arrays |= {f"p_{name}": value for name, value in p.items()}
    arrays |= {"x_roles": deep.rows.x, "y_roles": deep.rows.y, "roles": role_codes(deep.rows.roles)}
    arrays |= {f"roles_p_{name}": value for name, value in deep.p.items()}
    if deep.ensemble is not None:
        arrays["unlearned_models"] = deep.ensemble
    if deep.references is not None:
        arrays |= {"references_p": deep.references.p, "references_member": deep.references.member}
    content = save({k: np.ascontiguousarray(v) for k, v in arrays.items()})
    write_atomic(folder / "evidence.safetensors", content)


def write_role_audit(folder: Path, deep: "RoleAudit") -> None:
    """Write the files of `deep`."""
    for name, content in deep.files().items():
        write_json(folder / name, content)


def write_results(folder: Path, rows: Iterable[Row], summary: Mapping[str, Any], circuit: Circuit) -> None:
    """Write `rows.parquet`, `summary.json` and the drawings of the circuit."""
    from qunlearn.circuit import draw

    write_rows(folder / "rows.parquet", rows)
    write_json(folder / "summary.json", summary)
    write_atomic(folder / "circuit.txt", draw.text(circuit, width=120) + "\n")
    draw.picture(circuit, folder / "circuit.svg")


def write_trace(folder: Path, phase: str, curves: Mapping[str, np.ndarray]) -> None:
    """Write the curves of `phase` to `trace.parquet` (phase, step, quantity, value), in place of older ones.

    Steps count from 1; steps at which nothing was measured (NaN) are left out.
    """
    from pyarrow import parquet

    path = folder / "trace.parquet"
    lines = [r for r in parquet.read_table(path).to_pylist() if r["phase"] != phase] if path.is_file() else []
    for quantity, values in curves.items():
        lines += [
            {"phase": phase, "step": i + 1, "quantity": quantity, "value": float(v)}
            for i, v in enumerate(values)
            if np.isfinite(v)
        ]
    columns = {"phase": "string", "step": "int64", "quantity": "string", "value": "float64"}
    write_parquet(path, lines, schema(columns))


def write_run(folder: Path, **details: Any) -> None:
    """Write `run.json`, the mark of a finished run: format, `details`, versions, machine, and the hash of
    every other file.
    """
    made = provenance()
    versions = {"python": made["python"], **made["packages"]}
    machine = {name: made[name] for name in ("system", "machine", "processors")}
    content = {
        "format": FORMAT,
        **details,
        "versions": versions,
        "machine": machine,
        "sha256": _hashes(folder),
    }
    write_sealed(folder / "run.json", content)


def seal_report(folder: Path) -> None:
    """Add the hash of `report.html` to `run.json`, and leave the rest of it alone."""
    path = folder / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    run["sha256"]["report.html"] = sha256_file(folder / "report.html")
    write_sealed(path, run)


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` with its own hash as `seal`, so that no byte of the file can change unnoticed."""
    write_json(path, {**content, "seal": seal_of(content)})


def _hashes(folder: Path) -> dict[str, str]:
    every = (*FILES, *(name for names in OPTIONAL.values() for name in names))
    names = sorted(name for name in every if name != "run.json" and (folder / name).is_file())
    return {name: sha256_file(folder / name) for name in names}
