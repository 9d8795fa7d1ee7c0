"""The run folder: checked before long work, filled stage by stage, finished by `run.json`."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qunlearn._errors import fail, require
from qunlearn.records import parse_json, sha256_file, write_atomic
from qunlearn.results.files import FILES, OPTIONAL, STAGES
from qunlearn.results.former_formats import format_of
from qunlearn.run.config import RunConfig, flatten, from_dict
from qunlearn.run.toml import read_toml, write_toml

HEADER = "# A run of qunlearn: everything that decides its numbers.\n"
"""First line of a run's `config.toml`, by which a run folder is known. Other folders are never written to."""


@dataclass(frozen=True)
class RunFolder:
    """A folder for one run, and the configuration of that run."""

    path: Path
    config: RunConfig

    def done(self, stage: str) -> bool:
        """Whether `stage` has finished."""
        return (self.path / STAGES[stage][-1]).is_file()

    def require_done(self, stage: str) -> None:
        """Refuse to go on where `stage` is missing."""
        require(self.done(stage), f"{self.path} has no finished {stage} stage: run `qunlearn {stage}` first")

    def begin(self, stage: str) -> None:
        """Make room for the results of `stage`, which are at hand: delete older ones and those that follow
        from them.

        Only files that a run writes are deleted, the marks of finished stages first.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._delete(stage)
        write_atomic(self.path / "config.toml", HEADER + write_toml(self.config.to_dict()))

    def clear(self) -> None:
        """Delete the run: every file that a run writes, and the folder where nothing else is in it."""
        self._delete(next(iter(STAGES)))
        (self.path / "config.toml").unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def _delete(self, stage: str) -> None:
        """Delete what `stage` and the later ones wrote, the marks of finished stages first."""
        names = list(STAGES)
        for later in reversed(names[names.index(stage) :]):
            for name in reversed((*OPTIONAL.get(later, ()), *STAGES[later])):
                (self.path / name).unlink(missing_ok=True)

    def verify(self) -> None:
        """Refuse a finished run whose files are not those that `run.json` names."""
        try:
            hashes = dict(json.loads((self.path / "run.json").read_text(encoding="utf-8"))["sha256"])
        except (ValueError, KeyError, TypeError):
            fail(f"{self.path / 'run.json'} is damaged: start anew with --force")
        for name in {*FILES, *hashes}:
            file = self.path / name
            intact = name not in hashes or (file.is_file() and sha256_file(file) == hashes[name])
            require(
                intact or name in STAGES["report"],
                f"{file} is missing or was changed after the run: restore it, or start anew with --force",
            )


def check_free(path: Path | str, *, force: bool = False, resume: bool = False) -> Path:
    """Refuse a place where a run must not be written, without touching it, and return it as a path.

    A folder that is absent or empty is free. One that holds a run needs `force` (replace it) or `resume`
    (finish it); one that holds something else is never free.
    """
    path = Path(path)
    require(not (force and resume), "--force replaces a run and --resume continues it: give one of them")
    try:
        blocker = next((p for p in (path, *path.parents) if p.exists() and not p.is_dir()), None)
        empty = blocker is not None or not path.exists() or not any(path.iterdir())
        ground = next((p for p in (path, *path.absolute().parents) if p.is_dir()), Path("/"))
    except OSError as error:
        fail(f"{path} cannot be used ({error.strerror}): choose another --out")
    require(
        blocker is None, f"{blocker} is a file, so there can be no run folder {path}: choose another --out"
    )
    require(os.access(ground, os.W_OK), f"{ground} cannot be written to: choose another --out")
    require(empty or holds_run(path), f"{path} is not empty and holds no run: choose another --out")
    require(
        empty or force or resume,
        f"{path} already holds a run: replace it with --force, finish it with `qunlearn run ... --resume`, "
        "or choose another --out",
    )
    return path


def holds_run(path: Path) -> bool:
    """Whether a run was begun in the folder `path`."""
    try:
        return (path / "config.toml").read_bytes().startswith(HEADER.encode())
    except OSError:
        return False


def open_run(path: Path | str) -> RunFolder:
    """The run in an existing folder; refused where there is none or its configuration is damaged."""
    path = Path(path)
    require(holds_run(path), f"{path} holds no run: make one with `qunlearn train` or `qunlearn run`")
    _check_format(path / "run.json")
    config = from_dict(read_config(path))
    require(
        not config.then,
        f"{path} holds a sequence of requests: give one of its steps, {path / 'step-1'}",
    )
    return RunFolder(path, config)


def _check_format(run: Path) -> None:
    """Refuse a finished run of a later version, which this one would spoil."""
    try:
        content = parse_json(run.read_bytes())
    except (OSError, ValueError):
        return  # not finished, or damaged, which others say
    if isinstance(content, dict):
        format_of(content)


def check_same(path: Path, config: RunConfig) -> None:
    """Refuse to continue the run in `path` with another configuration."""
    old, new = (flatten(one.to_dict()) for one in (from_dict(read_config(path)), config))  # today's names
    changed = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
    require(
        not changed,
        f"{path} was started with another configuration ({', '.join(changed)} changed): repeat it with the "
        "same one, start anew with --force, or choose another --out",
    )


def read_config(path: Path) -> dict[str, Any]:
    """The configuration that the run folder `path` holds, as plain data."""
    return read_toml(path / "config.toml", ": start anew with --force, or choose another --out")


def safe_name(words: Iterable[str]) -> str:
    """The words joined by `-`, which also stands for characters that a file name had better not have."""
    return re.sub(r"[^\w.]+", "-", "-".join(words)).strip("-")
