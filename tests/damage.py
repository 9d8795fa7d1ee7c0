"""Ways to damage a run folder, a deletion record or a key, for cases of bad input."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from safetensors.numpy import load_file, save_file

from cases import Prepare
from qunlearn.records import seal_of, sha256_file, write_json

Change = Callable[[Path], object]


def gone(*names: str) -> Prepare:
    return lambda folder: [(folder / name).unlink() for name in names]


def content(name: str, new: bytes | str) -> Prepare:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(new if isinstance(new, bytes) else new.encode())

    return write


def then(*steps: Prepare) -> Prepare:
    return lambda folder: [step(folder) for step in steps]


def cut(name: str, keep: int) -> Prepare:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:keep])


def flip(name: str, at: int = -3) -> Prepare:
    def change(folder: Path) -> None:
        held = bytearray((folder / name).read_bytes())
        held[at] ^= 1
        (folder / name).write_bytes(bytes(held))

    return change


def appended(name: str, more: bytes) -> Prepare:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + more)


def tensor(name: str, key: str) -> Prepare:
    """A safetensors file of one tensor."""
    return lambda folder: save_file({key: np.zeros(3, np.int8)}, folder / name)


def told(name: str, **changes: Any) -> Prepare:
    """A saved model whose description says something else, with the hash that fits; None leaves a key out."""

    def change(folder: Path) -> None:
        from qunlearn.train import checkpoint

        params, held = checkpoint._read(folder / "r" / name)
        held = {k: v for k, v in {**held, **changes}.items() if v is not None and k != "sha256"}
        write_json(folder / "r" / f"{name}.json", {**held, "sha256": checkpoint._sha256(params, held)})

    return change


def as_folder(name: str) -> Prepare:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return change


def led_away(name: str, target: str | None = None) -> Prepare:
    """The file replaced by a link to its copy outside the run, or to nothing."""

    def change(folder: Path) -> None:
        (folder / name).replace(folder / "moved")
        (folder / name).symlink_to(folder / (target or "moved"))

    return change


def run_json(change: Callable[[dict[str, Any]], Any]) -> Prepare:
    """`run.json` changed and sealed anew, as someone does who knows how."""

    def prepare(folder: Path) -> None:
        told = json.loads((folder / "r/run.json").read_text())
        told.pop("seal")
        change(told)
        write_json(folder / "r/run.json", {**told, "seal": seal_of(told)})

    return prepare


def resealed(change: Change) -> Prepare:
    """The run changed, and every hash with it."""

    def prepare(folder: Path) -> None:
        change(folder)
        run = folder / "r"
        hashes = {name: sha256_file(run / name) for name in _hashes(run) if (run / name).is_file()}
        run_json(lambda told: told.update(sha256=hashes))(folder)

    return prepare


def _hashes(run: Path) -> dict[str, str]:
    return json.loads((run / "run.json").read_text())["sha256"]


def hashed(name: str, value: Any) -> Prepare:
    """`run.json` with another hash of one file."""
    return run_json(lambda told: told["sha256"].update({name: value}))


def other_table(name: str) -> Prepare:
    """A Parquet file of another table, sealed anew."""
    return resealed(lambda folder: parquet.write_table(pa.table({"a": [1]}), folder / name))


def summary(**changes: Any) -> Prepare:
    def change(folder: Path) -> None:
        file = folder / "r/summary.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return resealed(change)


def arrays(change: Callable[[dict[str, np.ndarray]], Any]) -> Prepare:
    def prepare(folder: Path) -> None:
        held = load_file(folder / "r/evidence.safetensors")
        change(held)
        save_file(held, folder / "r/evidence.safetensors")

    return resealed(prepare)


def envelope(change: Callable[[dict[str, Any]], Any], name: str = "first.json") -> Prepare:
    def prepare(folder: Path) -> None:
        held = json.loads((folder / name).read_text())
        change(held)
        (folder / name).write_text(json.dumps(held))

    return prepare


def signs(body: bytes) -> Prepare:
    """A record of this content, signed with the right key."""

    def prepare(folder: Path) -> None:
        from qunlearn.record.envelope import seal
        from qunlearn.record.signing_keys import read_private

        (folder / "first.json").write_bytes(seal(body, read_private(folder / "key.pem")))

    return prepare


def respell(folder: Path) -> None:
    """`run.json` with the same content in another spelling."""
    file = folder / "r/run.json"
    file.write_text(json.dumps(json.loads(file.read_text())))


def unsealed(folder: Path) -> None:
    """`run.json` without its seal."""
    told = json.loads((folder / "r/run.json").read_text())
    told.pop("seal")
    write_json(folder / "r/run.json", told)


def surrogate(folder: Path) -> None:
    """`run.json` names a file by half a character."""
    told = json.loads((folder / "r/run.json").read_text())
    told["sha256"]["\ud800"] = "0"
    (folder / "r/run.json").write_text(json.dumps(told))


def capitals(folder: Path) -> None:
    """The secret in capitals, which says the same."""
    file = folder / "r/deletion-record.secret"
    file.write_text(file.read_text().upper())
