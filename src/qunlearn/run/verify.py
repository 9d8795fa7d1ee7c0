"""A run folder checks itself: hashes, then everything that follows from something else, computed again.

Each check says what it found in one sentence. Probabilities are computed again from parameters, metrics from
probabilities, the summary from both, the inputs from the data where they can be had, and the page from all.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn._errors import InputError, require
from qunlearn.attacks import References
from qunlearn.audit import contrast_table
from qunlearn.audit.contrast import Contrast, contrast
from qunlearn.data.requests import Evaluation
from qunlearn.data.split import Split
from qunlearn.model.probabilities import predict
from qunlearn.records import Row, json_text, parse_json, read_rows, seal_of, sha256_file
from qunlearn.results.files import FILES, OPTIONAL, STAGES
from qunlearn.run import extra_models, summary
from qunlearn.run.by_level import Depth, measure_depth
from qunlearn.run.folder import open_run
from qunlearn.run.setup import Setup, set_up
from qunlearn.train import load_model

TOLERANCE = 1e-9
"""Largest difference of recomputed numbers: machines round differently."""


@dataclass(frozen=True)
class Check:
    """What one check found; `ok` is None where it could not be made, and `finding` says why."""

    name: str
    ok: bool | None
    finding: str


def verify(folder: Path | str) -> list[Check]:
    """Check the finished run in `folder`; nothing is written.

    Raises `InputError` only where there is no finished run at all; everything else is a finding.
    """
    path = Path(folder)
    require(path.is_dir(), f"there is no run folder `{path}`: give the folder that `qunlearn run` wrote")
    require(
        (path / "run.json").is_file(),
        f"`{path}` holds no finished run (`run.json` is missing): finish it with --resume",
    )
    view = _View(path)
    return [_attempt(name, check, view) for name, check in CHECKS.items()]


class _Unchecked(Exception):
    """Raised by a check that cannot be made; the message says why."""


class _View:
    """The folder's content, read when it is first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, Any] = {}

    def get(self, name: str, reader: Callable[[], Any]) -> Any:
        if name not in self._read:
            self._read[name] = reader()
        return self._read[name]

    @property
    def run(self) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            run = parse_json((self.path / "run.json").read_bytes())
            whole = isinstance(run, dict) and isinstance(run.get("sha256"), dict)
            require(whole, "run.json must hold a JSON object with the table `sha256`")
            return run

        return self.get("run", read)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        from safetensors.numpy import load_file

        return self.get("arrays", lambda: load_file(self.path / "evidence.safetensors"))

    @property
    def original(self) -> tuple[Any, np.ndarray, dict[str, Any]]:
        return self.get("original", lambda: load_model(self.path / "original"))

    @property
    def unlearned(self) -> tuple[Any, np.ndarray, dict[str, Any]]:
        return self.get("unlearned", lambda: load_model(self.path / "unlearned"))

    @property
    def setup(self) -> Setup:
        """Data and model of the configuration; unchecked where the data cannot be had here."""

        def read() -> Setup:
            try:
                return set_up(open_run(self.path).config)
            except InputError as error:
                raise _Unchecked(str(error)) from None

        return self.get("setup", read)

    @property
    def found(self) -> Contrast:
        """The audit of the stored probabilities."""
        a, model = self.arrays, self.original[0]
        names = ("original", "unlearned", "gold")
        summary = json.loads((self.path / "summary.json").read_bytes())
        rows = Evaluation(a["x_audit"], a["y_audit"], a["forget_audit"])
        p, params = ({n: a[prefix + n] for n in names} for prefix in ("p_", ""))
        index, kind = summary["forget_index"], summary.get("request", {}).get("kind", "class")
        return self.get("found", lambda: contrast(p, params, rows, index, kind, model.logit_range))

    @property
    def depth(self) -> Depth:
        """Verdict, attacks and states, from the parameters."""
        a = self.arrays
        params = {name: a[name] for name in ("original", "unlearned", "gold")}
        others = a.get("unlearned_models"), self._references
        return self.get("depth", lambda: measure_depth(self.setup, params, *others))

    @property
    def _references(self) -> References | None:
        a = self.arrays
        return References(a["references_p"], a["references_member"]) if "references_p" in a else None

    @property
    def relearning(self) -> list[Row]:
        """The rows of relearning, learnt again."""
        a, setup = self.arrays, self.setup
        return extra_models.relearning(setup, setup.problem(a["original"]), a["unlearned"], a["gold"])


def _seal(view: _View) -> Iterator[str]:
    text = (view.path / "run.json").read_bytes()
    if view.run.get("seal") != seal_of(view.run) or text != json_text(view.run).encode():
        yield "run.json does not match its own seal"


def _files(view: _View) -> Iterator[str]:
    told: Mapping[str, str] = view.run["sha256"]
    known = {*FILES, *chain(*OPTIONAL.values())} - {"run.json"}
    for name in sorted({*told} - known):  # never opened: such a name can lead out of the folder
        yield f"run.json names {name!a}, which no run writes"
    for name in sorted(known):
        file = view.path / name
        if file.is_symlink():
            yield f"{name} is a link: copy what it leads to into the folder"
        elif name not in told and file.is_file():
            yield f"{name} was added: run.json does not name it"
        elif name not in told and name in _REQUIRED:
            yield f"{name} is missing, and run.json does not name it"
        elif name in told and not file.is_file():
            yield f"{name} is missing"
        elif name in told and sha256_file(file) != told[name]:
            yield f"{name} was changed"


_REQUIRED = {*FILES} - {*STAGES["report"]}


def _models(view: _View) -> Iterator[str]:
    for name, (_, params, _) in (("original", view.original), ("unlearned", view.unlearned)):
        if not np.array_equal(params, view.arrays[name]):
            yield f"the parameters in {name}.safetensors are not those in evidence.safetensors"


def _split(view: _View) -> Iterator[str]:
    split = Split.from_dict(json.loads((view.path / "split.json").read_bytes()))
    for part in ("train", "val", "test"):
        if len(getattr(split, part)) != len(view.arrays[f"x_{part}"]):
            yield f"split.json and evidence.safetensors differ in the number of {part} rows"


def _data(view: _View) -> Iterator[str]:
    setup, a = view.setup, view.arrays
    stored = Split.from_dict(json.loads((view.path / "split.json").read_bytes()))
    if stored.sha256() != setup.split.sha256():
        yield "split.json is not the split that the configuration gives"
    if setup.dataset.sha256() != view.original[2].get("data_sha256"):
        yield "the data are not those that the original model was trained on"
    expected = {f"{k}_{part}": getattr(setup.prepared, f"{k}_{part}") for part in _PARTS for k in "xy"}
    expected |= {f"{k}_audit": v for k, v in setup.forget.evaluation._asdict().items()}
    expected["forget_mask"] = setup.forget.forget_mask
    yield from (f"{name} in evidence.safetensors is not what the data give" for name in _unlike(expected, a))


_PARTS = ("train", "val", "test")


def _probabilities(view: _View) -> Iterator[str]:
    a, model = view.arrays, view.original[0]
    parts = {"p_": "x_audit", "roles_p_": "x_roles"}
    for name in ("original", "unlearned", "gold", "unlearned_models"):
        for stored, x in ((prefix + name, a[x]) for prefix, x in parts.items() if prefix + name in a):
            worst = float(np.abs(predict(model, a[name], x) - a[stored]).max())
            if not worst <= TOLERANCE:
                yield f"{stored} differs from what the parameters give by {worst:.2g}"


def _metrics(view: _View) -> Iterator[str]:
    yield from _rows(view, contrast_table.rows(view.found))


def _rows(view: _View, again: list[Row]) -> Iterator[str]:
    """What is not as computed again."""
    stored = {(row.model, row.split, row.metric): row for row in read_rows(view.path / "rows.parquet")}
    for row in again:
        told = stored.get((row.model, row.split, row.metric))
        if told is None or not _alike(asdict(row), asdict(told)):
            yield f"rows.parquet: {row.metric} of {row.model} is not what the models give"


def _verdict(view: _View) -> Iterator[str]:
    deep = view.depth
    yield from _rows(view, [*deep.lines, *view.relearning])
    for name, content in deep.files().items():
        if not _alike(json.loads((view.path / name).read_bytes()), json.loads(json_text(content))):
            yield f"{name} is not what the models give"


def _summary(view: _View) -> Iterator[str]:
    stored = json.loads((view.path / "summary.json").read_bytes())
    told = view.original[2], view.unlearned[2]
    again = json.loads(json_text(summary.summary(view.setup, view.found, view.depth.verdict, *told)))
    for key in sorted({*stored, *again}):
        if not _alike(stored.get(key), again.get(key)):
            yield f"summary.json: {key} is not what was measured"


def _drawings(view: _View) -> Iterator[str]:
    from qunlearn.circuit import draw

    circuit = view.original[0].circuit
    if (view.path / "circuit.txt").read_text(encoding="utf-8") != draw.text(circuit, width=120) + "\n":
        yield "circuit.txt does not show the model's circuit"
    if (view.path / "circuit.svg").read_text(encoding="utf-8") != draw.svg(circuit):
        yield "circuit.svg does not show the model's circuit"


def _report(view: _View) -> Iterator[str]:
    from qunlearn.report.page.html_page import html

    if not (view.path / "report.html").is_file():
        raise _Unchecked("there is no report.html: write it with `qunlearn report`")
    if html(view.path) != (view.path / "report.html").read_text(encoding="utf-8"):
        yield "report.html is not the page that this version writes from the folder"


CHECKS: Mapping[str, Callable[[_View], Iterator[str]]] = {
    "seal": _seal,
    "files": _files,
    "models": _models,
    "split": _split,
    "data": _data,
    "probabilities": _probabilities,
    "metrics": _metrics,
    "verdict": _verdict,
    "summary": _summary,
    "drawings": _drawings,
    "report": _report,
}


def _attempt(name: str, check: Callable[[_View], Iterator[str]], view: _View) -> Check:
    try:
        wrong = list(check(view))
    except _Unchecked as reason:
        return Check(name, None, f"not checked: {reason}")
    except Exception as error:  # files of others can be wrong in any way, and each of them is a finding
        wrong = [f"cannot be checked ({_first_line(error)})"]
    return Check(name, not wrong, "; ".join(wrong) or "matches")


def _first_line(error: Exception) -> str:
    text = str(error)
    return text.splitlines()[0] if text.strip() else type(error).__name__


def _unlike(expected: Mapping[str, np.ndarray], stored: Mapping[str, np.ndarray]) -> Iterator[str]:
    for name, value in expected.items():
        told = stored.get(name)
        if told is None or told.shape != value.shape or not np.allclose(told, value, rtol=0, atol=TOLERANCE):
            yield name


def _alike(a: Any, b: Any) -> bool:
    """Equal content, numbers within the tolerance (relative above 1)."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return type(a) is type(b) and abs(a - b) <= TOLERANCE * max(1, abs(a))
    return bool(a == b)
