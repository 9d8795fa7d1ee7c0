"""Saved models: parameters as safetensors, everything else as JSON. Never pickle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from qunlearn._errors import fail, require
from qunlearn.model.vqc import VQC
from qunlearn.records import provenance, sha256_arrays, write_atomic, write_json


def save_model(
    stem: Path | str, model: VQC, params: Float[np.ndarray, " P"], extra: dict[str, Any] | None = None
) -> None:
    """Write `stem.safetensors` (`params`) and `stem.json`: architecture, hash of the parameters, versions, `extra`.

    Both files are replaced atomically, the description last.
    """
    from safetensors.numpy import save

    stem, params = Path(stem), np.ascontiguousarray(params, dtype=np.float64)
    require(params.shape == (model.n_params,), f"params must have shape ({model.n_params},), but have {params.shape}")
    write_atomic(stem.with_suffix(".safetensors"), save({"params": params}))
    description = {
        "architecture": {"kind": "VQC", **model.to_dict()},
        "sha256": sha256_arrays({"params": params}),
        "provenance": provenance(),
        **(extra or {}),
    }
    write_json(stem.with_suffix(".json"), description)


def load_model(stem: Path | str) -> tuple[VQC, Float[np.ndarray, " P"], dict[str, Any]]:
    """The model, its parameters and its whole description; a missing, damaged or altered file is refused."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    stem = Path(stem)
    for suffix in (".json", ".safetensors"):
        require(stem.with_suffix(suffix).is_file(), f"there is no saved model at {stem}: {stem.name}{suffix} is missing")
    try:
        description = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        params = load_file(stem.with_suffix(".safetensors"))["params"]
        architecture = dict(description["architecture"])
        promised = description["sha256"]
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        fail(f"the saved model at {stem} is damaged ({error}): train it again")
    require(architecture.pop("kind", None) == "VQC", f"the saved model at {stem} is of a kind this version cannot load")
    require(sha256_arrays({"params": params}) == promised, f"the parameters at {stem} do not match their hash")
    return VQC.from_dict(architecture), params, description
