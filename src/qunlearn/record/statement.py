"""What a deletion record says: an in-toto Statement (version 1) about the models before and after.

It holds digests and measured numbers, never a record, a name or a plain hash of a record. It states what
was measured; it does not say that data or their influence are gone.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qunlearn._errors import require
from qunlearn.metrics import HEADLINE
from qunlearn.record.leaves import Leaves
from qunlearn.records import Row, sha256_arrays, sha256_file
from qunlearn.results.evidence import REMEDY, tensors
from qunlearn.results.limits import limits
from qunlearn.results.run_results import RunResults

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:qunlearn:deletion-record:v2"
READ_TYPES = ("urn:qunlearn:deletion-record:v1", PREDICATE_TYPE)
"""Version 1 had the count of measures within the gold spread in `verdict`, and no engine in `execution`."""
SUBJECTS = ("original.safetensors", "unlearned.safetensors", "evidence.safetensors", "run.json")
_Z = 1.959963984540054  # two-sided 95 % of the normal distribution


def statement(
    run: RunResults, rows: Leaves, secret: bytes, *, request_id: str, previous: str | None
) -> dict[str, Any]:
    """The statement about the audited run; `previous` is the SHA-256 of the record before it, if any."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": n, "digest": {"sha256": sha256_file(run.path / n)}} for n in SUBJECTS],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "request": {"id": request_id, "kind": run.summary.get("request", {}).get("kind", "class")},
            "issued": datetime.now(UTC).isoformat(timespec="seconds"),
            "previous": None if previous is None else {"sha256": previous},
            "gold": {"models": int(run.summary["gold_size"]), "sha256": _gold(run.path)},
            "config": {"sha256": sha256_file(run.path / "config.toml")},
            "split": {
                "merkle_root": rows.root(secret),
                "leaves": len(rows.records),
                "salted": True,
                "hash": "SHA-256, tree of RFC 6962",
            },
            "method": run.summary["method"],
            "claim": {"tier": run.summary["method"].get("tier", "empirical")},
            "measured": [_measured(row) for row in run.rows if row.model == "unlearned"],
            "verdict": run.summary["verdict"],
            "spread": run.summary["spread"],
            "execution": _execution(run),
            "limits": list(limits(run.summary, run.has_attacks)),
        },
    }


_EXECUTION = ("versions", "machine", "computed", "seeds", "started", "ended", "seconds")


def _execution(run: RunResults) -> dict[str, Any]:
    """With which versions, machine, engine, precision, threads and seeds it was computed, and when."""
    lacking = [name for name in _EXECUTION if name not in run.run]
    require(not lacking, f"`{run.path / 'run.json'}` lacks `{', '.join(lacking)}`: {REMEDY}")
    return {name: run.run[name] for name in _EXECUTION}


def _measured(row: Row) -> dict[str, Any]:
    """A metric with its interval: value ± 1.96 standard errors where there is one."""
    low = high = None
    if row.value is not None and row.stderr is not None:
        low, high = row.value - _Z * row.stderr, row.value + _Z * row.stderr
    return {
        "metric": row.metric,
        "split": row.split,
        "headline": row.metric in HEADLINE,
        "value": row.value,
        "stderr": row.stderr,
        "low": low,
        "high": high,
        "gap_to_gold": row.gap,
        "gold_low": row.null_low,
        "gold_high": row.null_high,
    }


def _gold(folder: Path) -> str:
    return sha256_arrays({"gold": tensors(folder / "evidence.safetensors", ("gold",))["gold"]})
