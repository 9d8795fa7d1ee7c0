"""The checks of a run folder: each yields a sentence for whatever does not match.

Probabilities are computed again from parameters, metrics from probabilities, the summary from both, the
inputs from the data where they can be had, and the page from all. A folder of an earlier format is read with
today's names (`qunlearn.results.former_formats`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from typing import Any

import numpy as np

from qunlearn.audit import contrast_table
from qunlearn.audit.former_plans import former_sha256
from qunlearn.data.split import Split
from qunlearn.metrics.roles import role_codes
from qunlearn.model.probabilities import predict
from qunlearn.records import Row, json_text, read_rows, seal_of, sha256_file
from qunlearn.results.files import FILES, OPTIONAL, STAGES
from qunlearn.results.former_formats import FORMAT
from qunlearn.run import summary
from qunlearn.run.audit_samples import role_samples
from qunlearn.run.verify_view import Absent, FolderView, Unchecked

TOLERANCE = 1e-9
"""Largest difference of recomputed numbers: machines round differently."""


def _seal(view: FolderView) -> Iterator[str]:
    text = (view.path / "run.json").read_bytes()
    if view.run.get("seal") != seal_of(view.run) or text != json_text(view.run).encode():
        yield "run.json does not match its own seal"


def _files(view: FolderView) -> Iterator[str]:
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


def _models(view: FolderView) -> Iterator[str]:
    for name, (_, params, _) in (("original", view.original), ("unlearned", view.unlearned)):
        if not np.array_equal(params, view.arrays[name]):
            yield f"the parameters in {name}.safetensors are not those in evidence.safetensors"


def _split(view: FolderView) -> Iterator[str]:
    split = Split.from_dict(view.json("split.json"))
    for part in ("train", "val", "test"):
        if len(getattr(split, part)) != len(view.arrays[f"x_{part}"]):
            yield f"split.json and evidence.safetensors differ in the number of {part} samples"


def _data(view: FolderView) -> Iterator[str]:
    setup, a = view.setup, view.arrays
    stored = Split.from_dict(view.json("split.json"))
    if stored.sha256() != setup.split.sha256():
        yield "split.json is not the split that the configuration gives"
    if setup.dataset.sha256() != view.original[2].get("data_sha256"):
        yield "the data are not those that the original model was trained on"
    expected = {f"{k}_{part}": getattr(setup.prepared, f"{k}_{part}") for part in _PARTS for k in "xy"}
    expected |= {f"{k}_audit": v for k, v in setup.forget.evaluation._asdict().items()}
    expected["forget_mask"] = setup.forget.forget_mask
    yield from (f"{name} in evidence.safetensors is not what the data give" for name in _unlike(expected, a))


_PARTS = ("train", "val", "test")


def _probabilities(view: FolderView) -> Iterator[str]:
    a, model = view.arrays, view.original[0]
    parts = {"p_": "x_audit", "roles_p_": "x_roles"}
    for name in ("original", "unlearned", "gold", "unlearned_models"):
        for stored, x in ((prefix + name, a[x]) for prefix, x in parts.items() if prefix + name in a):
            worst = float(np.abs(predict(model, a[name], x) - a[stored]).max())
            if not worst <= TOLERANCE:
                yield f"{stored} differs from what the parameters give by {worst:.2g}"


def _metrics(view: FolderView) -> Iterator[str]:
    yield from _rows(view, contrast_table.rows(view.found))


def _rows(view: FolderView, again: list[Row]) -> Iterator[str]:
    """What is not as computed again. Metrics of which there is no row at all are `view.lacking`."""
    stored = {(row.model, row.split, row.metric): row for row in read_rows(view.path / "rows.parquet")}
    known = {metric for _, _, metric in stored}
    view.lacking |= {row.metric for row in again} - known
    for row in again:
        if row.metric not in known:
            continue
        told = stored.get((row.model, row.split, row.metric))
        if told is None or not _alike(asdict(row), asdict(told)):
            yield f"rows.parquet: {row.metric} of {row.model} is not what the models give"


def _roles(view: FolderView) -> Iterator[str]:
    """The samples with roles are those of the data; without the data they are the evidence's word."""
    again, a = role_samples(view.setup.forget), view.arrays
    expected = {"x_roles": again.x, "y_roles": again.y, "roles": role_codes(again.roles)}
    yield from (f"{name} in evidence.safetensors is not what the data give" for name in _unlike(expected, a))


def _relearning(view: FolderView) -> Iterator[str]:
    yield from _rows(view, view.relearning)


def _every_metric(view: FolderView) -> Iterator[str]:
    """After all others that look at rows."""
    if view.lacking:
        names = ", ".join(sorted(view.lacking))
        raise Unchecked(f"rows.parquet has no {names}: written by a version without, or taken out")
    yield from ()


def _verdict(view: FolderView) -> Iterator[str]:
    deep = view.depth
    yield from _rows(view, deep.lines)
    for name, content in deep.files().items():
        stored, again = view.json(name), json.loads(json_text(content))
        if name == "verdict.json":
            stored = view.verdict
            again |= {
                "plan_sha256": again["plan_sha256"] if view.format > 1 else former_sha256(again["plan"])
            }
        if not _alike(stored, again):
            yield f"{name} is not what the models give"


def _without_ids(request: Mapping[str, Any]) -> dict[str, Any]:
    """As runs wrote it before they named the records."""
    n = request["rows"]
    return {"kind": request["kind"], "what": f"{n} row{'s'[: n != 1]}", "rows": n}


def _summary(view: FolderView) -> Iterator[str]:
    stored = view.summary
    decided = view.depth.verdict
    word = {"decision": decided.verdict, "because": decided.sentence}
    if not _alike(stored.get("verdict"), word):
        yield "summary.json: verdict is not what was measured"
        return
    told = view.original[2], view.unlearned[2]
    again = json.loads(json_text(summary.summary(view.setup, view.found, decided, *told)))
    if "ids" in again["request"] and "ids" not in stored["request"]:
        again["request"] = _without_ids(again["request"])
    for key in sorted({*stored, *again}):
        if not _alike(stored.get(key), again.get(key)):
            yield f"summary.json: {key} is not what was measured"


def _drawings(view: FolderView) -> Iterator[str]:
    from qunlearn.circuit import draw

    circuit = view.original[0].circuit
    if (view.path / "circuit.txt").read_text(encoding="utf-8") != draw.text(circuit, width=120) + "\n":
        yield "circuit.txt does not show the model's circuit"
    if (view.path / "circuit.svg").read_text(encoding="utf-8") != draw.svg(circuit):
        yield "circuit.svg does not show the model's circuit"


def _report(view: FolderView) -> Iterator[str]:
    from qunlearn.report.page.html_page import html

    if not (view.path / "report.html").is_file():
        raise Absent("there is no report.html yet: write it with `qunlearn report`")
    if html(view.path) == (view.path / "report.html").read_text(encoding="utf-8"):
        return
    if view.format < FORMAT:
        raise Unchecked(
            f"report.html was written by an earlier version (format {view.format} of the folder), and this "
            "one writes another page of the same numbers"
        )
    yield "report.html is not the page that this version writes from the folder"


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


CHECKS: Mapping[str, Callable[[FolderView], Iterator[str]]] = {
    "seal": _seal,
    "files": _files,
    "models": _models,
    "split": _split,
    "data": _data,
    "probabilities": _probabilities,
    "metrics": _metrics,
    "roles": _roles,
    "verdict": _verdict,
    "relearning": _relearning,
    "every metric": _every_metric,
    "summary": _summary,
    "drawings": _drawings,
    "report": _report,
}
