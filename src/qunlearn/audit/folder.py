"""The run folder: claimed before long work, filled stage by stage, finished by `run.json`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qunlearn._errors import fail, require
from qunlearn.audit.config import RunConfig, from_dict, write_toml
from qunlearn.records import write_atomic

STAGES = {
    "train": ("original.safetensors", "original.json", "split.json", "preprocess.json", "trace.parquet"),
    "unlearn": ("unlearned.safetensors", "unlearned.json"),
    "audit": ("evidence.safetensors", "rows.parquet", "summary.json", "circuit.txt", "circuit.svg", "run.json"),
    "report": ("report.html",),
}
"""The files that each stage writes, the last one of a stage marking it as done."""

_DONE = {"train": "original.json", "unlearn": "unlearned.json", "audit": "run.json", "report": "report.html"}


@dataclass(frozen=True)
class RunFolder:
    """A folder that holds one run, and the configuration of that run."""

    path: Path
    config: RunConfig

    def done(self, stage: str) -> bool:
        """Whether `stage` has finished."""
        return (self.path / _DONE[stage]).is_file()

    def require_done(self, stage: str) -> None:
        """Refuse to go on where `stage` is missing."""
        require(self.done(stage), f"{self.path} has no finished {stage} stage yet: run `qunlearn {stage}` on it first")

    def clear(self, *stages: str) -> None:
        """Delete what `stages` wrote, markers first; other files in the folder are left alone."""
        for stage in stages:
            for name in reversed(STAGES[stage]):
                (self.path / name).unlink(missing_ok=True)

    def write_config(self) -> None:
        """Write `config.toml`."""
        write_atomic(self.path / "config.toml", write_toml(self.config.to_dict()))


def check_free(path: Path | str, *, force: bool = False, resume: bool = False) -> Path:
    """Refuse a place where a run must not be written, before anything is computed and without touching it.

    A folder that is absent or empty is free. One that holds a run needs `force` (replace it) or `resume` (finish it);
    anything else is never written to.
    """
    path = Path(path)
    require(not (force and resume), "--force replaces a run and --resume continues it: give one of them")
    require(not path.exists() or path.is_dir(), f"{path} is a file: choose another --out")
    blocker = next((p for p in path.parents if p.exists() and not p.is_dir()), None)
    require(blocker is None, f"{path} cannot be made because {blocker} is a file: choose another --out")
    if not path.exists() or not any(path.iterdir()):
        return path
    require(
        (path / "config.toml").is_file(),
        f"{path} is not empty and holds no run: choose another --out (nothing was changed)",
    )
    require(
        force or resume,
        f"{path} already holds a run: add --resume to finish it, --force to replace it, or choose another --out",
    )
    return path


def claim(path: Path, config: RunConfig, *, force: bool = False, resume: bool = False) -> RunFolder:
    """Make the folder for `config`, or take over the one that `check_free` allowed."""
    folder = RunFolder(path, config)
    if resume and (path / "config.toml").is_file():
        _require_same(path, config)
        return folder
    try:
        path.mkdir(parents=True, exist_ok=True)
        if force:
            folder.clear("report", "audit", "unlearn", "train")
        folder.write_config()
    except OSError as error:
        fail(f"{path} cannot be written ({error.strerror}): choose another --out")
    return folder


def open_folder(path: Path | str) -> RunFolder:
    """The run in an existing folder; refused where there is none or its configuration is damaged."""
    path = Path(path)
    require((path / "config.toml").is_file(), f"{path} holds no run: make one with `qunlearn train` or `qunlearn run`")
    return RunFolder(path, from_dict(_read(path)))


def _require_same(path: Path, config: RunConfig) -> None:
    old, new = _flat(_read(path)), _flat(config.to_dict())
    changed = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
    require(
        not changed,
        f"{path} was started with another configuration ({', '.join(changed)} differ): repeat it with the same one, "
        "or start anew with --force or another --out",
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((path / "config.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"{path / 'config.toml'} is damaged ({error}): start anew with --force or another --out")


def _flat(data: dict[str, Any], where: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{where}{key}.")
        else:
            flat[where + key] = list(value) if isinstance(value, tuple) else value
    return flat
