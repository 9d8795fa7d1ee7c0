"""Reading the arrays of an audit from files.

Layouts, with K classes, n samples, U unlearned and G gold models:

NumPy folder: `labels.npy` (n,), `roles.npy` (n,) of words, `original.npy` (n, K), `unlearned.npy` (U, n, K)
or (n, K), `gold.npy` (G, n, K). Optional: `untrained.npy` (I, n, K); `ids.npy` (n,), and `ids_original.npy`,
`ids_unlearned.npy`, `ids_gold.npy`, which must then be the same.

safetensors file, or a folder with `probabilities.safetensors`: tensors of the same names, roles as whole
numbers (0 forget, 1 retain, 2 test, 3 holdout), ids as whole numbers.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from qunlearn._errors import fail, require
from qunlearn.audit.arrays import AuditArrays
from qunlearn.metrics.roles import ROLES, roles_of

KINDS = ("original", "unlearned", "gold", "untrained")
NEEDED = ("labels", "roles", "original", "unlearned", "gold")
SUFFIX = ".safetensors"


def read_arrays(path: Path | str) -> AuditArrays:
    """Arrays from a file or folder of one of the layouts above. Nothing pickled is ever loaded."""
    path = Path(path)
    require(path.exists(), f"there is no file or folder {path}")
    inside = path / f"probabilities{SUFFIX}"
    found = inside if inside.is_file() else path
    if found.is_dir():
        return _from_mapping(_read_numpy(found), found)
    require(found.suffix == SUFFIX, f"{found} must be a folder of .npy files, or end in {SUFFIX}")
    return _read_safetensors(found)


def _read_numpy(folder: Path) -> dict[str, np.ndarray]:
    names = {*NEEDED, "untrained", "ids", *(f"ids_{kind}" for kind in KINDS)}
    return {
        name: _load(folder / f"{name}.npy") for name in sorted(names) if (folder / f"{name}.npy").is_file()
    }


def _load(file: Path) -> np.ndarray:
    try:
        with file.open("rb") as stream:
            array: np.ndarray | NpzFile = np.load(stream, allow_pickle=False)
    except Exception:  # a damaged header can raise anything: MemoryError, TokenError, BadZipFile, ...
        fail(f"{file} is not a plain NumPy array (pickled objects are never loaded): use `numpy.save`")
    if not isinstance(array, np.ndarray):
        array.close()
        fail(f"{file} is an archive: save one array a file with `numpy.save`")
    return array


def _from_mapping(arrays: Mapping[str, np.ndarray], where: Path) -> AuditArrays:
    missing = [name for name in NEEDED if name not in arrays]
    require(
        not missing,
        f"{where} lacks {', '.join(missing)}: it must hold {', '.join(NEEDED)}, or be one safetensors file",
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
    from safetensors.numpy import load_file  # pyright: ignore[reportUnknownVariableType]

    try:
        arrays = load_file(file)
    except Exception:  # SafetensorError, or KeyError and others for a type that NumPy lacks
        fail(f"{file} is not a readable safetensors file: write it with `safetensors.numpy.save_file`")
    roles = arrays.get("roles")
    if roles is not None:
        whole = np.issubdtype(roles.dtype, np.integer)
        numbers = ", ".join(f"{i} {role}" for i, role in enumerate(ROLES))
        inside = whole and bool(((roles >= 0) & (roles < len(ROLES))).all())
        require(inside, f"roles: must be whole numbers in safetensors files ({numbers})")
        arrays["roles"] = roles_of(roles)
    return _from_mapping(arrays, file)
