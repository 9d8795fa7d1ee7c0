"""Interleaved rounds: every implementation prepared and checked, then one sample of each in turn, again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.client import Worker, WorkerFailed
from harness.implementations import IMPLEMENTATIONS
from harness.reference import reference
from harness.works import KINDS, Work

Result = dict[str, Any]
GROWTH = 20  # of the time of a one-sample gradient from n to n + 4 qubits, at least


@dataclass(frozen=True)
class Settings:
    """How long to measure, in seconds.

    `sample` is filled by repetitions, `budget` is for all samples of one implementation at one work, and
    `longest` is for one call: a longer one is made on less of the work and extrapolated.
    """

    rounds: int
    sample: float
    budget: float
    longest: float
    timeout: float = 240.0

    def limit(self, kind: str) -> float:
        """The longest call of a kind of work."""
        return {"gold": 6, "scaling": 3}.get(kind, 1) * self.longest


FULL = Settings(rounds=9, sample=0.05, budget=1.5, longest=5.0)
QUICK = Settings(rounds=2, sample=0.005, budget=0.05, longest=0.2)


def measure(
    work: Work, workers: Mapping[str, Worker], settings: Settings, before: Mapping[str, Result]
) -> dict:
    """Results by implementation. `before`: those of the next smaller work, for what cannot be divided."""
    results = {id: _prepared(work, worker, settings, before.get(id)) for id, worker in workers.items()}
    running = {id: r for id, r in results.items() if r["status"] == "ok"}
    for number in range(settings.rounds):
        for id in _rotated(list(running), number):
            if number < running[id]["rounds"]:
                _sample(running[id], workers[id])
    return results


def _rotated(ids: list[str], number: int) -> list[str]:
    """A different one first in every round."""
    cut = number % max(1, len(ids))
    return ids[cut:] + ids[:cut]


def _sample(result: Result, worker: Worker) -> None:
    try:
        result["seconds"].append(worker.time(result["repeats"]) * result["of"] / result["units"])
    except WorkerFailed as failure:
        result.update(status="failed", note=str(failure))


def _prepared(work: Work, worker: Worker, settings: Settings, before: Result | None) -> Result:
    """Run and check the work, and decide how often to time it; `status` is ok where it is to be timed."""
    limit = settings.limit(work.kind)
    if before is not None and work.kind == "scaling":
        if before["status"] != "ok":
            return {"status": before["status"], "note": "failed at a smaller size"}
        if GROWTH * min(before["seconds"]) > limit:
            return {"status": "over budget", "note": f"would take longer than {limit:.0f} s"}
    try:
        part, reply = _fitting(work, worker, limit)
    except WorkerFailed as failure:
        return {"status": "failed", "note": str(failure)}
    deviation = _deviation(part, reply["digest"])
    if not deviation <= KINDS[work.kind].tolerance:
        return {"status": "disagrees", "deviation": deviation, "note": "not timed: its numbers are wrong"}
    second = reply["second"] or reply["first"]
    repeats = int(np.clip(settings.sample / second, 1, 10_000))
    rounds = int(np.clip(settings.budget / (repeats * second), 1, settings.rounds))
    size = {"units": part.units, "of": work.units, "repeats": repeats, "rounds": rounds}
    return {"status": "ok", "seconds": [], "first": reply["first"], "deviation": deviation, **size}


def _fitting(work: Work, worker: Worker, limit: float) -> tuple[Work, Result]:
    """As much of `work` as takes no longer than `limit`, prepared."""
    compiled = IMPLEMENTATIONS[worker.implementation].compiled and work.kind != "gold"
    if compiled or not KINDS[work.kind].divisible:
        return work, worker.prepare(work)
    return fitting(work, worker.prepare, limit)


def fitting(work: Work, prepare: Callable[[Work], Result], limit: float) -> tuple[Work, Result]:
    """Try ever larger parts of `work`, each chosen by the time that the one before it took."""
    part = work.with_units(min(work.units, 16 if work.kind == "gold" else 1))
    while True:
        reply = prepare(part)
        each = (reply["second"] or reply["first"]) / part.units
        affordable = work.units if each * work.units <= limit else max(1, int(0.8 * limit / each))
        if part.units == work.units or affordable <= 2 * part.units < work.units:
            return part, reply
        part = work.with_units(min(work.units, affordable))


def _deviation(work: Work, digest: Mapping[str, Any]) -> float:
    """Largest deviation of a result from the reference, relative where that is above one."""
    from harness.worker import digest as digest_of

    if np.isinf(KINDS[work.kind].tolerance):
        return 0.0
    wanted = digest_of(reference(work))
    if wanted["size"] != digest["size"]:
        return float("inf")
    wanted, got = (np.array([d["mean"], *d["entries"]]) for d in (wanted, digest))
    return float(np.max(np.abs(wanted - got) / np.maximum(1, np.abs(wanted))))
