"""Damaged or forged records and keys, and runs that cannot be certified: one sentence, nothing written."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases import Case, check_call
from damage import capitals, content, cut, envelope, flip, gone, run_json, signs
from qunlearn.record import certify, check_chain, check_order, differences, new_key, read_public

DEEP = b"[" * 100_000


def signs_a_record(folder: str = "r", **changes: Any) -> Callable[[], object]:
    """What `qunlearn certify` does but for the check of the run."""
    how = {"request_id": "R-3", "key": "key.pem", "previous": None, "force": True, **changes}

    def sign() -> None:
        check_order(Path(folder), **how)
        certify(Path(folder), **how)

    return sign


CASES = [
    Case("no key", lambda: read_public("none.pub"), "there is no public key at none.pub"),
    Case("folder as key", lambda: read_public("r"), "there is no public key at r"),
    Case(
        "empty key",
        lambda: read_public("key.pem.pub"),
        "holds no Ed25519 public key",
        content("key.pem.pub", ""),
    ),
    Case(
        "key cut short",
        lambda: read_public("key.pem.pub"),
        "holds no Ed25519 public key",
        cut("key.pem.pub", 60),
    ),
    Case("private key as public", lambda: read_public("key.pem"), "holds no Ed25519 public key"),
    Case(
        "key of another kind", lambda: check_chain(["first.json"], "rsa.pem"), "holds no Ed25519 public key"
    ),
    Case(
        "key of another signer",
        lambda: check_chain(["first.json"], "other.pem.pub"),
        "is not signed by the given",
    ),
    Case(
        "record cut short",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        cut("first.json", 200),
    ),
    Case(
        "record as a list",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        content("first.json", "[]"),
    ),
    Case(
        "record that is no text",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        content("first.json", b"\xff\xfe\xfd"),
    ),
    Case(
        "record without end",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        content("first.json", DEEP),
    ),
    Case(
        "unsigned record",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        envelope(lambda e: e.update(signatures=[])),
    ),
    Case(
        "signed twice",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        envelope(lambda e: e["signatures"].append({})),
    ),
    Case(
        "payload of no base64",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        envelope(lambda e: e.update(payload="ä")),
    ),
    Case(
        "payload of no text",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        envelope(lambda e: e.update(payload=3)),
    ),
    Case(
        "signature cut short",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not signed by",
        envelope(lambda e: e["signatures"][0].update(sig="AA==")),
    ),
    Case(
        "other payload",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "or was changed after signing",
        envelope(lambda e: e.update(payload=base64.b64encode(b"{}").decode())),
    ),
    Case(
        "other spelling",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "was changed after it was signed",
        envelope(lambda e: None),
    ),
    Case(
        "other type",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "was changed after it was signed",
        envelope(lambda e: e.update(payloadType="x")),
    ),
    Case(
        "signed nonsense",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is signed, but holds no statement",
        signs(b"nonsense"),
    ),
    Case(
        "signed list",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is signed, but holds no statement",
        signs(b"[]"),
    ),
    Case(
        "signed statement of another kind",
        lambda: check_chain(["first.json"], "key.pem.pub"),
        "is not a deletion record",
        signs(b"{}"),
    ),
    Case(
        "record twice in a chain",
        lambda: check_chain(["first.json", "first.json"], "key.pem.pub"),
        "does not follow first.json",
    ),
    Case("nowhere", signs_a_record("none"), "there is no run folder `none`"),
    Case("unfinished run", signs_a_record(), "holds no finished run", gone("r/run.json")),
    Case("name as request", signs_a_record(request_id="Ann Lee"), "`request_id` must be opaque"),
    Case("empty request", signs_a_record(request_id=""), "`request_id` must be opaque"),
    Case("long request", signs_a_record(request_id="1" * 129), "`request_id` must be opaque"),
    Case("request of two lines", signs_a_record(request_id="R\n3"), "`request_id` must be opaque"),
    Case("folder as key", signs_a_record(key="r"), "there is no private key at r"),
    Case("public key as private", signs_a_record(key="key.pem.pub"), "no unencrypted Ed25519 private key"),
    Case("key of another kind", signs_a_record(key="rsa.pem"), "no unencrypted Ed25519 private key"),
    Case("locked key", signs_a_record(key="locked.pem"), "no unencrypted Ed25519 private key"),
    Case(
        "nonsense as key",
        signs_a_record(),
        "no unencrypted Ed25519 private key",
        content("key.pem", b"\xff\0"),
    ),
    Case("no earlier record", signs_a_record(previous="none.json"), "there is no earlier deletion record"),
    Case("earlier record of another kind", signs_a_record(previous="r/run.json"), "is not a deletion record"),
    Case(
        "earlier record without end",
        signs_a_record(previous="first.json"),
        "is not a deletion record",
        content("first.json", DEEP),
    ),
    Case(
        "record before itself",
        signs_a_record(previous="r/deletion-record.json"),
        "is the record to be written",
    ),
    Case(
        "public key already there",
        lambda: new_key("key.pem"),
        "key.pem.pub is there already",
        gone("key.pem"),
    ),
    Case("folder as file", lambda: new_key("r"), "r is there already"),
    Case("place that is not there", lambda: new_key("none/key.pem"), "there is no folder none"),
    Case("place below a file", lambda: new_key("first.json/key.pem"), "there is no folder first.json"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_cannot_be_signed_or_relied_on_is_refused(case: Case, copied: Path) -> None:
    check_call(case, copied)


DIFFERENT = [
    Case(
        "record of another run",
        None,
        "the record is about other files: run.json",
        run_json(lambda r: r.update(command="x")),
    ),
    Case("other secret", None, "do not give the record's Merkle root", flip("r/deletion-record.secret", 5)),
    Case("secret in capitals", None, "do not give the record's", capitals),
]


@pytest.mark.parametrize("case", DIFFERENT, ids=lambda case: case.name)
def test_what_differs_from_the_record_is_named(case: Case, copied: Path) -> None:
    case.prepare(copied)
    assert case.says in "\n".join(differences(Path("r"), "key.pem.pub"))
