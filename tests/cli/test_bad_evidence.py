"""Damaged or forged evidence: `verify` names what does not match, all else refuses it in one sentence."""

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest

from cli.cases import Case, check
from cli.damage import (
    appended,
    arrays,
    as_folder,
    capitals,
    content,
    cut,
    envelope,
    flip,
    gone,
    hashed,
    led_away,
    other_table,
    resealed,
    respell,
    run_json,
    signs,
    summary,
    surrogate,
    tensor,
    told,
    unsealed,
)

pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def signed(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run `r`, its deletion record, the record `later` that follows it, and keys."""
    from qunlearn import record as certificate

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


DEEP = b"[" * 100_000
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
    Case("empty record", RECORD, "is not a deletion record", content("first.json", "")),
    Case("record cut short", RECORD, "is not a deletion record", cut("first.json", 200)),
    Case("record as a list", RECORD, "is not a deletion record", content("first.json", "[]")),
    Case(
        "record that is no text", RECORD, "is not a deletion record", content("first.json", b"\xff\xfe\xfd")
    ),
    Case("record without end", RECORD, "is not a deletion record", content("first.json", DEEP)),
    Case("unsigned record", RECORD, "is not a deletion record", envelope(lambda e: e.update(signatures=[]))),
    Case("signed twice", RECORD, "is not a deletion record", envelope(lambda e: e["signatures"].append({}))),
    Case(
        "payload of no base64", RECORD, "is not a deletion record", envelope(lambda e: e.update(payload="ä"))
    ),
    Case("payload of no text", RECORD, "is not a deletion record", envelope(lambda e: e.update(payload=3))),
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
    Case("signed statement of another kind", RECORD, "is not a deletion record", signs(b"{}")),
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
    Case("run.json of another spelling", VERIFY, "does not match its own seal", respell),
    Case("seal of nothing", VERIFY, "does not match its own seal", unsealed),
    Case("no hashes", VERIFY, "with the table `sha256`", run_json(lambda r: r.pop("sha256"))),
    Case("hashes as a list", VERIFY, "with the table `sha256`", run_json(lambda r: r.update(sha256=[]))),
    Case("hash as a number", VERIFY, "rows.parquet was changed", hashed("rows.parquet", 3)),
    Case("hash as a list", VERIFY, "split.json was changed", hashed("split.json", [1])),
    Case(
        "hash of another kind",
        VERIFY,
        "split.json was changed",
        hashed("split.json", "d41d8cd98f00b204e9800998ecf8427e"),
    ),
    Case(
        "file that is not named",
        VERIFY,
        "trace.parquet was added",
        run_json(lambda r: r["sha256"].pop("trace.parquet")),
    ),
    Case("name that leads out", VERIFY, "'../first.json', which no run writes", hashed("../first.json", "0")),
    Case("name from the root", VERIFY, "'/etc/passwd', which no run writes", hashed("/etc/passwd", "0")),
    Case("name with a zero byte", VERIFY, "which no run writes", hashed("a\0b", "0")),
    Case("name of no character", VERIFY, "which no run writes", surrogate),
    Case("file missing", VERIFY, "trace.parquet is missing", gone("r/trace.parquet")),
    Case(
        "file missing and not named", VERIFY, "run.json does not name it", resealed(gone("r/trace.parquet"))
    ),
    Case("file added", VERIFY, "history.safetensors was added", content("r/history.safetensors", "x")),
    Case("file as folder", VERIFY, "circuit.txt is missing", as_folder("r/circuit.txt")),
    Case("link out of the folder", VERIFY, "rows.parquet is a link", led_away("r/rows.parquet")),
    Case("link that leads nowhere", VERIFY, "split.json is a link", led_away("r/split.json", "none")),
    Case("evidence cut short", VERIFY, "evidence.safetensors was changed", cut("r/evidence.safetensors", 99)),
    Case("no evidence left", VERIFY, "WRONG  models", resealed(content("r/evidence.safetensors", ""))),
    Case("array missing", VERIFY, "WRONG  metrics", arrays(lambda a: a.pop("p_gold"))),
    Case(
        "array of another shape",
        VERIFY,
        "WRONG  probabilities",
        arrays(lambda a: a.update(p_gold=a["p_gold"][:, :1].copy())),
    ),
    Case(
        "array of whole numbers",
        VERIFY,
        "WRONG  probabilities",
        arrays(lambda a: a.update(p_gold=a["p_gold"].astype(int))),
    ),
    Case(
        "array of no numbers",
        VERIFY,
        "WRONG  probabilities",
        arrays(lambda a: a.update(p_unlearned=a["p_unlearned"] * np.nan)),
    ),
    Case(
        "parameters of another model",
        VERIFY,
        "WRONG  models",
        arrays(lambda a: a.update(original=a["original"][1:].copy())),
    ),
    Case("rows cut short", VERIFY, "WRONG  metrics", resealed(cut("r/rows.parquet", 300))),
    Case("rows of another table", VERIFY, "WRONG  metrics", other_table("r/rows.parquet")),
    Case("model cut short", VERIFY, "at r/original is damaged", resealed(cut("r/original.safetensors", 20))),
    Case(
        "description as a list",
        VERIFY,
        "at r/unlearned is damaged",
        resealed(content("r/unlearned.json", "[]")),
    ),
    Case(
        "description without end",
        VERIFY,
        "at r/original is damaged",
        resealed(content("r/original.json", DEEP)),
    ),
    Case("split as a word", VERIFY, "WRONG  split", resealed(content("r/split.json", '"x"'))),
    Case("summary as a list", VERIFY, "WRONG  metrics", resealed(content("r/summary.json", "[]"))),
    Case(
        "drawing of no text", VERIFY, "WRONG  drawings", resealed(content("r/circuit.txt", b"\xff\xfe\xfd"))
    ),
    Case("record changed", f"{VERIFY} {KEY}", "WRONG  record", flip("r/deletion-record.json")),
    Case(
        "record of another run",
        f"{VERIFY} {KEY}",
        "the record is about other files: run.json",
        run_json(lambda r: r.update(command="x")),
    ),
    Case(
        "record of another signer",
        f"{VERIFY} --public-key other.pem.pub",
        "is not signed by the given public key",
    ),
    Case("record as folder", f"{VERIFY} {KEY}", "WRONG  record", as_folder("r/deletion-record.json")),
    Case(
        "other secret",
        f"{VERIFY} {KEY}",
        "do not give the record's Merkle root",
        flip("r/deletion-record.secret", 5),
    ),
    Case("secret in capitals", f"{VERIFY} {KEY}", "do not give the record's", capitals),
]

AUDIT = "audit r --force"
REFUSED_BY_AUDIT = [
    Case("file as run", "audit first.json", "first.json holds no run"),
    Case("empty folder", "audit e", "e holds no run", lambda d: (d / "e").mkdir()),
    Case("audited before", "audit r", "already holds an audit: --force replaces it"),
    Case("no gold models", f"{AUDIT} --gold 0", "`gold` must be >= 3"),
    Case("negative gold models", f"{AUDIT} --gold -1", "`gold` must be >= 3"),
    Case("gold models in part", f"{AUDIT} --gold 2.5", "invalid value for '--gold'"),
    Case("gold models without end", f"{AUDIT} --gold inf", "invalid value for '--gold'"),
    Case("no configuration", AUDIT, "r holds no run", gone("r/config.toml")),
    Case("configuration as folder", AUDIT, "r holds no run", as_folder("r/config.toml")),
    Case("configuration cut short", AUDIT, "not valid TOML", cut("r/config.toml", 99)),
    Case("configuration of no text", AUDIT, "not valid TOML", appended("r/config.toml", b"\xff\xfe")),
    Case("configuration without end", AUDIT, "not valid TOML", appended("r/config.toml", b"\na = " + DEEP)),
    Case("configuration of a new version", AUDIT, "no key `a`", appended("r/config.toml", b"\n[a]\nb = 1")),
    Case("not unlearned", AUDIT, "no finished unlearn stage", gone("r/unlearned.json")),
    Case("not trained", AUDIT, "no finished train stage", gone("r/original.json")),
    Case("no parameters", AUDIT, "original.safetensors is missing", gone("r/original.safetensors")),
    Case(
        "parameters as folder", AUDIT, "original.safetensors is missing", as_folder("r/original.safetensors")
    ),
    Case("empty parameters", AUDIT, "r/original is damaged", content("r/original.safetensors", "")),
    Case("parameters cut short", AUDIT, "r/unlearned is damaged", cut("r/unlearned.safetensors", 99)),
    Case("parameters changed", AUDIT, "does not match its hash", flip("r/unlearned.safetensors")),
    Case("parameters of another name", AUDIT, "r/original is damaged", tensor("r/original.safetensors", "p")),
    Case("parameters of words", AUDIT, "does not match its hash", tensor("r/original.safetensors", "params")),
    Case("description as a list", AUDIT, "r/original is damaged", content("r/original.json", "[]")),
    Case("description of no text", AUDIT, "r/original is damaged", content("r/original.json", b"\xff\xfe")),
    Case("description without end", AUDIT, "r/unlearned is damaged", content("r/unlearned.json", DEEP)),
    Case("description of nothing", AUDIT, "r/unlearned is damaged", content("r/unlearned.json", "{}")),
    Case("model of another kind", AUDIT, "is not a VQC", told("original", architecture={"kind": "MLP"})),
    Case("model of no kind", AUDIT, "r/original is damaged", told("original", architecture=3)),
    Case(
        "model of another version",
        AUDIT,
        "r/original is damaged",
        told("original", architecture={"kind": "VQC"}),
    ),
    Case("model of other data", AUDIT, "the data of iris changed", told("original", data_sha256="0")),
    Case("model without its cost", AUDIT, "original.json lacks cost", told("original", cost=None)),
    Case("model without its method", AUDIT, "unlearned.json lacks method", told("unlearned", method=None)),
]

REPORT = "report r"
REFUSED_BY_REPORT = [
    Case("nowhere", "report nowhere", "no run folder `nowhere`"),
    Case("file as run", "report first.json", "no run folder `first.json`"),
    Case("empty folder", "report e", "holds no finished run", lambda d: (d / "e").mkdir()),
    Case("unfinished run", REPORT, "finish it with --resume", gone("r/run.json")),
    Case("empty run.json", REPORT, "`r/run.json` cannot be read", content("r/run.json", "")),
    Case(
        "run.json of no text", REPORT, "`r/run.json` cannot be read", content("r/run.json", b"\xff\xfe\xfd")
    ),
    Case("run.json without end", REPORT, "nested too deeply", content("r/run.json", DEEP)),
    Case("run.json as a list", REPORT, "must hold a JSON object", content("r/run.json", "[]")),
    Case(
        "run.json of no finite numbers",
        REPORT,
        "`r/run.json` cannot be read",
        content("r/run.json", '{"sha256": {}, "a": NaN}'),
    ),
    Case("no hashes", REPORT, "lacks the table `sha256`", run_json(lambda r: r.pop("sha256"))),
    Case("run.json changed", REPORT, "does not match its seal", flip("r/run.json", 20)),
    Case("run.json unsealed", REPORT, "does not match its seal", unsealed),
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
    Case(
        "array of another shape",
        REPORT,
        "must be (n, K)",
        arrays(lambda a: a.update(p_gold=a["p_gold"][0].copy())),
    ),
    Case("no rows", REPORT, "`r/rows.parquet` is missing", gone("r/rows.parquet")),
    Case("rows cut short", REPORT, "is not a readable Parquet file", resealed(cut("r/rows.parquet", 300))),
    Case("curves of another table", REPORT, "lacks the column", other_table("r/trace.parquet")),
    Case("picture that is none", REPORT, "cannot be read", resealed(content("r/circuit.svg", "<svg"))),
    Case("split changed", REPORT, "was changed after the run", flip("r/split.json")),
    Case("page as folder", REPORT, "report.html cannot be used (Is a directory)", as_folder("r/report.html")),
]

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
    Case(
        "public key as private",
        CERTIFY.replace("key.pem", "key.pem.pub"),
        "no unencrypted Ed25519 private key",
    ),
    Case("key of another kind", CERTIFY.replace("key.pem", "rsa.pem"), "no unencrypted Ed25519 private key"),
    Case("locked key", CERTIFY.replace("key.pem", "locked.pem"), "no unencrypted Ed25519 private key"),
    Case("nonsense as key", CERTIFY, "no unencrypted Ed25519 private key", content("key.pem", b"\xff\0")),
    Case("record already there", CERTIFY.replace(" --force", ""), "is there already: --force replaces it"),
    Case("no earlier record", f"{CERTIFY} --previous none.json", "there is no earlier deletion record"),
    Case("earlier record of another kind", f"{CERTIFY} --previous r/run.json", "is not a deletion record"),
    Case(
        "earlier record without end",
        f"{CERTIFY} --previous first.json",
        "is not a deletion record",
        content("first.json", DEEP),
    ),
    Case(
        "record before itself", f"{CERTIFY} --previous r/deletion-record.json", "is the record to be written"
    ),
]

REFUSED_BY_NEW_KEY = [
    Case("no file", "new-key", "missing argument 'FILE'"),
    Case("key already there", "new-key key.pem", "a key is never replaced"),
    Case("public key already there", "new-key key.pem", "key.pem.pub is there already", gone("key.pem")),
    Case("folder as file", "new-key r", "r is there already"),
    Case("place that is not there", "new-key none/key.pem", "there is no folder none"),
    Case("place below a file", "new-key first.json/key.pem", "there is no folder first.json"),
    Case("long name", f"new-key {'x' * 300}", "cannot be used (File name too long)"),
]


ALL = {
    "verify": REFUSED_BY_VERIFY,
    "found": FOUND,
    "audit": REFUSED_BY_AUDIT,
    "report": REFUSED_BY_REPORT,
    "certify": REFUSED_BY_CERTIFY,
    "new-key": REFUSED_BY_NEW_KEY,
}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is retrained or drawn to find what cheaper checks find."""
    from qunlearn.run import problem_and_gold, verify

    kept = {
        name: verify.CHECKS[name]
        for name in ("seal", "files", "models", "split", "probabilities", "metrics", "drawings")
    }
    monkeypatch.setattr(verify, "CHECKS", kept)
    monkeypatch.setattr(problem_and_gold, "gold_ensemble", None)


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
