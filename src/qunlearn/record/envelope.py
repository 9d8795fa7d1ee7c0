"""Signed envelopes: the Dead Simple Signing Envelope (DSSE, protocol version 1.0.2) with Ed25519.

What is signed is `DSSEv1 LEN(type) type LEN(body) body`, joined by single spaces, lengths in decimal.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qunlearn._errors import fail, require
from qunlearn.records import parse_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def pre_authentication(payload_type: str, body: bytes) -> bytes:
    """The bytes that are signed."""
    kind = payload_type.encode()
    return b" ".join((b"DSSEv1", str(len(kind)).encode(), kind, str(len(body)).encode(), body))


def seal(body: bytes, key: "Ed25519PrivateKey") -> bytes:
    """The envelope of `body`, signed by `key`, as the bytes of its file."""
    return _file(body, key.sign(pre_authentication(PAYLOAD_TYPE, body)), key.public_key())


def open_envelope(path: Path | str, key: "Ed25519PublicKey") -> dict[str, Any]:
    """The statement in the envelope in file `path`, once its signature is found to be by `key`.

    Raises `InputError` for a missing file, for one that is not an envelope of a JSON statement, and where the
    signature is not by that key. Not one byte of the file can differ from what `seal` wrote.
    """
    from cryptography.exceptions import InvalidSignature

    content, body, signature = _parts(Path(path))
    try:
        key.verify(signature, pre_authentication(PAYLOAD_TYPE, body))
    except InvalidSignature:
        fail(f"{path} is not signed by the given public key, or was changed after signing: do not rely on it")
    require(content == _file(body, signature, key), f"{path} was changed after it was signed")
    try:
        statement = parse_json(body)
    except ValueError:
        statement = None
    if not isinstance(statement, dict):
        fail(f"{path} is signed, but holds no statement: give the file that `qunlearn certify` wrote")
    return cast(dict[str, Any], statement)


def key_id(key: "Ed25519PublicKey") -> str:
    """SHA-256 of the raw public key, in hexadecimal: a hint which key to try, no proof."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def canonical_bytes(content: Any) -> bytes:
    """JSON in one spelling: sorted keys, no spaces, UTF-8, one newline at the end."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def _file(body: bytes, signature: bytes, key: "Ed25519PublicKey") -> bytes:
    return canonical_bytes(
        {
            "payload": base64.b64encode(body).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": key_id(key), "sig": base64.b64encode(signature).decode()}],
        }
    )


def _parts(path: Path) -> tuple[bytes, bytes, bytes]:
    """Content of the file, payload and signature."""
    require(path.is_file(), f"there is not a deletion record at {path}")
    content = path.read_bytes()
    try:
        envelope = parse_json(content)
        (signature,) = envelope["signatures"]
        body, signed = (base64.b64decode(b, validate=True) for b in (envelope["payload"], signature["sig"]))
    except (ValueError, KeyError, TypeError):
        fail(f"{path} is not a deletion record: give the file that `qunlearn certify` wrote")
    return content, body, signed
