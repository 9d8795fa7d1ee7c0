"""Read a run folder, and refuse an unfinished or damaged one in a sentence before anything is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any

from qunlearn._errors import InputError, fail, require
from qunlearn.data.requests import KINDS
from qunlearn.records import MODELS, Row, parse_json, read_rows, seal_of, sha256_file
from qunlearn.results.evidence import REMEDY, Evidence, read_evidence, tensors
from qunlearn.results.former_formats import FORMAT, format_of, todays_summary, todays_verdict
from qunlearn.results.samples_at_risk import TENSORS, Risk, risks

_SUMMARY_KEYS: dict[str, type | UnionType] = {
    "dataset": str, "seed": int, "method": dict, "request": dict, "forget_class": str | None,
    "forget_index": object, "class_names": list, "gold_size": int, "confusion": dict, "cost": dict,
    "verdict": dict, "spread": dict, **dict.fromkeys(MODELS, dict),
}  # fmt: skip
_TRACE_COLUMNS = ("phase", "step", "quantity", "value")


@dataclass(frozen=True)
class RunResults:
    """What a report needs of a finished run."""

    path: Path
    summary: dict[str, Any]
    run: dict[str, Any]
    config: str
    evidence: Evidence
    rows: list[Row]
    trace: list[dict[str, Any]]
    circuit_text: str
    circuit_svg: str
    verdict: dict[str, Any] | None
    attacks: dict[str, Any] | None
    quantum: dict[str, Any] | None
    risks: tuple[Risk, ...]

    @property
    def has_attacks(self) -> bool:
        """Whether membership attacks were part of the audit."""
        return self.attacks is not None


def read(folder: Path | str) -> RunResults:
    """Read and check the run in `folder`.

    Raises `InputError` where the folder is not there, holds no finished run, or lacks a file or has one that
    cannot be read, was changed after the run (its hash is not that in `run.json`), or lacks a key or column.
    """
    path = Path(folder)
    require(path.is_dir(), f"there is no run folder `{path}`: give the folder that `qunlearn run` wrote")
    require(
        (path / "run.json").is_file(),
        f"`{path}` holds no finished run (`run.json` is missing): finish it with --resume",
    )
    run = _read(path, "run.json", _sealed)
    hashes = run["sha256"]

    def load(name: str, reader: Callable[[Path], Any]) -> Any:
        return _read(path, name, reader, hashes.get(name))

    def load_if_there(name: str) -> Any:
        return load(name, _json) if (path / name).is_file() else None

    format = format_of(run)
    summary = todays_summary(load("summary.json", _json), format)
    verdict = load_if_there("verdict.json")
    _check_summary(path / "summary.json", summary)
    return RunResults(
        path=path,
        summary=summary,
        run=run,
        config=load("config.toml", _text),
        evidence=load("evidence.safetensors", lambda file: read_evidence(file, summary)),
        rows=load("rows.parquet", read_rows),
        trace=load("trace.parquet", _trace),
        circuit_text=load("circuit.txt", _text),
        circuit_svg=load("circuit.svg", _xml),
        verdict=None if verdict is None else todays_verdict(verdict, format),
        attacks=load_if_there("attacks.json"),
        quantum=load_if_there("quantum.json"),
        risks=_risks(path, summary, load),
    )


def _risks(path: Path, summary: dict[str, Any], load: Callable[..., Any]) -> tuple[Risk, ...]:
    """Samples at risk, none where the run did not record every row with its role."""
    arrays = tensors(path / "evidence.safetensors", TENSORS)
    if "roles" not in arrays:
        return ()
    return risks(arrays, load("split.json", _json), [str(name) for name in summary["class_names"]])


def read_summary(folder: Path | str) -> dict[str, Any]:
    """The checked `summary.json` alone, for the terminal."""
    path = Path(folder)
    require(path.is_dir(), f"there is no run folder `{path}`: give the folder that `qunlearn run` wrote")
    run = _read(path, "run.json", _json) if (path / "run.json").is_file() else {"format": FORMAT}
    summary = todays_summary(_read(path, "summary.json", _json), format_of(run))
    _check_summary(path / "summary.json", summary)
    return summary


def _read(path: Path, name: str, reader: Callable[[Path], Any], sha256: str | None = None) -> Any:
    from safetensors import SafetensorError

    file = path / name
    require(file.is_file(), f"`{file}` is missing: {REMEDY}")
    if sha256 is not None:
        same = sha256_file(file) == sha256
        require(same, f"`{file}` was changed after the run (its hash is not the one in `run.json`): {REMEDY}")
    try:
        return reader(file)
    except InputError:
        raise
    except (OSError, ValueError, SyntaxError, SafetensorError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        fail(f"`{file}` cannot be read ({reason}): {REMEDY}")


def _json(file: Path) -> dict[str, Any]:
    content = parse_json(file.read_bytes())
    require(isinstance(content, dict), f"`{file}` must hold a JSON object: {REMEDY}")
    return content


def _sealed(file: Path) -> dict[str, Any]:
    """The content of `run.json`: it must not have changed, because writing a report seals it anew."""
    run = _json(file)
    require(isinstance(run.get("sha256"), dict), f"`{file}` lacks the table `sha256`: {REMEDY}")
    same = run.get("seal") == seal_of(run)
    require(same, f"`{file}` was changed after the run (it does not match its seal): {REMEDY}")
    return run


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _xml(file: Path) -> str:
    from xml.etree import ElementTree

    text = _text(file)
    ElementTree.fromstring(text)
    return text


def _trace(file: Path) -> list[dict[str, Any]]:
    from pyarrow import parquet

    table = parquet.read_table(file)
    missing = [name for name in _TRACE_COLUMNS if name not in table.column_names]
    require(not missing, f"`{file}` lacks the column `{', '.join(missing)}`: {REMEDY}")
    return table.to_pylist()


def _check_summary(file: Path, summary: dict[str, Any]) -> None:
    missing = [key for key in _SUMMARY_KEYS if key not in summary]
    require(not missing, f"`{file}` lacks `{', '.join(missing)}`: {REMEDY}")
    wrong = [key for key, kind in _SUMMARY_KEYS.items() if not isinstance(summary[key], kind)]
    require(not wrong, f"`{', '.join(wrong)}` in `{file}` cannot be what a run wrote: {REMEDY}")
    kind = summary["request"].get("kind")
    require(
        kind in KINDS and "what" in summary["request"],
        f"`request` in `{file}` must have `what` and a `kind`, one of {', '.join(KINDS)}: {REMEDY}",
    )
    classes, index = len(summary["class_names"]), summary["forget_index"]
    require(
        (index is None) if kind != "class" else (isinstance(index, int) and 0 <= index < classes),
        f"`forget_index` in `{file}` must be in 0..{classes - 1}, but is {index}: {REMEDY}",
    )
