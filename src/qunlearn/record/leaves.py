"""The rows of a split as records under one salted Merkle root."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qunlearn.record import merkle


@dataclass(frozen=True)
class Leaves:
    """Every row of a split: its role (forget, retain, val, test, holdout), row number and known content.

    The content of a training, validation or test sample is its model input in radians (as hexadecimal floats,
    which lose nothing) and label; of a holdout sample, which no model saw, there is only the number.
    """

    records: tuple[bytes, ...]

    def root(self, secret: bytes) -> str:
        """The salted Merkle root, in hexadecimal."""
        return merkle.root(self.hashes(secret)).hex()

    def hashes(self, secret: bytes) -> list[bytes]:
        """The salted hash of every row."""
        return [merkle.leaf(merkle.salt(secret, i), record) for i, record in enumerate(self.records)]


def leaves_of(split: Mapping[str, Any], arrays: Mapping[str, np.ndarray], forget: np.ndarray) -> Leaves:
    """The records of `split.json` and the arrays of `evidence.safetensors`.

    forget (n_train,): True where a training sample was forgotten.
    """
    records: list[bytes] = []
    for part in ("train", "val", "test", "holdout"):
        for i, row in enumerate(split[part]):
            role = ("forget" if forget[i] else "retain") if part == "train" else part
            record: dict[str, Any] = {"role": role, "row": row}
            if f"x_{part}" in arrays:
                record["x"] = [float(v).hex() for v in arrays[f"x_{part}"][i]]
                record["y"] = int(arrays[f"y_{part}"][i])
            records.append(json.dumps(record, sort_keys=True).encode())
    return Leaves(tuple(records))
