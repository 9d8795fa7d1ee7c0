"""A run folder as an audit writes it, from random probabilities: realistic numbers without a simulator."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from safetensors.numpy import save_file

from qunlearn.audit.every_metric import metric_of
from qunlearn.metrics import (
    Predictions,
    confusion,
    evaluate,
    gap,
    gold_against_gold,
    probability_range,
)
from qunlearn.records import Row, manifest, provenance, write_json, write_rows
from qunlearn.results.former_formats import FORMAT
from qunlearn.run.write import write_sealed

G, ROWS_PER_CLASS, PARAMS, FEATURES = 16, 30, 72, 4
NOISE = 0.16
HEADLINE = (
    "forget_recall",
    "retain_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_median",
    "kl_gold_max",
)
ROWS_TOO = ("forget_accuracy", "js_gold_forget", "tv_gold_forget")
SENTENCE = (
    "Of the test rows of class {}, 6.7% are still recognised; 5 of 7 measures lie within the spread of gold."
)
CIRCUIT_TEXT = "\n".join(f"q{q}: ─RY(x{q % 4})──●──RZ(θ{q})──┤ ⟨Z⟩" for q in range(6)) + "\n"


REQUESTS = {
    "class": "class “{}”",
    "instances": "30 rows drawn at random",
    "feature": "feature “slope <deg>”",
    "client": "client 2 (30 rows)",
}
"""What is forgotten, by the kind of request."""


def build(
    folder: Path,
    classes: list[str] | None = None,
    forget: int = 2,
    *,
    kind: str = "class",
    dear: bool = False,
    models: int = G,
) -> Path:
    """Write a finished run over `classes` into `folder`; `dear`: unlearning costs more than retraining.

    Where the request is no class, the last 30 of the audited samples belong to it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    classes = classes or ["spruce", "lodgepole pine", "krummholz"]
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(np.arange(len(classes)), ROWS_PER_CLASS))
    p = _probabilities(rng, y, len(classes), forget, models)
    params = {name: rng.normal(0, 0.5, (*value.shape[:-2], PARAMS)) for name, value in p.items()}
    is_class = kind == "class"
    marked = y == forget if is_class else np.arange(len(y)) >= len(y) - 30
    index = forget if is_class else None
    views = {name: Predictions(p[name], y, marked, index, params[name]) for name in p}
    _write_metrics(folder, views, classes, kind, dear)
    _write_evidence(folder, rng, y, marked, p, params)
    _write_trace(folder, rng)
    (folder / "config.toml").write_text(
        'dataset = "covertype"\n\n[training]\nsteps = 300\n', encoding="utf-8"
    )
    (folder / "circuit.txt").write_text(CIRCUIT_TEXT, encoding="utf-8")
    (folder / "circuit.svg").write_text(_circuit(), encoding="utf-8")
    seal(folder)
    return folder


def seal(folder: Path) -> None:
    """Write `run.json` with the hashes of the files as they are now."""
    record = {
        "format": FORMAT,
        "command": "qunlearn run covertype --config covertype/config.toml --out covertype-again",
        "seeds": {"data": 0, "train": 1, "unlearn": 2, "gold": 3},
        "gold": {"digest": "5f2c", "from_cache": 0},
        "started": "2026-01-08T10:00:00+00:00",
        "ended": "2026-01-08T10:00:13+00:00",
        "seconds": {"train": 4.0853, "unlearn": 3.5929, "gold": 5.4131, "audit": 0.4368},
        "versions": {"python": "3.11.9", **provenance()["packages"]},
        "machine": {"system": "Linux", "machine": "x86_64", "processors": 8},
        "computed": {"engine": "native", "precision": "float64", "threads": 2},
    }
    hashes = manifest(folder, ("run.json", "report.html"))
    write_sealed(folder / "run.json", {**record, "sha256": hashes})


def _probabilities(
    rng: np.random.Generator, y: np.ndarray, k: int, forget: int, models: int
) -> dict[str, np.ndarray]:
    """Logits in [-1, 1], as ⟨Z⟩ gives them; gold and unlearned models rarely name the forgotten class."""
    truth = np.eye(k)[y] * 0.7 - 0.3 + rng.normal(0, 0.3, (len(y), k))
    without = truth + rng.normal(0, 0.1, truth.shape)
    without[:, forget] = -0.75 + rng.normal(0, 0.3, len(y))
    gold = without + rng.normal(0, NOISE, (models, len(y), k))
    unlearned = without + rng.normal(0, NOISE, without.shape)
    unlearned[:, forget] += 0.12
    logits = {"original": truth + rng.normal(0, NOISE, truth.shape), "unlearned": unlearned, "gold": gold}
    e = {name: np.exp(np.clip(value, -1, 1)) for name, value in logits.items()}
    return {name: value / value.sum(axis=-1, keepdims=True) for name, value in e.items()}


def _write_metrics(
    folder: Path, views: dict[str, Predictions], classes: list[str], kind: str, dear: bool
) -> None:
    null = gold_against_gold(views["gold"])
    found = {name: evaluate(views[name], views["gold"]) for name in ("original", "unlearned")}
    found["gold"] = found["gold_gold"] = {id: spread.estimate for id, spread in null.items()}
    rows = [
        Row(
            model=model,
            split="test",
            metric=id,
            value=estimate.value,
            stderr=estimate.stderr,
            n=estimate.n,
            gap=gap(estimate, null[id]),
            null_low=null[id].low,
            null_high=null[id].high,
            target=str(metric_of(id).target),
            unit=metric_of(id).unit,
            source=metric_of(id).source,
            reason=estimate.reason,
        )
        for model, estimates in found.items()
        for id, estimate in estimates.items()
    ]
    write_rows(folder / "rows.parquet", rows)
    write_json(folder / "summary.json", _summary(rows, views, classes, kind, dear))


def _summary(
    rows: list[Row], views: dict[str, Predictions], classes: list[str], kind: str, dear: bool
) -> dict[str, Any]:
    forget = views["gold"].forget_index
    name = "the request" if forget is None else classes[forget]
    ids = (*HEADLINE, *ROWS_TOO) if forget is None else HEADLINE
    circuits = {"train": 432_000, "unlearn": 829_440 if dear else 86_400, "retrain": 432_000}
    floor, ceiling = probability_range(len(classes), -1.0, 1.0)
    return {
        "dataset": "covertype",
        "seed": 0,
        "method": {"id": "distribution_guided", "target": "similarity", "beta": 2.0, "lam": 1.0, "steps": 60},
        "request": {"kind": kind, "what": REQUESTS[kind].format(name), "rows": 30},
        "forget_class": None if forget is None else name,
        "forget_index": forget,
        "class_names": classes,
        "gold_size": views["gold"].n_models,
        **{model: _headline(rows, model, ids) for model in ("original", "unlearned", "gold", "gold_gold")},
        "confusion": {name: confusion(view).mean(0) for name, view in views.items()},
        "probability_range": {"floor": floor, "ceiling": ceiling},
        "cost": {
            stage: {"gradients": n // 144, "forwards": n // 144, "circuits": n, "seconds": n / 230_000}
            for stage, n in circuits.items()
        },
        "verdict": {"decision": "INCONCLUSIVE", "because": "INCONCLUSIVE: the gold models are too few."},
        "spread": {"sentence": SENTENCE.format(name), "checks": _checks(rows)},
    }


def _headline(rows: list[Row], model: str, ids: tuple[str, ...]) -> dict[str, float]:
    values = {}
    for row in rows:
        if row.model == model and row.metric in ids and row.value is not None:
            values[row.metric] = row.value
            if row.stderr is not None and (model.startswith("gold") or row.metric.startswith("kl")):
                values[f"{row.metric}_stderr"] = row.stderr
    return values


def _checks(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "metric": row.metric,
            "value": row.value,
            "gap": row.gap,
            "null_low": row.null_low,
            "null_high": row.null_high,
            "inside": bool(row.null_low <= row.value <= row.null_high),
        }
        for row in rows
        if row.model == "unlearned" and row.metric in HEADLINE and row.value is not None
    ]


def _write_evidence(
    folder: Path,
    rng: np.random.Generator,
    y: np.ndarray,
    marked: np.ndarray,
    p: dict[str, np.ndarray],
    params: dict[str, np.ndarray],
) -> None:
    x = rng.uniform(0, np.pi, (len(y), FEATURES))
    inputs = {
        f"{letter}_{split}": a for split in ("train", "val", "test") for letter, a in (("x", x), ("y", y))
    }
    inputs |= {"x_audit": x, "y_audit": y, "forget_audit": marked}
    save_file(
        inputs | params | {f"p_{name}": value for name, value in p.items()}, folder / "evidence.safetensors"
    )


def _write_trace(folder: Path, rng: np.random.Generator) -> None:
    steps, few = np.arange(1, 301), np.arange(1, 61)
    curves = {
        ("train", "loss"): (steps, 1.1 * np.exp(-steps / 60) + 0.72 + rng.normal(0, 0.05, 300)),
        ("train", "val_loss"): (steps[::5], 1.05 * np.exp(-steps[::5] / 60) + 0.78),
        ("unlearn", "loss"): (few, 1.9 * np.exp(-few / 15) + 1.7),
        ("unlearn", "forget"): (few, 0.6 * np.exp(-few / 12) + 0.9),
        ("unlearn", "anchor"): (few, 0.79 + 0.05 * (1 - np.exp(-few / 20))),
        ("unlearn", "proximity"): (few, 2.2 * (1 - np.exp(-few / 25))),
    }
    trace = [
        {"phase": phase, "step": int(step), "quantity": quantity, "value": float(value)}
        for (phase, quantity), (at, curve) in curves.items()
        for step, value in zip(at, curve, strict=True)
    ]
    parquet.write_table(pa.Table.from_pylist(trace), folder / "trace.parquet")


def _circuit() -> str:
    wires = "".join(f'<path d="M20 {40 * q + 20}H1580" stroke="black"/>' for q in range(6))
    gates = "".join(
        f'<rect x="{60 + 60 * c}" y="{40 * q + 6}" width="44" height="28" fill="white" stroke="black"/>'
        f'<text x="{82 + 60 * c}" y="{40 * q + 24}" text-anchor="middle" font-size="13">R{"YZ"[c % 2]}</text>'
        for c in range(25)
        for q in range(6)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="240">{wires}{gates}</svg>'
