"""Whole processes, timed from outside: imports, compiling and all."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

from harness.client import command, environment
from harness.implementations import IMPLEMENTATIONS
from harness.measure import Result, Settings
from harness.works import Work

AGAIN = "again"  # the same process once more, with what the first one left in its caches on disk


def cold_training(
    work: Work, steady: Mapping[str, Result], cores: int, settings: Settings
) -> dict[str, dict]:
    """Processes that start, train once and end, with empty caches; then for ours once more with full ones.

    `steady` are the results of the same training without start-up: they tell how much of it is affordable.
    """
    parts = {id: _part(work, r, settings) for id, r in steady.items() if r["status"] == "ok"}
    results: dict[str, dict] = {"cold": {}, AGAIN: {}}
    limits = {id: 3 if _seconds(steady[id]) < settings.longest else 1 for id in parts}
    for number in range(3 if settings.rounds > 2 else 1):
        for id, part in parts.items():
            if number < limits[id]:
                _cold_round(id, part, work, cores, results, settings)
    return results


def _cold_round(id: str, part: Work, work: Work, cores: int, results: dict, settings: Settings) -> None:
    names = ("cold", AGAIN) if IMPLEMENTATIONS[id].ours else ("cold",)
    with _empty_cache() as cache:
        for name in names:
            row = results[name].setdefault(
                id, {"status": "ok", "seconds": [], "units": part.steps, "of": work.steps}
            )
            try:
                wall, inner = _whole_process(id, part, cores, cache, settings.timeout)
            except (subprocess.SubprocessError, json.JSONDecodeError) as error:
                row.update(status="failed", note=type(error).__name__)
                return
            row["seconds"].append(wall + inner * (work.steps - part.steps) / part.steps)


def _part(work: Work, steady: Result, settings: Settings) -> Work:
    seconds, limit = _seconds(steady), 4 * settings.longest
    return work if seconds <= limit else work.with_units(max(1, int(work.steps * settings.longest / seconds)))


def _seconds(result: Result) -> float:
    return min(result["seconds"], default=result["first"])


def _whole_process(id: str, work: Work, cores: int, cache: Path, timeout: float) -> tuple[float, float]:
    """Wall seconds of the process, and those it spent on the work."""
    started = perf_counter()
    done = subprocess.run(
        [*command(id, cores), "--once", json.dumps(asdict(work))],
        env=environment(id, cores, cache),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=True,
    )
    return perf_counter() - started, json.loads(done.stdout)["seconds"]


def command_runs(cores: int, rounds: int) -> Iterator[tuple[str, float]]:
    """`qunlearn run iris` from the shell: with empty caches ("first"), and once more ("second")."""
    program = Path(sys.executable).with_name("qunlearn")
    for _ in range(rounds):
        with _empty_cache() as cache:
            for name in ("first", "second"):
                started = perf_counter()
                subprocess.run(
                    [str(program), "run", "iris", "--out", "run", "--force"],
                    env=environment("fused", cores, cache),
                    cwd=cache,
                    capture_output=True,
                    check=True,
                )
                yield name, perf_counter() - started


@contextmanager
def _empty_cache() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def machine(cores: int) -> dict[str, Any]:
    """What a reader must know of the machine; not its name."""
    import os
    import platform

    return {
        "processor": _processor() or platform.processor(),
        "cores used": cores,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load before": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines: Iterable[str] = info.read_text().splitlines() if info.exists() else ()
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    widest = next((name for name in ("avx512f", "avx2") if name in flags), "")
    return f"{model} ({widest})" if widest else model
