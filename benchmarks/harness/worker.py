"""The child process of one implementation: JSON lines in, JSON lines out.

    {"op": "hello"}                   -> {"versions": {...}}
    {"op": "prepare", "work": {...}}  -> {"digest": {...}, "first": s, "second": s or null}
    {"op": "time", "repeats": n}      -> {"seconds": s of one repetition}

An exception is answered by {"error": "..."} and ends nothing. With `--once WORK` the work is done a single
time, its digest printed, and the process ends.
"""

import argparse
import json
import os
import sys
from functools import partial
from importlib import import_module
from importlib.metadata import version
from time import perf_counter
from typing import Any

SECOND_CALL_BELOW = 1.0  # seconds of a first call from which warming up no longer matters, without a compiler


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a framework prints must not mix with the answers
    parser = argparse.ArgumentParser()
    parser.add_argument("implementation")
    parser.add_argument("--cores", type=int, required=True)
    parser.add_argument("--once", type=json.loads)
    options = parser.parse_args()
    use_cores(options.cores)
    server = Server(options.implementation)
    if options.once is not None:
        print(json.dumps(server.once(options.once)), file=answers)
        return
    for line in sys.stdin:
        print(json.dumps(server.answer(json.loads(line))), file=answers)


def use_cores(count: int) -> None:
    """Pin the process, before anything starts threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:count]))


class Server:
    """Imports its framework at the first request."""

    def __init__(self, implementation: str) -> None:
        from harness.implementations import IMPLEMENTATIONS

        self.implementation = IMPLEMENTATIONS[implementation]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply to one request."""
        try:
            return getattr(self, request.pop("op"))(**request)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}

    def hello(self) -> dict[str, Any]:
        from harness.circuits import paper

        self._build(paper())
        return {"versions": {name: version(name) for name in self.implementation.packages}}

    def prepare(self, work: dict[str, Any]) -> dict[str, Any]:
        from harness.works import Work

        todo = Work(**work)
        self.call = self._build(todo.model).prepare(todo)
        first, result = timed(self.call)
        warm = not self.implementation.compiled and first > SECOND_CALL_BELOW
        return {"digest": digest(result), "first": first, "second": None if warm else timed(self.call)[0]}

    def time(self, repeats: int) -> dict[str, Any]:
        started = perf_counter()
        for _ in range(repeats):
            self.call()
        return {"seconds": (perf_counter() - started) / repeats}

    def once(self, work: dict[str, Any]) -> dict[str, Any]:
        """The work done once, and the seconds from the built circuit to the result."""
        from harness.works import Work

        todo = Work(**work)
        simulator = self._build(todo.model)
        seconds, result = timed(partial(run_whole, simulator, todo))
        return {"digest": digest(result), "seconds": seconds}

    def _build(self, model: Any) -> Any:
        module = import_module(f"rivals.{self.implementation.module}")
        engine = (self.implementation.engine,) if self.implementation.ours else ()
        return module.build(model, *engine)


def run_whole(simulator: Any, work: Any) -> Any:
    """Prepare a work and do it."""
    return simulator.prepare(work)()


def timed(call: Any) -> tuple[float, Any]:
    """Seconds that a call takes, and its result."""
    started = perf_counter()
    result = call()
    return perf_counter() - started, result


def digest(result: Any) -> dict[str, Any]:
    """Size, mean, and up to 64 evenly spaced entries of a result: enough to compare it."""
    import numpy as np

    flat = np.ravel(np.asarray(result, float))
    picked = flat[np.linspace(0, len(flat) - 1, min(64, len(flat))).astype(int)]
    return {"size": len(flat), "mean": float(flat.mean()), "entries": picked.tolist()}


if __name__ == "__main__":
    main()
