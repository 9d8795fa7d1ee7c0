"""The parent's side of a worker."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Event, Timer
from typing import Any

from harness.implementations import BENCHMARKS, IMPLEMENTATIONS
from harness.works import Work

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "QUNLEARN_THREADS")


class WorkerFailed(Exception):
    """A worker that answered with an error, ended, or took too long."""


def environment(implementation: str, cores: int, cache: Path) -> dict[str, str]:
    """Variables of a worker: `cores` threads for every library, an own place for caches on disk, no GPU."""
    threads = dict.fromkeys(_THREADS, str(cores))
    caches = {"XDG_CACHE_HOME": str(cache), "HOME": str(cache)}
    own = IMPLEMENTATIONS[implementation].variables
    ways = {"PYTHONPATH": str(BENCHMARKS), "JAX_PLATFORMS": "cpu", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **threads, **caches, **ways, **own}


def command(implementation: str, cores: int) -> list[str]:
    """The command of a worker process."""
    python = str(IMPLEMENTATIONS[implementation].interpreter())
    return [python, "-m", "harness.worker", implementation, "--cores", str(cores)]


class Worker:
    """A running worker; use as a context manager. Raises `WorkerFailed` where it cannot start."""

    def __init__(self, implementation: str, cores: int, cache: Path, timeout: float) -> None:
        self.implementation, self.timeout = implementation, timeout
        if not IMPLEMENTATIONS[implementation].interpreter().exists():
            raise WorkerFailed("not installed: `python benchmarks/setup_rivals.py` makes its environment")
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the worker
        self._process = subprocess.Popen(
            command(implementation, cores),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment(implementation, cores, cache),
        )
        self.versions: Mapping[str, str] = self._call("hello")["versions"]

    def prepare(self, work: Work) -> dict[str, Any]:
        """Build and run `work` once or twice; see `harness.worker`."""
        return self._call("prepare", work=asdict(work))

    def time(self, repeats: int) -> float:
        """Seconds of one repetition of what was prepared last."""
        return self._call("time", repeats=repeats)["seconds"]

    def _call(self, op: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        expired = Event()
        limit = Timer(self.timeout, lambda: (expired.set(), self._process.kill()))
        limit.start()
        try:
            print(json.dumps({"op": op, **arguments}), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        limit.cancel()
        if not line:
            raise WorkerFailed(self._ended(expired.is_set()))
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerFailed(answer["error"])
        return answer

    def _ended(self, expired: bool) -> str:
        if expired:
            return f"no answer within {self.timeout:.0f} s"
        self._errors.seek(0)
        last = self._errors.read().strip().splitlines()[-1:] or ["no message"]
        return f"the process ended: {last[0]}"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            with suppress(BrokenPipeError):
                assert pipe is not None
                pipe.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
