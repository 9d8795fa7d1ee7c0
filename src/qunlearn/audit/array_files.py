"""Reading the arrays of an audit from files.

Layouts, with K classes, n samples, U unlearned and G gold models:

NumPy folder: `labels.npy` (n,), `roles.npy` (n,) of words, `original.npy` (n, K), `unlearned.npy` (U, n, K)
or (n, K), `gold.npy` (G, n, K). Optional: `untrained.npy` (I, n, K); `ids.npy` (n,), and `ids_original.npy`,
`ids_unlearned.npy`, `ids_gold.npy`, which must then be the same.

safetensors file, or a folder with `probabilities.safetensors`: tensors of the same names, roles as whole
numbers (0 forget, 1 retain, 2 test, 3 holdout), ids as whole numbers.

Parquet file, or a folder with `probabilities.parquet`: one line for every model and sample, with the columns
`model` (original, unlearned, gold, untrained), `number` (0, 1, ... among models of that kind), `id`, `label`,
`role`, `p_0`, ..., `p_K-1`. Lines in any order; every model must have every id.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Int

from qunlearn._errors import fail, require
from qunlearn.audit.arrays import AuditArrays
from qunlearn.metrics.roles import ROLES, roles_of

KINDS = ("original", "unlearned", "gold", "untrained")
NEEDED = ("labels", "roles", "original", "unlearned", "gold")


def read_arrays(path: Path | str) -> AuditArrays:
    """Arrays from a file or folder of one of the layouts above. Nothing pickled is ever loaded."""
    path = Path(path)
    require(path.exists(), f"there is no file or folder {path}")
    if path.is_file():
        found = path
    else:
        found = next((f for f in (path / f"probabilities{end}" for end in _READERS) if f.is_file()), path)
    if found.is_dir():
        return _from_mapping(_read_numpy(found), found)
    require(
        found.suffix in _READERS,
        f"{found} must be a folder of .npy files, or end in {' or '.join(_READERS)}",
    )
    return _READERS[found.suffix](found)


def _read_numpy(folder: Path) -> dict[str, np.ndarray]:
    names = {*NEEDED, "untrained", "ids", *(f"ids_{kind}" for kind in KINDS)}
    return {
        name: _load(folder / f"{name}.npy") for name in sorted(names) if (folder / f"{name}.npy").is_file()
    }


def _load(file: Path) -> np.ndarray:
    try:
        with file.open("rb") as stream:
            array = np.load(stream, allow_pickle=False)
    except Exception:  # a damaged header can raise anything: MemoryError, TokenError, BadZipFile, ...
        fail(f"{file} is no plain NumPy array (pickled objects are never loaded): write it with `numpy.save`")
    if not isinstance(array, np.ndarray):
        array.close()
        fail(f"{file} is an archive: save one array a file with `numpy.save`")
    return array


def _from_mapping(arrays: Mapping[str, np.ndarray], where: Path) -> AuditArrays:
    missing = [name for name in NEEDED if name not in arrays]
    require(
        not missing,
        f"{where} lacks {', '.join(missing)}: it must hold {', '.join(NEEDED)}, or be one Parquet or "
        "safetensors file",
    )
    for kind in KINDS:
        _check_ids(kind, arrays.get(f"ids_{kind}"), arrays.get("ids"))
    optional = {name: arrays[name] for name in ("untrained", "ids") if name in arrays}
    return AuditArrays(*(arrays[name] for name in NEEDED), **optional)


def _check_ids(kind: str, own: np.ndarray | None, common: np.ndarray | None) -> None:
    if own is None:
        return
    if common is None:
        fail(f"ids_{kind}: there are no ids to compare them with: add `ids`")
    require(
        own.shape == common.shape and own.ndim == 1,
        f"ids_{kind}: must be the ids of the {common.size} samples, but have shape {own.shape}",
    )
    wrong = np.flatnonzero(own != common)
    if len(wrong):
        at = wrong[0]
        fail(
            f"ids_{kind}: sample {at} is {own[at]}, but the labels are of {common[at]}: sort all arrays alike"
        )


def _read_safetensors(file: Path) -> AuditArrays:
    from safetensors.numpy import load_file

    try:
        arrays = load_file(file)
    except Exception:  # SafetensorError, or KeyError and others for a type that NumPy lacks
        fail(f"{file} is no readable safetensors file: write it with `safetensors.numpy.save_file`")
    roles = arrays.get("roles")
    if roles is not None:
        whole = np.issubdtype(roles.dtype, np.integer)
        numbers = ", ".join(f"{i} {role}" for i, role in enumerate(ROLES))
        inside = whole and bool(((roles >= 0) & (roles < len(ROLES))).all())
        require(inside, f"roles: must be whole numbers in safetensors files ({numbers})")
        arrays["roles"] = roles_of(roles)
    return _from_mapping(arrays, file)


def _read_parquet(file: Path) -> AuditArrays:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(file) as stored:
            table = stored.read()
    except (pa.ArrowException, OSError):
        fail(f"{file} is no readable Parquet file: write it with `pyarrow.parquet.write_table`")
    names = table.column_names
    needed = ("model", "number", "id", "label", "role")
    classes = [f"p_{k}" for k in range(sum(name.startswith("p_") for name in names))]
    missing = [name for name in (*needed, *(classes or ["p_0"])) if name not in names]
    require(not missing, f"{file} lacks the columns {', '.join(missing)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    require(not twice, f"{file} must have every column once, but has {', '.join(twice)} more than once")
    whole = pa.types.is_integer
    wrong = [name for name in ("number", "label") if not whole(table.schema.field(name).type)]
    require(not wrong, f"{file}: column {', '.join(wrong)} must hold whole numbers")
    nested = [name for name in needed if pa.types.is_nested(table.schema.field(name).type)]
    require(not nested, f"{file}: column {', '.join(nested)} must hold one number or word a line")
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in (*needed, *classes)}
    hollow = [name for name in needed if table.column(name).null_count]
    require(not hollow, f"{file}: column {', '.join(hollow)} must not have missing values")
    return _from_lines(columns, classes)


def _from_lines(columns: Mapping[str, np.ndarray], classes: list[str]) -> AuditArrays:
    kinds = columns["model"].astype(str)
    unknown = np.setdiff1d(kinds, KINDS)
    if len(unknown):
        fail(f"column model: must be {', '.join(KINDS)}, but one is {unknown[0]}")
    first = _lines_of("original", kinds, columns)
    require(len(first) == 1, f"original: must be one model, but are {len(first)}")
    ids, order = np.unique(columns["id"][first[0]], return_index=True)
    base = first[0][order]
    p: dict[str, np.ndarray] = {}
    for kind in KINDS:
        rows = [_aligned(kind, lines, columns, ids, base) for lines in _lines_of(kind, kinds, columns)]
        if rows:
            p[kind] = np.stack([np.stack([columns[k][one] for k in classes], axis=1) for one in rows])
    labels, roles = columns["label"][base], columns["role"][base].astype(str)
    return _from_mapping({"labels": labels, "roles": roles, "ids": ids, **p}, Path("the file"))


def _lines_of(kind: str, kinds: np.ndarray, columns: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The line numbers of every model of a kind."""
    own = np.flatnonzero(kinds == kind)
    return [own[columns["number"][own] == number] for number in np.unique(columns["number"][own])]


def _aligned(
    kind: str, lines: np.ndarray, columns: Mapping[str, np.ndarray], ids: np.ndarray, base: np.ndarray
) -> Int[np.ndarray, " n"]:
    """The lines of one model in the order of `ids`; refused where it has other samples."""
    number = columns["number"][lines[0]]
    found, order = np.unique(columns["id"][lines], return_index=True)
    require(
        len(found) == len(lines),
        f"{kind} {number}: has an id more than once",
    )
    require(
        np.array_equal(found, ids),
        f"{kind} {number}: must have the {len(ids)} ids of the original model, each once, but has others",
    )
    rows = lines[order]
    for name in ("label", "role"):
        same = np.array_equal(columns[name][rows], columns[name][base])
        require(same, f"{kind} {number}: column {name} differs from that of the original model")
    return rows


_READERS = {".parquet": _read_parquet, ".safetensors": _read_safetensors}
