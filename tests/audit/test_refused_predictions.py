"""Foreign predictions and plans that cannot be used: one sentence, and nothing is computed or written."""

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from cases import Case, Prepare, check_call
from damage import then
from qunlearn.audit import of_predictions
from qunlearn.audit.of_predictions import audit_folder

N, K = 12, 3
P = np.random.default_rng(3).dirichlet(np.ones(K), (5, N))
LABELS = np.arange(N) % K
ROLES = np.array(["forget", "retain", "retain", "test"] * 3)
GOOD: dict[str, Any] = {
    "labels": LABELS,
    "roles": ROLES,
    "original": P[0],
    "unlearned": P[1:2],
    "gold": P[2:],
}


def answers(**changes: Any) -> Prepare:
    """The folder `a` with every array as a NumPy file, some of them changed, those that are None left out."""

    def prepare(folder: Path) -> None:
        (folder / "a").mkdir()
        for name, array in {**GOOD, **changes}.items():
            if array is not None:
                np.save(folder / "a" / f"{name}.npy", array)

    return prepare


def with_value(name: str, at: Any, value: Any) -> Prepare:
    array = GOOD[name].copy()
    array[at] = value
    return answers(**{name: array})


def with_bytes(name: str, content: bytes) -> Prepare:
    """The good folder with one file of these bytes."""

    def prepare(folder: Path) -> None:
        answers()(folder)
        (folder / "a" / name).write_bytes(content)

    return prepare


def npy(array: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array)
    return sink.getvalue()


def header(text: str) -> bytes:
    """A NumPy file of this header and no values."""
    line = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line


def tensors(**changes: Any) -> Prepare:
    def prepare(folder: Path) -> None:
        (folder / "a").mkdir()
        codes = np.array([["forget", "retain", "test", "holdout"].index(role) for role in ROLES])
        arrays = {**GOOD, "roles": codes, **changes}
        save_file(
            {k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / "a/probabilities.safetensors"
        )

    return prepare


def plan(text: str | bytes) -> Prepare:
    def prepare(folder: Path) -> None:
        answers()(folder)
        (folder / "p.json").write_bytes(text if isinstance(text, bytes) else text.encode())

    return prepare


def criteria(**changes: Any) -> Prepare:
    """A plan for the good answers, with changes to its keys or, as `criterion`, to its one criterion."""
    one = {"metric": "forget_accuracy", "part": "train", "sd_multiple": 4.0, "min_margin": 0.02}
    one |= changes.pop("criterion", {})
    return plan(json.dumps({"criteria": [one], "gold": 3, **changes}))


def file(name: str, content: str = "mine\n") -> Prepare:
    def prepare(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)

    return prepare


def link(name: str, target: str) -> Prepare:
    def prepare(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return prepare


def audit() -> None:
    audit_folder("a")


def planned() -> None:
    audit_folder("a", plan="p.json")


def into(place: str) -> Callable[[], object]:
    return lambda: audit_folder("a", place)


DEEP = b"[" * 100_000
BAD_ROLES = np.where(ROLES == "test", "val", ROLES)

CASES = [
    # places
    Case(
        "empty folder", audit, "lacks labels, roles, original, unlearned, gold", lambda d: (d / "a").mkdir()
    ),
    Case(
        "file of another kind",
        lambda: audit_folder("a.csv"),
        "must be a folder of .npy files",
        file("a.csv", "1,2\n"),
    ),
    Case(
        "place is a file",
        into("o"),
        "o cannot be written to (Not a directory)",
        then(answers(), file("o")),
    ),
    Case("place below a file", into("o/x"), "choose another --out", then(answers(), file("o"))),
    Case("place with a long name", into("x" * 300), "choose another --out", answers()),
    Case("place that takes no files", into("/proc/self"), "/proc/self cannot be written to", answers()),
    Case("place of a run", into("o"), "holds a run", then(answers(), file("o/run.json", "{}"))),
    Case("place of a begun run", into("o"), "holds a run", then(answers(), file("o/config.toml"))),
    # single files
    *(Case(f"no {name}", audit, f"lacks {name}", answers(**{name: None})) for name in GOOD),
    Case(
        "folder as file", audit, "lacks gold", then(answers(gold=None), lambda d: (d / "a/gold.npy").mkdir())
    ),
    Case("link that leads nowhere", audit, "lacks gold", then(answers(), link("a/gold.npy", "none"))),
    Case("empty file", audit, "gold.npy is not a plain NumPy array", with_bytes("gold.npy", b"")),
    Case("text as array", audit, "gold.npy is not a plain NumPy array", with_bytes("gold.npy", b"0.1,0.9\n")),
    Case("truncated header", audit, "not a plain NumPy array", with_bytes("gold.npy", npy(P[2:])[:40])),
    Case("truncated array", audit, "not a plain NumPy array", with_bytes("gold.npy", npy(P[2:])[:-8])),
    Case(
        "header of no dictionary",
        audit,
        "not a plain NumPy array",
        with_bytes("gold.npy", header("{'descr': '<f8',")),
    ),
    Case(
        "header that promises too much",
        audit,
        "not a plain NumPy array",
        with_bytes("gold.npy", header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**16},)}}")),
    ),
    Case("pickled objects", audit, "pickled objects are never loaded", answers(roles=ROLES.astype(object))),
    Case(
        "broken archive", audit, "not a plain NumPy array", with_bytes("gold.npy", b"PK\x03\x04 and no more")
    ),
    # labels and roles
    Case("labels as fractions", audit, "labels: must be whole numbers", answers(labels=LABELS / 2)),
    Case("labels as words", audit, "labels: must be whole numbers", answers(labels=LABELS.astype(str))),
    Case("labels as records", audit, "labels: must be whole", answers(labels=np.zeros(N, [("a", int)]))),
    Case("labels in two columns", audit, "labels: must be whole", answers(labels=np.stack([LABELS] * 2, 1))),
    Case("one label for all", audit, "labels: must be whole numbers", answers(labels=np.array(1))),
    Case("label above the classes", audit, "must be in 0..2", with_value("labels", 3, K)),
    Case("negative label", audit, "must be in 0..2", with_value("labels", 3, -1)),
    Case(
        "label beyond 64 bits",
        audit,
        "must be in 0..2",
        answers(labels=LABELS.astype(np.uint64) - np.uint64(1)),
    ),
    Case("no samples", audit, "there are no samples", answers(labels=LABELS[:0], roles=ROLES[:0])),
    Case("fewer roles", audit, "roles: must be one word for each of the 12", answers(roles=ROLES[1:])),
    Case("roles as numbers", audit, "roles: must be one word a sample", answers(roles=LABELS)),
    Case("unknown role", audit, "but one is 'val'", answers(roles=BAD_ROLES)),
    Case("role that is not text", audit, "`roles` must be", answers(roles=np.array([b"\xff"] * N))),
    Case(
        "nothing forgotten",
        audit,
        "at least one forget",
        answers(roles=np.where(ROLES == "forget", "test", ROLES)),
    ),
    Case(
        "nothing retained",
        audit,
        "at least one retain",
        answers(roles=np.where(ROLES == "retain", "test", ROLES)),
    ),
    Case(
        "nothing unseen",
        audit,
        "no model was trained on",
        answers(roles=np.where(ROLES == "test", "retain", ROLES)),
    ),
    # probabilities
    Case("not a number", audit, "original: `p` must not hold NaN", with_value("original", (2, 1), np.nan)),
    Case("infinite", audit, "must not hold NaN or infinity", with_value("gold", (0, 2, 1), np.inf)),
    Case(
        "negative",
        audit,
        "unlearned: `p` must not be negative",
        with_value("unlearned", (0, 2), [-0.5, 1, 0.5]),
    ),
    Case("rows of another sum", audit, "gold: rows of `p` must sum to 1", with_value("gold", (1, 2, 1), 1)),
    Case("logits", audit, "unlearned: `p` must not be negative", answers(unlearned=np.log(P[1:2]))),
    Case("per cent", audit, "original: rows of `p` must sum to 1", answers(original=100 * P[0])),
    Case("complex", audit, "gold: must hold probabilities", answers(gold=P[2:] * 1j)),
    Case("text", audit, "gold: must hold probabilities", answers(gold=P[2:].astype(str))),
    Case("truth", audit, "gold: must hold probabilities", answers(gold=P[2:] > 0.5)),
    Case("dates", audit, "gold: must hold probabilities", answers(gold=np.zeros((3, N, K), "M8[s]"))),
    Case(
        "one column",
        audit,
        "at least 2 classes",
        answers(**{n: np.ones_like(GOOD[n][..., :1]) for n in ("original", "unlearned", "gold")}),
    ),
    Case("classes missing", audit, "must predict the same classes", answers(gold=P[2:, :, :2])),
    Case("samples missing", audit, "unlearned: must be about the 12 samples", answers(unlearned=P[1:2, :9])),
    Case("four axes", audit, "gold: must have shape", answers(gold=P[None, 2:])),
    Case("one axis", audit, "original: must have shape (n, K)", answers(original=P[0].ravel())),
    Case("two originals", audit, "original: must be one model", answers(original=P[:2])),
    Case("no unlearned model", audit, "unlearned: there is no model", answers(unlearned=P[:0])),
    Case("one gold model", audit, "gold: must be at least 3 models, but there are 1", answers(gold=P[2:3])),
    Case("gold without its axis", audit, "gold: must have shape (models, n, K)", answers(gold=P[2])),
    Case("untrained of other samples", audit, "untrained: must be about", answers(untrained=P[:, :9])),
    # ids
    Case("fewer ids", audit, "ids: must be one for each of the 12", answers(ids=np.arange(N - 1))),
    Case("id given twice", audit, "every sample must have its own", answers(ids=np.arange(N) // 2)),
    Case("ids as fractions", audit, "ids: must be whole numbers or words", answers(ids=np.arange(N) / 2)),
    Case(
        "ids in another order",
        audit,
        "ids_gold: sample 0 is 11",
        answers(ids=np.arange(N), ids_gold=np.arange(N)[::-1]),
    ),
    Case("ids of another kind", audit, "ids_gold: sample 0", answers(ids=np.arange(N), ids_gold=ROLES)),
    Case("ids to compare with nothing", audit, "there are no ids to compare", answers(ids_gold=np.arange(N))),
    Case(
        "one id for all", audit, "ids_gold: must be the ids", answers(ids=np.array(1), ids_gold=np.array(1))
    ),
    # safetensors
    Case(
        "safetensors cut short",
        audit,
        "not a readable safetensors",
        with_bytes("probabilities.safetensors", b"\x99"),
    ),
    Case(
        "safetensors of a huge header",
        audit,
        "not a readable safetensors",
        with_bytes("probabilities.safetensors", struct.pack("<Q", 2**60) + b"{}"),
    ),
    Case("unknown role number", audit, "(0 forget, 1 retain, 2 test, 3 holdout)", tensors(roles=LABELS + 2)),
    Case(
        "roles as fractions in safetensors", audit, "roles: must be whole numbers", tensors(roles=LABELS / 2)
    ),
    Case("no gold in safetensors", audit, "gold: must be at least 3 models", tensors(gold=P[2:4])),
    # the plan
    Case("no plan", planned, "there is no plan p.json", answers()),
    Case("folder as plan", planned, "there is no plan", then(answers(), lambda d: (d / "p.json").mkdir())),
    Case("empty plan", planned, "the plan is not JSON", plan("")),
    Case("plan that is not text", planned, "p.json is not text", plan(b"\xff\xfe\x00")),
    Case("plan without end", planned, "the plan is not JSON", plan(DEEP)),
    Case("plan as a list", planned, "a plan must be a table", plan("[]")),
    Case("plan without criteria", planned, "a plan lacks criteria", plan('{"gold": 3}')),
    Case("plan of no criterion", planned, "at least one criterion", criteria(criteria=[])),
    Case("unknown key of a plan", planned, "`key of a plan` must be one of", criteria(margin=2)),
    Case("criteria as text", planned, "`criteria` of a plan must be a list", criteria(criteria="all")),
    Case("criterion as text", planned, "a criterion must be a table", criteria(criteria=["ra"])),
    Case("plan for other models", planned, "the plan is for 9 gold models", criteria(gold=9)),
    Case("level out of range", planned, "`alpha` must be in (0, 0.5)", criteria(alpha=0.7)),
    Case("level as text", planned, "`alpha` must be a number", criteria(alpha="small")),
    Case("too few permutations", planned, "`permutations` must be >= 99", criteria(permutations=5)),
    Case("unknown metric", planned, "`metric` must be one of", criteria(criterion={"metric": "beauty"})),
    Case("unknown part", planned, "`part` must be one of train", criteria(criterion={"part": "moon"})),
    Case("margin of nothing", planned, "`min_margin` must be > 0", criteria(criterion={"min_margin": 0})),
    Case(
        "margin not a number",
        planned,
        "`sd_multiple` must be > 0",
        criteria(criterion={"sd_multiple": float("nan")}),
    ),
    Case("seeds as a list", planned, "`seeds` of a plan must be a table", criteria(seeds=[1])),
]


@pytest.fixture(autouse=True)
def no_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No numbers are computed but where writing them is what fails."""

    def refuse(*args: object) -> None:
        raise AssertionError("an audit was begun")

    monkeypatch.setattr(of_predictions, "prediction_rows", refuse)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_predictions_that_cannot_be_used_are_refused(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_call(case, tmp_path)
