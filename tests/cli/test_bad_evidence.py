"""Damaged or forged evidence: `verify` names what does not match, all else refuses it in one sentence."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import load_file, save_file

from cli.cases import Case, Prepare, check
from qunlearn.records import seal_of, sha256_file, write_json

pytest.importorskip("cryptography")

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def signed(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run `r`, its deletion record, the record `later` that follows it, and keys."""
    from qunlearn.report import certificate

    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(finished_run, folder / "r")
    for name in ("key.pem", "other.pem"):
        certificate.new_key(folder / name)
    key, record = folder / "key.pem", folder / "first.json"
    shutil.copy(certificate.certify(folder / "r", request_id="R-1", key=key), record)
    later = certificate.certify(folder / "r", request_id="R-2", key=key, previous=record, force=True)
    shutil.copy(later, folder / "later.json")
    (folder / "rsa.pem").write_bytes(_foreign_key(secret=None))
    (folder / "locked.pem").write_bytes(_foreign_key(secret=b"word"))
    return folder


def _foreign_key(secret: bytes | None) -> bytes:
    """A private key of another kind, or one under a password."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    key = ec.generate_private_key(ec.SECP256R1()) if secret is None else ed25519.Ed25519PrivateKey.generate()
    lock = s.NoEncryption() if secret is None else s.BestAvailableEncryption(secret)
    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock)


def gone(*names: str) -> Prepare:
    return lambda folder: [(folder / name).unlink() for name in names]


def content(name: str, new: bytes | str) -> Prepare:
    return lambda folder: (folder / name).write_bytes(new if isinstance(new, bytes) else new.encode())


def cut(name: str, keep: int) -> Prepare:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:keep])


def flip(name: str, at: int = -3) -> Prepare:
    def change(folder: Path) -> None:
        held = bytearray((folder / name).read_bytes())
        held[at] ^= 1
        (folder / name).write_bytes(bytes(held))

    return change


def as_folder(name: str) -> Prepare:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return change


def led_away(name: str, target: str | None = None) -> Prepare:
    """The file replaced by a link to its copy outside the run, or to nothing."""

    def change(folder: Path) -> None:
        (folder / name).replace(folder / "moved")
        (folder / name).symlink_to(folder / (target or "moved"))

    return change


def run_json(change: Callable[[dict[str, Any]], Any]) -> Prepare:
    """`run.json` changed and sealed anew, as someone does who knows how."""

    def prepare(folder: Path) -> None:
        told = json.loads((folder / "r/run.json").read_text())
        told.pop("seal")
        change(told)
        write_json(folder / "r/run.json", {**told, "seal": seal_of(told)})

    return prepare


def resealed(change: Change) -> Prepare:
    """The run changed, and every hash with it."""

    def prepare(folder: Path) -> None:
        change(folder)
        run = folder / "r"
        hashes = {name: sha256_file(run / name) for name in _hashes(run) if (run / name).is_file()}
        run_json(lambda told: told.update(sha256=hashes))(folder)

    return prepare


def _hashes(run: Path) -> dict[str, str]:
    return json.loads((run / "run.json").read_text())["sha256"]


def summary(**changes: Any) -> Prepare:
    def change(folder: Path) -> None:
        file = folder / "r/summary.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return resealed(change)


def arrays(change: Callable[[dict[str, np.ndarray]], Any]) -> Prepare:
    def prepare(folder: Path) -> None:
        held = load_file(folder / "r/evidence.safetensors")
        change(held)
        save_file(held, folder / "r/evidence.safetensors")

    return resealed(prepare)


def envelope(change: Callable[[dict[str, Any]], Any], name: str = "first.json") -> Prepare:
    def prepare(folder: Path) -> None:
        held = json.loads((folder / name).read_text())
        change(held)
        (folder / name).write_text(json.dumps(held))

    return prepare


def signs(body: bytes) -> Prepare:
    """A record of this content, signed with the right key."""

    def prepare(folder: Path) -> None:
        from qunlearn.report.certificate.dsse import seal
        from qunlearn.report.certificate.keys import read_private

        (folder / "first.json").write_bytes(seal(body, read_private(folder / "key.pem")))

    return prepare


DEEP = b"[" * 100_000
TABLE = {"a": [1]}
VERIFY, KEY = "verify r", "--public-key key.pem.pub"
RECORD = f"verify first.json {KEY}"
CERTIFY = "certify r --request-id R-3 --key key.pem --force"

REFUSED_BY_VERIFY = [
    Case("nothing", "verify", "missing argument 'WHAT...'"),
    Case("nowhere", "verify nowhere", "there is no run folder or deletion record nowhere"),
    Case("empty folder", "verify e", "holds no finished run", lambda d: (d / "e").mkdir()),
    Case("unfinished run", VERIFY, "finish it with --resume", gone("r/run.json")),
    Case("folder as run.json", VERIFY, "holds no finished run", as_folder("r/run.json")),
    Case("two folders", "verify r r", "give one run folder, or deletion records only"),
    Case("folder and record", f"verify r first.json {KEY}", "give one run folder"),
    Case("record without a key", "verify first.json", "with the signer's public key"),
    Case("no key", f"{VERIFY} --public-key none.pub", "there is no public key at none.pub"),
    Case("folder as key", f"{VERIFY} --public-key r", "there is no public key at r"),
    Case("empty key", f"{VERIFY} {KEY}", "holds no Ed25519 public key", content("key.pem.pub", "")),
    Case("key cut short", f"{VERIFY} {KEY}", "holds no Ed25519 public key", cut("key.pem.pub", 60)),
    Case("private key as public", f"{VERIFY} --public-key key.pem", "holds no Ed25519 public key"),
    Case("key of another kind", "verify first.json --public-key rsa.pem", "holds no Ed25519 public key"),
    Case(
        "key of another signer", "verify first.json --public-key other.pem.pub", "is not signed by the given"
    ),
    Case("empty record", RECORD, "is no deletion record", content("first.json", "")),
    Case("record cut short", RECORD, "is no deletion record", cut("first.json", 200)),
    Case("record as a list", RECORD, "is no deletion record", content("first.json", "[]")),
    Case("record that is no text", RECORD, "is no deletion record", content("first.json", b"\xff\xfe\xfd")),
    Case("record without end", RECORD, "is no deletion record", content("first.json", DEEP)),
    Case("unsigned record", RECORD, "is no deletion record", envelope(lambda e: e.update(signatures=[]))),
    Case("signed twice", RECORD, "is no deletion record", envelope(lambda e: e["signatures"].append({}))),
    Case("payload of no base64", RECORD, "is no deletion record", envelope(lambda e: e.update(payload="ä"))),
    Case("payload of no text", RECORD, "is no deletion record", envelope(lambda e: e.update(payload=3))),
    Case(
        "signature cut short",
        RECORD,
        "is not signed by",
        envelope(lambda e: e["signatures"][0].update(sig="AA==")),
    ),
    Case(
        "other payload",
        RECORD,
        "or was changed after signing",
        envelope(lambda e: e.update(payload=base64.b64encode(b"{}").decode())),
    ),
    Case("other spelling", RECORD, "was changed after it was signed", envelope(lambda e: None)),
    Case(
        "other type", RECORD, "was changed after it was signed", envelope(lambda e: e.update(payloadType="x"))
    ),
    Case("signed nonsense", RECORD, "is signed, but holds no statement", signs(b"nonsense")),
    Case("signed list", RECORD, "is signed, but holds no statement", signs(b"[]")),
    Case("signed statement of another kind", RECORD, "is no deletion record", signs(b"{}")),
    Case("chain in the wrong order", f"verify later.json first.json {KEY}", "does not follow later.json"),
    Case("record twice in a chain", f"verify first.json first.json {KEY}", "does not follow first.json"),
    Case(
        "chain to nowhere", f"verify first.json none.json {KEY}", "no run folder or deletion record none.json"
    ),
]

FOUND = [
    Case("empty run.json", VERIFY, "WRONG  seal", content("r/run.json", "")),
    Case("run.json cut short", VERIFY, "WRONG  seal", cut("r/run.json", 99)),
    Case("run.json of no text", VERIFY, "WRONG  seal", content("r/run.json", b"\xff\xfe\xfd")),
    Case("run.json without end", VERIFY, "nested too deeply", content("r/run.json", DEEP)),
    Case("run.json as a list", VERIFY, "run.json must hold a JSON object", content("r/run.json", "[]")),
    Case("run.json as a word", VERIFY, "run.json must hold a JSON object", content("r/run.json", '"x"')),
    Case("run.json of another spelling", VERIFY, "does not match its own seal", lambda d: _respell(d)),
    Case("seal of nothing", VERIFY, "does not match its own seal", lambda d: _unsealed(d)),
    Case("no hashes", VERIFY, "with the table `sha256`", run_json(lambda r: r.pop("sha256"))),
    Case("hashes as a list", VERIFY, "with the table `sha256`", run_json(lambda r: r.update(sha256=[]))),
    Case("hash as a number", VERIFY, "rows.parquet was changed", run_json(lambda r: r["sha256"].update({"rows.parquet": 3}))),
    Case("hash as a list", VERIFY, "split.json was changed", run_json(lambda r: r["sha256"].update({"split.json": [1]}))),
    Case("hash of another kind", VERIFY, "split.json was changed", run_json(lambda r: r["sha256"].update({"split.json": "d41d8cd98f00b204e9800998ecf8427e"}))),
    Case("file that is not named", VERIFY, "trace.parquet was added", run_json(lambda r: r["sha256"].pop("trace.parquet"))),
    Case("name that leads out", VERIFY, "'../first.json', which no run writes", run_json(lambda r: r["sha256"].update({"../first.json": "0"}))),
    Case("name from the root", VERIFY, "'/etc/passwd', which no run writes", run_json(lambda r: r["sha256"].update({"/etc/passwd": "0"}))),
    Case("name with a zero byte", VERIFY, "which no run writes", run_json(lambda r: r["sha256"].update({"a\0b": "0"}))),
    Case("name of no character", VERIFY, "which no run writes", lambda d: _surrogate(d)),
    Case("file missing", VERIFY, "trace.parquet is missing", gone("r/trace.parquet")),
    Case("file missing and not named", VERIFY, "run.json does not name it", resealed(gone("r/trace.parquet"))),
    Case("file added", VERIFY, "history.safetensors was added", content("r/history.safetensors", "x")),
    Case("file as folder", VERIFY, "circuit.txt is missing", as_folder("r/circuit.txt")),
    Case("link out of the folder", VERIFY, "rows.parquet is a link", led_away("r/rows.parquet")),
    Case("link that leads nowhere", VERIFY, "split.json is a link", led_away("r/split.json", "none")),
    Case("evidence cut short", VERIFY, "evidence.safetensors was changed", cut("r/evidence.safetensors", 99)),
    Case("no evidence left", VERIFY, "WRONG  models", resealed(content("r/evidence.safetensors", ""))),
    Case("array missing", VERIFY, "WRONG  metrics", arrays(lambda a: a.pop("p_gold"))),
    Case("array of another shape", VERIFY, "WRONG  probabilities", arrays(lambda a: a.update(p_gold=a["p_gold"][:, :1].copy()))),
    Case("array of whole numbers", VERIFY, "WRONG  probabilities", arrays(lambda a: a.update(p_gold=a["p_gold"].astype(int)))),
    Case("array of no numbers", VERIFY, "WRONG  probabilities", arrays(lambda a: a.update(p_unlearned=a["p_unlearned"] * np.nan))),
    Case("parameters of another model", VERIFY, "WRONG  models", arrays(lambda a: a.update(original=a["original"][1:].copy()))),
    Case("rows cut short", VERIFY, "WRONG  metrics", resealed(cut("r/rows.parquet", 300))),
    Case("rows of another table", VERIFY, "WRONG  metrics", resealed(lambda d: parquet.write_table(pa.table(TABLE), d / "r/rows.parquet"))),
    Case("model cut short", VERIFY, "the saved model at r/original is damaged", resealed(cut("r/original.safetensors", 20))),
    Case("description as a list", VERIFY, "the saved model at r/unlearned is damaged", resealed(content("r/unlearned.json", "[]"))),
    Case("description without end", VERIFY, "the saved model at r/original is damaged", resealed(content("r/original.json", DEEP))),
    Case("split as a word", VERIFY, "WRONG  split", resealed(content("r/split.json", '"x"'))),
    Case("summary as a list", VERIFY, "WRONG  metrics", resealed(content("r/summary.json", "[]"))),
    Case("drawing of no text", VERIFY, "WRONG  drawings", resealed(content("r/circuit.txt", b"\xff\xfe\xfd"))),
    Case("record changed", f"{VERIFY} {KEY}", "WRONG  record", flip("r/deletion-record.json")),
    Case("record of another run", f"{VERIFY} {KEY}", "the record is about other files: run.json", run_json(lambda r: r.update(command="x"))),
    Case("record of another signer", f"{VERIFY} --public-key other.pem.pub", "is not signed by the given public key"),
    Case("record as folder", f"{VERIFY} {KEY}", "WRONG  record", as_folder("r/deletion-record.json")),
    Case("other secret", f"{VERIFY} {KEY}", "do not give the record's Merkle root", flip("r/deletion-record.secret", 5)),
    Case("secret in capitals", f"{VERIFY} {KEY}", "do not give the record's", lambda d: _capitals(d)),
]  # fmt: skip

REPORT = "report r"
REFUSED_BY_REPORT = [
    Case("nowhere", "report nowhere", "no run folder `nowhere`"),
    Case("file as run", "report first.json", "no run folder `first.json`"),
    Case("empty folder", "report e", "holds no finished run", lambda d: (d / "e").mkdir()),
    Case("unfinished run", REPORT, "finish it with --resume", gone("r/run.json")),
    Case("empty run.json", REPORT, "`r/run.json` cannot be read", content("r/run.json", "")),
    Case("run.json of no text", REPORT, "`r/run.json` cannot be read", content("r/run.json", b"\xff\xfe\xfd")),
    Case("run.json without end", REPORT, "nested too deeply", content("r/run.json", DEEP)),
    Case("run.json as a list", REPORT, "must hold a JSON object", content("r/run.json", "[]")),
    Case("run.json of no finite numbers", REPORT, "`r/run.json` cannot be read", content("r/run.json", '{"sha256": {}, "a": NaN}')),
    Case("no hashes", REPORT, "lacks the table `sha256`", run_json(lambda r: r.pop("sha256"))),
    Case("run.json changed", REPORT, "does not match its seal", flip("r/run.json", 20)),
    Case("run.json unsealed", REPORT, "does not match its seal", lambda d: _unsealed(d)),
    Case("no summary", REPORT, "`r/summary.json` is missing", gone("r/summary.json")),
    Case("summary changed", REPORT, "was changed after the run", flip("r/summary.json")),
    Case("summary as a list", REPORT, "must hold a JSON object", resealed(content("r/summary.json", "[]"))),
    Case("summary of nothing", REPORT, "lacks `dataset, seed", resealed(content("r/summary.json", "{}"))),
    Case("classes as a number", REPORT, "`class_names` in", summary(class_names=3)),
    Case("request as a list", REPORT, "`request` in", summary(request=[])),
    Case("kind of request as a list", REPORT, "`request` in", summary(request={"kind": [], "what": "x"})),
    Case("verdict as a word", REPORT, "`verdict` in", summary(verdict="PASS")),
    Case("cost as a list", REPORT, "`cost` in", summary(cost=[1])),
    Case("figures as a number", REPORT, "`unlearned` in", summary(unlearned=1)),
    Case("forgotten class of no such index", REPORT, "`forget_index` in", summary(forget_index=7)),
    Case("evidence cut short", REPORT, "was changed after the run", cut("r/evidence.safetensors", 99)),
    Case("no evidence left", REPORT, "cannot be read", resealed(content("r/evidence.safetensors", ""))),
    Case("array missing", REPORT, "lacks `p_gold`", arrays(lambda a: a.pop("p_gold"))),
    Case("array of another shape", REPORT, "must be (n, K)", arrays(lambda a: a.update(p_gold=a["p_gold"][0].copy()))),
    Case("no rows", REPORT, "`r/rows.parquet` is missing", gone("r/rows.parquet")),
    Case("rows cut short", REPORT, "is not a readable Parquet file", resealed(cut("r/rows.parquet", 300))),
    Case("curves of another table", REPORT, "lacks the column", resealed(lambda d: parquet.write_table(pa.table(TABLE), d / "r/trace.parquet"))),
    Case("picture that is none", REPORT, "cannot be read", resealed(content("r/circuit.svg", "<svg"))),
    Case("split changed", REPORT, "was changed after the run", flip("r/split.json")),
    Case("page as folder", REPORT, "report.html cannot be used (Is a directory)", as_folder("r/report.html")),
]  # fmt: skip

REFUSED_BY_CERTIFY = [
    Case("nowhere", "certify none --request-id R-3 --key key.pem", "there is no run folder `none`"),
    Case("no request", "certify r --key key.pem", "missing option '--request-id'"),
    Case("unfinished run", CERTIFY, "holds no finished run", gone("r/run.json")),
    Case("changed run", CERTIFY, "r does not verify (seal:", flip("r/run.json", 20)),
    Case("name as request", CERTIFY.replace("R-3", "'Ann Lee'"), "`request_id` must be opaque"),
    Case("empty request", CERTIFY.replace("R-3", "''"), "`request_id` must be opaque"),
    Case("long request", CERTIFY.replace("R-3", "1" * 129), "`request_id` must be opaque"),
    Case("request of two lines", CERTIFY.replace("R-3", "'R\n3'"), "`request_id` must be opaque"),
    Case("no key", CERTIFY.replace("key.pem", "none.pem"), "there is no private key at none.pem"),
    Case("folder as key", CERTIFY.replace("key.pem", "r"), "there is no private key at r"),
    Case("public key as private", CERTIFY.replace("key.pem", "key.pem.pub"), "no unencrypted Ed25519 private key"),
    Case("key of another kind", CERTIFY.replace("key.pem", "rsa.pem"), "no unencrypted Ed25519 private key"),
    Case("locked key", CERTIFY.replace("key.pem", "locked.pem"), "no unencrypted Ed25519 private key"),
    Case("nonsense as key", CERTIFY, "no unencrypted Ed25519 private key", content("key.pem", b"\xff\0")),
    Case("record already there", CERTIFY.replace(" --force", ""), "is there already: --force replaces it"),
    Case("no earlier record", f"{CERTIFY} --previous none.json", "there is no earlier deletion record"),
    Case("earlier record of another kind", f"{CERTIFY} --previous r/run.json", "is no deletion record"),
    Case("earlier record without end", f"{CERTIFY} --previous first.json", "is no deletion record", content("first.json", DEEP)),
    Case("record before itself", f"{CERTIFY} --previous r/deletion-record.json", "is the record to be written"),
]  # fmt: skip

REFUSED_BY_NEW_KEY = [
    Case("no file", "new-key", "missing argument 'FILE'"),
    Case("key already there", "new-key key.pem", "a key is never replaced"),
    Case("public key already there", "new-key key.pem", "key.pem.pub is there already", gone("key.pem")),
    Case("folder as file", "new-key r", "r is there already"),
    Case("place that is not there", "new-key none/key.pem", "there is no folder none"),
    Case("place below a file", "new-key first.json/key.pem", "there is no folder first.json"),
    Case("long name", f"new-key {'x' * 300}", "cannot be used (File name too long)"),
]


def _respell(folder: Path) -> None:
    file = folder / "r/run.json"
    file.write_text(json.dumps(json.loads(file.read_text())))


def _unsealed(folder: Path) -> None:
    told = json.loads((folder / "r/run.json").read_text())
    told.pop("seal")
    write_json(folder / "r/run.json", told)


def _surrogate(folder: Path) -> None:
    told = json.loads((folder / "r/run.json").read_text())
    told["sha256"]["\ud800"] = "0"
    (folder / "r/run.json").write_text(json.dumps(told))


def _capitals(folder: Path) -> None:
    file = folder / "r/deletion-record.secret"
    file.write_text(file.read_text().upper())


ALL = {
    "verify": REFUSED_BY_VERIFY,
    "found": FOUND,
    "report": REFUSED_BY_REPORT,
    "certify": REFUSED_BY_CERTIFY,
    "new-key": REFUSED_BY_NEW_KEY,
}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is retrained or drawn to find what cheaper checks find."""
    from qunlearn import verify

    kept = {
        name: verify.CHECKS[name]
        for name in ("seal", "files", "models", "split", "probabilities", "metrics", "drawings")
    }
    monkeypatch.setattr(verify, "CHECKS", kept)


def test_every_kind_is_another() -> None:
    for cases in ALL.values():
        assert len({case.name for case in cases}) == len(cases)


@pytest.mark.parametrize(
    ("what", "case"),
    [(what, case) for what, cases in ALL.items() for case in cases],
    ids=lambda c: getattr(c, "name", c),
)
def test_evidence_that_cannot_be_relied_on(
    what: str,
    case: Case,
    signed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(signed, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    check(case, tmp_path, capsys, code=1 if what == "found" else 2)
