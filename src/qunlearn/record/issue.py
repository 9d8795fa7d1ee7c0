"""Issue a deletion record for an audited run, and check records and the chain they form."""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn._errors import InputError, fail, require
from qunlearn.record import merkle
from qunlearn.record.envelope import canonical_bytes, open_envelope, seal
from qunlearn.record.leaves import Leaves, leaves_of
from qunlearn.record.signing_keys import read_private, read_public
from qunlearn.record.statement import READ_TYPES, STATEMENT_TYPE, statement
from qunlearn.records import parse_json, sha256_file, write_atomic
from qunlearn.results.evidence import tensors
from qunlearn.results.files import RECORD as RECORD
from qunlearn.results.run_results import read

SECRET = "deletion-record.secret"
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


def certify(
    folder: Path | str,
    *,
    request_id: str,
    key: Path | str,
    previous: Path | str | None = None,
    force: bool = False,
) -> Path:
    """Write `deletion-record.json` into the audited run `folder`, signed with the private key in `key`.

    request_id: an opaque number or word that says nothing about a person, such as a ticket. previous: the
    record before this one, whose hash this one carries. Beside the record `deletion-record.secret` is written
    (readable by its owner only): the secret of the salted Merkle tree, with which single rows can be
    disclosed later; keep it with the key, not with the record. Raises `InputError` for an unfinished or
    changed run, a key or an earlier record that cannot be read, and a record that is there already (unless
    `force`).
    """
    check_order(folder, request_id=request_id, key=key, previous=previous, force=force)
    signing, run = read_private(key), read(folder)
    target, hidden = run.path / RECORD, run.path / SECRET
    before = None if previous is None else _hash_of_earlier(Path(previous), target)
    secret = secrets.token_bytes(merkle.SECRET_BYTES)
    content = statement(run, leaves_of_run(run.path), secret, request_id=request_id, previous=before)
    hidden.unlink(missing_ok=True)
    with open(os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secret.hex() + "\n")
    write_atomic(target, seal(canonical_bytes(content), signing))
    return target


def check_order(
    folder: Path | str,
    *,
    request_id: str,
    key: Path | str,
    previous: Path | str | None = None,
    force: bool = False,
) -> None:
    """Refuse what `certify` refuses without a look at the run itself, so that nothing long is done first."""
    require(
        _OPAQUE.fullmatch(request_id),
        "`request_id` must be opaque: 1 to 128 letters, digits and . _ : - such as a ticket number, no names "
        f"or addresses, but is {request_id!r}",
    )
    read_private(key)
    target = Path(folder) / RECORD
    require(force or not target.exists(), f"{target} is there already: --force replaces it")
    if previous is not None:
        _hash_of_earlier(Path(previous), target)


def check_record(record: Path | str, public_key: Path | str) -> dict[str, Any]:
    """The statement of a record whose signature is by the holder of `public_key`; `InputError` otherwise."""
    content = open_envelope(record, read_public(public_key))
    kinds = (content.get("_type"), content.get("predicateType"))
    require(
        kinds[0] == STATEMENT_TYPE and kinds[1] in READ_TYPES,
        f"{record} is signed, but is not a deletion record: {kinds}",
    )
    return content


def check_chain(records: Sequence[Path | str], public_key: Path | str) -> list[dict[str, Any]]:
    """The statements of records, oldest first, each of which names the one before it by its hash."""
    statements = [check_record(record, public_key) for record in records]
    for i in range(1, len(records)):
        told = statements[i]["predicate"]["previous"]
        require(
            told == {"sha256": sha256_file(Path(records[i - 1]))},
            f"{records[i]} does not follow {records[i - 1]}: a record is missing between them, or the order "
            "is another",
        )
    return statements


def subjects_that_differ(content: dict[str, Any], folder: Path) -> list[str]:
    """The files of `folder` that are missing or not those that the statement is about."""
    told = {subject["name"]: subject["digest"]["sha256"] for subject in content["subject"]}
    return [
        n for n, digest in told.items() if not (folder / n).is_file() or sha256_file(folder / n) != digest
    ]


def differences(folder: Path, public_key: Path | str) -> list[str]:
    """What does not match between a run and the deletion record in its folder; empty where everything does.

    Where the secret of the Merkle tree lies beside the record, the tree is built again.
    """
    try:
        content = check_record(folder / RECORD, public_key)
    except InputError as error:
        return [str(error)]
    other = subjects_that_differ(content, folder)
    if other:
        return [f"the record is about other files: {', '.join(other)}"]
    if (folder / SECRET).is_file() and not _opens(folder, content):
        return [f"{SECRET} and split.json do not give the record's Merkle root"]
    return []


def _opens(folder: Path, content: dict[str, Any]) -> bool:
    text = (folder / SECRET).read_bytes()
    try:
        secret = bytes.fromhex(text.decode())
        found = leaves_of_run(folder).root(secret)
    except (ValueError, KeyError, TypeError, IndexError):
        return False
    return text.decode() == f"{secret.hex()}\n" and found == content["predicate"]["split"]["merkle_root"]


def leaves_of_run(folder: Path) -> Leaves:
    """The rows of a run, as the leaves of its record's Merkle tree."""
    names = ("forget_mask", *(f"{a}_{part}" for part in ("train", "val", "test", "holdout") for a in "xy"))
    arrays = tensors(folder / "evidence.safetensors", names)
    split = json.loads((folder / "split.json").read_text(encoding="utf-8"))
    return leaves_of(split, arrays, np.asarray(arrays["forget_mask"], bool))


def _hash_of_earlier(previous: Path, target: Path) -> str:
    require(previous.is_file(), f"there is no earlier deletion record at {previous}")
    require(
        previous.resolve() != target.resolve(), f"{previous} is the record to be written, not an earlier one"
    )
    content = previous.read_bytes()
    try:
        parse_json(content)["payload"]
    except (ValueError, KeyError, TypeError):
        fail(f"{previous} is not a deletion record: give the file that `qunlearn certify` wrote")
    return hashlib.sha256(content).hexdigest()
