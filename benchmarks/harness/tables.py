"""The tables of docs/performance.md: Markdown from a record, nothing typed by hand."""

from collections.abc import Iterable, Sequence
from functools import partial
from statistics import median
from typing import Any

from harness.goals import EXTRAPOLATED, GOALS, Measured, Record, faster, peak, share_of_peak
from qunlearn import _markdown

table = partial(_markdown.table, left=None)

TITLES = {
    "forward": "forward, B = 10000",
    "gradient-10": "gradient, B = 10",
    "gradient-90": "gradient, B = 90",
    "gradient-1000": "gradient, B = 1000",
    "shift-10": "parameter-shift gradient, B = 10",
    "models-64": "64 models × B = 10",
    "train": "300 steps, B = 10, steady",
    "train-cold": "300 steps, cold process",
    "train-again": "300 steps, second process",
    "gold": "512 gold models, Covertype",
}


def goals_table(record: Record) -> str:
    """Each goal with what was measured, its range over the rounds, and whether it is met."""
    rows = []
    for goal in GOALS:
        measured = goal.measure(record)
        sign = "≤" if goal.at_most else "≥"
        wanted = f"{sign} {goal.bound}{goal.unit}"
        if measured is None:
            rows.append((goal.title, wanted, "not measured", "", ""))
        else:
            verdict = "met" if goal.met(measured) else "**missed**"
            rows.append((goal.title, wanted, _with_range(measured, goal.unit), measured.between, verdict))
    return table(("goal", "wanted", "measured (range over rounds)", "between", ""), rows)


def times_table(record: Record) -> str:
    """Median milliseconds of every implementation at every work on the paper's circuit."""
    ids = [id for id in TITLES if id in record["works"]]
    implementations = _present(record, ids)
    rows = [
        (record["implementations"][i]["title"], *(cell(record["works"][w]["results"].get(i)) for w in ids))
        for i in implementations
    ]
    return table(("ms", *(TITLES[w] for w in ids)), rows)


def sizes_table(record: Record) -> str:
    """Median milliseconds of the one-sample gradient by number of qubits."""
    ids = [id for id in record["works"] if id.startswith("qubits-")]
    rows = [
        (record["implementations"][i]["title"], *(cell(record["works"][w]["results"].get(i)) for w in ids))
        for i in _present(record, ids)
    ]
    return table(("ms", *(f"{w.removeprefix('qubits-')} qubits" for w in ids)), rows)


def ratios_table(record: Record) -> str:
    """Our fastest engine against the fastest rival at every work."""
    found = [(title, faster(record, id)) for id, title in TITLES.items()]
    found += [
        (f"one-sample gradient, {id.removeprefix('qubits-')} qubits", faster(record, id))
        for id in record["works"]
        if id.startswith("qubits-")
    ]
    rows = [(title, _with_range(m, "×"), m.between) for title, m in found if m is not None]
    return table(("work", "times faster (range over rounds)", "between"), rows)


def roofline_table(record: Record) -> str:
    """Time per sample gradient on one core and the share of its peak."""
    rows = []
    for batch, results in record["roofline"]["results"].items():
        for id in results:
            share = share_of_peak(record, batch, id)
            if share is not None:
                each = 1e6 * median(results[id]["seconds"]) / int(batch)
                rows.append((share.between, batch, digits(each), _with_range(share, " %")))
    return table(("engine", "B", "µs per sample", "share of peak (range over rounds)"), rows)


def agreement_table(record: Record) -> str:
    """The largest deviation of every implementation from the reference, and who did not take part and why."""
    rows = []
    for id, entry in record["implementations"].items():
        versions = ", ".join(f"{name} {v}" for name, v in entry.get("versions", {}).items())
        deviations = [
            r["deviation"] for r in _results(record, id) if "deviation" in r and r["status"] == "ok"
        ]
        worst = f"{max(deviations):.0e}" if deviations else ""
        rows.append(
            (entry["title"], versions or f"absent: {entry['reason']}", worst, "; ".join(_notes(record, id)))
        )
    return table(("implementation", "versions", "largest deviation", "not timed"), rows)


def _notes(record: Record, id: str) -> Iterable[str]:
    for name, work in record["works"].items():
        result = work["results"].get(id, {"status": "ok"})
        if result["status"] != "ok":
            yield f"{TITLES.get(name, name)}: {result['status']} ({result.get('note', '')})"


def _results(record: Record, id: str) -> list[dict[str, Any]]:
    return [work["results"][id] for work in record["works"].values() if id in work["results"]]


def _present(record: Record, works: Sequence[str]) -> list[str]:
    return [id for id in record["implementations"] if any(id in record["works"][w]["results"] for w in works)]


def cell(result: dict[str, Any] | None) -> str:
    """Median milliseconds, marked where extrapolated; the status where there is no time."""
    if result is None:
        return "–"
    if not result.get("seconds"):
        return result["status"]
    mark = EXTRAPOLATED if result["units"] != result["of"] else ""
    return digits(1e3 * median(result["seconds"])) + mark


def _with_range(m: Measured, unit: str) -> str:
    span = f" ({digits(m.low)}–{digits(m.high)})" if m.low != m.high else ""
    return f"{digits(m.value)}{unit}{span}"


def digits(value: float) -> str:
    """Three significant digits without an exponent; whole numbers from 100 on."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.1g}"


def peak_sentence(record: Record) -> str:
    """What was measured as peak."""
    names = record["roofline"]["peaks"][0]
    each = [f"{name} {max(p[name] for p in record['roofline']['peaks']) / 1e9:.1f}" for name in names]
    return f"highest of the run, GFLOP/s: {', '.join(each)}; taken as peak: {peak(record) / 1e9:.1f}"
