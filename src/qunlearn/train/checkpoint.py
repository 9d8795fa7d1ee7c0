"""Saved models: parameters as safetensors, everything else as JSON. Never pickle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from qunlearn._errors import InputError, fail, require
from qunlearn.model.vqc import VQC
from qunlearn.records import parse_json, provenance, sha256_arrays, write_atomic, write_json

_KEPT = ("architecture", "provenance", "sha256")


def save_model(
    stem: Path | str, model: VQC, params: Float[np.ndarray, " P"], extra: dict[str, Any] | None = None
) -> None:
    """Write `stem.safetensors` (`params`, float64) and `stem.json`: architecture, versions, hash and `extra`.

    The hash covers the parameters and the whole description. Both files are replaced atomically, the
    description last. Raises `InputError` for parameters of another size than the model's or not finite, for
    `extra` that JSON cannot hold or that uses the keys of the description, and for a missing folder.
    """
    from safetensors.numpy import save

    params = np.ascontiguousarray(params, dtype=np.float64)
    require(
        params.shape == (model.n_params,) and np.isfinite(params).all(),
        f"`params` must be {model.n_params} finite numbers, but have shape {params.shape} or hold NaN",
    )
    taken = sorted(set(_KEPT) & set(extra or {}))
    require(not taken, f"`extra` must not use the keys {', '.join(_KEPT)}, but has {', '.join(taken)}")
    architecture = {"kind": "VQC", **model.to_dict()}
    description = {"architecture": architecture, "provenance": provenance(), **(extra or {})}
    try:
        description = json.loads(_canonical(description))
    except (AttributeError, ValueError) as error:
        fail(f"`extra` must hold what JSON can hold, without NaN and infinity ({error})")
    write_atomic(_file(stem, ".safetensors"), save({"params": params}))
    write_json(_file(stem, ".json"), {**description, "sha256": _sha256(params, description)})


def load_model(stem: Path | str) -> tuple[VQC, Float[np.ndarray, " P"], dict[str, Any]]:
    """The model, its parameters (P,) and its whole description, as `save_model` wrote them.

    Raises `InputError` for a missing, damaged or altered file, and for a model that this version cannot
    build.
    """
    for suffix in (".json", ".safetensors"):
        file = _file(stem, suffix)
        require(file.is_file(), f"there is no saved model at {stem}: {file.name} is missing")
    params, description = _read(stem)
    model = _build(stem, description)
    require(
        params.shape == (model.n_params,),
        f"the model at {stem} was saved by a version that built it otherwise: train it again",
    )
    return model, params, description


def _build(stem: Path | str, description: dict[str, Any]) -> VQC:
    try:
        architecture = dict(description["architecture"])
        kind = architecture.pop("kind", None)
        require(kind == "VQC", f"the saved model at {stem} is not a VQC, and this version can load no other")
        return VQC.from_dict(architecture)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fail(f"the saved model at {stem} is damaged (its architecture: {error}): train it again")


def _read(stem: Path | str) -> tuple[Float[np.ndarray, " P"], dict[str, Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        description = parse_json(_file(stem, ".json").read_bytes())
        params = load(_file(stem, ".safetensors").read_bytes())["params"]
        told = {name: value for name, value in description.items() if name != "sha256"}
        intact = _sha256(params, told) == description["sha256"]
    except (SafetensorError, ValueError, KeyError, AttributeError) as error:
        fail(f"the saved model at {stem} is damaged ({error}): train it again")
    require(intact, f"the saved model at {stem} does not match its hash: train it again")
    return params, description


def _file(stem: Path | str, suffix: str) -> Path:
    """`stem` with the suffix added; a dot in its name, as in `model.v1`, stays."""
    return Path(stem).with_name(Path(stem).name + suffix)


def _sha256(params: np.ndarray, description: dict[str, Any]) -> str:
    return sha256_arrays({"params": params, "description": np.frombuffer(_canonical(description), np.uint8)})


def _canonical(description: dict[str, Any]) -> bytes:
    """One spelling of equal content; NumPy numbers and arrays become plain."""
    text = json.dumps(description, sort_keys=True, allow_nan=False, default=lambda value: value.tolist())
    return text.encode()
