"""Time this package and the installed rivals on the same work, and write a record.

    python benchmarks/setup_rivals.py          # once: environments for the rivals, below benchmarks/envs
    python benchmarks/run.py                   # everything, about ten minutes on two quiet cores
    python benchmarks/run.py --quick --only gradient-10 --with fused qulacs --out record.json
    python benchmarks/performance_page.py                # docs/performance.md and its picture from the record

Run it on an otherwise idle machine; the record says how busy it was.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from harness import flops
from harness.circuits import paper
from harness.client import Worker, WorkerFailed
from harness.implementations import IMPLEMENTATIONS, OURS
from harness.measure import FULL, QUICK, Settings, measure
from harness.processes import AGAIN, cold_training, command_runs, machine
from harness.works import TRAINING_STEPS, Work

RECORD = Path(__file__).resolve().parent.parent / "docs/results/performance.json"
SIZES, QUICK_SIZES = (4, 8, 12, 16, 20), (4, 8)
WORKS = {
    "forward": Work("forward", batch=10_000),
    "gradient-10": Work("gradient", batch=10),
    "gradient-90": Work("gradient", batch=90),
    "gradient-1000": Work("gradient", batch=1000),
    "shift-10": Work("shift", batch=10),
    "models-64": Work("models", models=64),
    "train": Work("train", steps=TRAINING_STEPS),
    **{f"qubits-{n}": Work("scaling", batch=1, n_qubits=n) for n in SIZES},
}
DESCENTS = {"10": Work("descent", batch=10, steps=500), "1000": Work("descent", batch=1000, steps=10)}
GOLD = Work("gold", models=512)
STAGES = ("cold", "gold", "roofline", "command")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="few repetitions, small sizes: to try the harness"
    )
    parser.add_argument("--only", nargs="+", choices=[*WORKS, *STAGES], help="these works and stages only")
    parser.add_argument(
        "--with", nargs="+", dest="ids", choices=IMPLEMENTATIONS, default=list(IMPLEMENTATIONS)
    )
    parser.add_argument("--cores", type=int, default=2, help="cores and threads for everyone")
    parser.add_argument("--out", type=Path, default=RECORD)
    options = parser.parse_args()
    settings = QUICK if options.quick else FULL
    wanted = options.only or [*WORKS, *STAGES]
    if options.quick and not options.only:
        wanted = [id for id in wanted if not id.startswith("qubits") or WORKS[id].n_qubits in QUICK_SIZES]
    record = Benchmark(settings, options.cores, options.ids, wanted).run()
    record["quick"] = options.quick
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"record: {options.out}")


class Benchmark:
    """One run: fills `record` stage by stage."""

    def __init__(self, settings: Settings, cores: int, ids: list[str], wanted: list[str]) -> None:
        self.settings, self.cores, self.ids, self.wanted = settings, cores, ids, wanted
        self.record: dict[str, Any] = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine(cores),
            "settings": asdict(settings),
            "implementations": {},
            "works": {},
        }

    def run(self) -> dict[str, Any]:
        """Do all stages that are wanted."""
        if "roofline" in self.wanted:
            self.record["roofline"] = self._roofline()
        with self._workers(self.ids, self.cores) as workers:
            self._steady(workers)
        if "cold" in self.wanted:
            self._cold()
        if "gold" in self.wanted:
            self._gold()
        if "command" in self.wanted:
            self._command()
        self.record["machine"]["load after"] = [round(load, 2) for load in os.getloadavg()]
        return self.record

    def _steady(self, workers: dict[str, Worker]) -> None:
        before: dict[str, Any] = {}
        for id in (id for id in WORKS if id in self.wanted or (id == "train" and "cold" in self.wanted)):
            work = WORKS[id]
            able = {i: w for i, w in workers.items() if work.kind not in IMPLEMENTATIONS[i].left_out}
            results = measure(work, able, self.settings, before if work.kind == "scaling" else {})
            before = results if work.kind == "scaling" else {}
            self._put(id, work, results)

    def _cold(self) -> None:
        work = WORKS["train"]
        steady = self.record["works"]["train"]["results"]
        results = cold_training(work, steady, self.cores, self.settings)
        self._put("train-cold", work, results["cold"])
        self._put("train-again", work, results[AGAIN])

    def _gold(self) -> None:
        """A fresh process for each engine, so that the first call compiles."""
        results = {}
        for id in (id for id in self.ids if id in OURS):
            with self._workers([id], self.cores) as workers:
                results.update(measure(GOLD, workers, self.settings, {}))
        self._put("gold", GOLD, results)

    def _command(self) -> None:
        rows: dict[str, list[float]] = {"first": [], "second": []}
        for name, seconds in command_runs(self.cores, rounds=3 if self.settings is FULL else 1):
            rows[name].append(seconds)
        for name, seconds in rows.items():
            self._put(
                f"run-{name}", None, {"default": {"status": "ok", "seconds": seconds, "units": 1, "of": 1}}
            )

    def _roofline(self) -> dict[str, Any]:
        """Gradients inside one compiled loop on one core, between measurements of that core's peak."""
        peaks, results = [flops.measured_peak()], {}
        with self._workers([id for id in self.ids if id in OURS], cores=1) as workers:
            for batch, work in DESCENTS.items():
                rows = measure(work, workers, self.settings, {})
                for row in rows.values():
                    row["seconds"] = [s / work.steps for s in row.get("seconds", [])]
                results[batch] = rows
                self._tell(f"roofline {batch}", rows)
                peaks.append(flops.measured_peak())
        counted = {"forward": flops.forward_flops(paper()), "gradient": flops.gradient_flops(paper())}
        return {"peaks": peaks, "flops": counted, "results": results}

    @contextmanager
    def _workers(self, ids: list[str], cores: int) -> Iterator[dict[str, Worker]]:
        """Running workers of those that are installed; the others are recorded as absent."""
        with ExitStack() as stack:
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            workers = {}
            for id in ids:
                entry = self.record["implementations"].setdefault(id, {"title": IMPLEMENTATIONS[id].title})
                try:
                    workers[id] = stack.enter_context(Worker(id, cores, cache, self.settings.timeout))
                    entry |= {"present": True, "versions": workers[id].versions}
                except WorkerFailed as failure:
                    entry |= {"present": False, "reason": str(failure)}
            yield workers

    def _put(self, id: str, work: Work | None, results: dict[str, Any]) -> None:
        self.record["works"][id] = {"work": asdict(work) if work else None, "results": results}
        self._tell(id, results)

    def _tell(self, id: str, results: dict[str, Any]) -> None:
        words = [
            f"{i} {1e3 * median(r['seconds']):.3g}" if r.get("seconds") else f"{i}: {r['status']}"
            for i, r in results.items()
        ]
        print(f"{id} (ms): {', '.join(words) or 'nobody'}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
