"""What a run leaves behind: metric rows, JSON, hashes and provenance, written whole or not at all."""

import hashlib
import io
import json
import math
import os
import platform
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qunlearn._errors import fail, require, require_one_of
from qunlearn._types import JsonObject

if TYPE_CHECKING:
    import pyarrow as pa

MODELS = ("original", "unlearned", "gold", "gold_gold")

PACKAGES = (
    "qunlearn",
    "jax",
    "jaxlib",
    "numpy",
    "optax",
    "pyarrow",
    "safetensors",
    "scikit-learn",
    "scipy",
    "pennylane",
    "qiskit",
)


@dataclass(frozen=True)
class Row:
    """One metric of one model (or ensemble) on one split: a row of `rows.parquet`.

    `value` is None where the metric is undefined, and then `reason` says why. `stderr` is one standard error.
    `gap` is the distance from gold, `null_low` and `null_high` the 2.5 and 97.5 % quantiles of gold against
    gold. `n` is how many samples or models `stderr` is over. Numbers are finite: NaN and infinity are
    refused.
    """

    model: str
    split: str
    metric: str
    value: float | None
    stderr: float | None
    n: int
    gap: float | None
    null_low: float | None
    null_high: float | None
    target: str
    unit: str
    source: str
    reason: str | None = None

    def __post_init__(self) -> None:
        require_one_of("model", self.model, MODELS)
        for name in ("value", "stderr", "gap", "null_low", "null_high"):
            number = getattr(self, name)
            require(
                number is None or math.isfinite(number),
                f"`{name}` of metric {self.metric} must be finite or None, but is {number}",
            )
        require(
            (self.value is None) == (self.reason is not None),
            f"metric {self.metric} must have either a `value` or a `reason` for having none",
        )


# pyarrow takes long to import, so the schema is made of names and built where it is used.
_TYPES = {field.name: "string" for field in fields(Row)} | {
    "n": "int64",
    **dict.fromkeys(("value", "stderr", "gap", "null_low", "null_high"), "float64"),
}
_NULLABLE = ("value", "stderr", "gap", "null_low", "null_high", "reason")


def _schema() -> "pa.Schema":
    return schema(_TYPES, _NULLABLE)


def schema(types: Mapping[str, str], nullable: Collection[str] | None = None) -> "pa.Schema":
    """The columns of a Parquet file: `types` by name as pyarrow spells them; None stands only in `nullable`
    ones, by default in all.
    """
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(name, pa.type_for_alias(kind), nullable is None or name in nullable)
            for name, kind in types.items()
        ]
    )


def write_parquet(path: Path, lines: Iterable[JsonObject], columns: "pa.Schema | None" = None) -> None:
    """Write one row for every dictionary; without `columns` they are found from the values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(line) for line in lines], schema=columns), buffer)
    write_atomic(path, buffer.getvalue())


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as Parquet, one column per field of `Row`."""
    write_parquet(path, [asdict(row) for row in rows], _schema())


def read_rows(path: Path) -> list[Row]:
    """Rows that `write_rows` wrote. Raises `InputError` for a missing file or one with other columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    require(path.is_file(), f"there is no file {path}")
    try:
        table = pq.ParquetFile(io.BytesIO(path.read_bytes())).read()
    except pa.ArrowInvalid:
        fail(f"{path} is not a readable Parquet file; make it again with `qunlearn audit`")
    require(
        table.schema.equals(_schema()),
        f"{path} must have the columns of `Row` ({', '.join(_TYPES)}) with their types, "
        f"but has {', '.join(table.column_names)}",
    )
    return [Row(**row) for row in table.to_pylist()]


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all; an older one stays until then. Text becomes UTF-8."""
    require(path.parent.is_dir(), f"cannot write {path.name}: there is no folder {path.parent}")
    content = data.encode() if isinstance(data, str) else data
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with scratch.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys. NumPy numbers and arrays become plain; NaN and infinity are refused."""
    try:
        write_atomic(path, json_text(content))
    except ValueError as error:
        fail(f"cannot write {path.name}: {error}; store a missing value as null")


def parse_json(text: bytes | str) -> Any:
    """What the JSON `text` says; `ValueError` where it is none, or is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_text(content: object) -> str:
    """The one spelling of `content` that `write_json` writes; `ValueError` for NaN and infinity."""
    text = json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
    return text + "\n"


def seal_of(content: JsonObject) -> str:
    """SHA-256 of the text of a JSON file as it would be without its key `seal`, which holds this hash."""
    bare = json_text({key: value for key, value in content.items() if key != "seal"})
    return hashlib.sha256(bare.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_arrays(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of named arrays, in hexadecimal: of names, types, shapes and values.

    Neither the order of the mapping nor the memory layout or byte order of an array matters.
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        require(not array.dtype.hasobject, f"cannot hash array `{name}`, which holds Python objects")
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode() + b"\n")
        digest.update(array.tobytes())
    return digest.hexdigest()


def manifest(folder: Path, leave_out: Iterable[str] = ()) -> dict[str, str]:
    """SHA-256 of every file under `folder` but those in `leave_out`, by relative path with `/`, sorted."""
    require(folder.is_dir(), f"there is no folder {folder}")
    skipped = set(leave_out)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: sha256_file(files[name]) for name in sorted(files) if name not in skipped}


def provenance() -> JsonObject:
    """Where numbers come from: versions of installed `PACKAGES`, Python, system, processors, time in UTC.

    Holds no host name, user name or path, and imports none of the packages.
    """
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": {name: version for name in PACKAGES if (version := _version(name)) is not None},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
