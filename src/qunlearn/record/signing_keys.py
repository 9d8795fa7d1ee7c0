"""Ed25519 keys in PEM files. Needs the extra `certificate`."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from qunlearn._errors import fail, require

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def new_key(path: Path | str) -> Path:
    """Write a fresh private key to `path` (readable by its owner only) and its public key to `path`.pub.

    Returns the path of the public key. Raises `InputError` where either file is there already.
    """
    _require_cryptography()
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = Path(path), Path(f"{path}.pub")
    require(private.parent.is_dir(), f"cannot write {private}: there is no folder {private.parent}")
    for file in (private, public):
        require(not file.exists(), f"{file} is there already, and a key is never replaced: name another file")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    with open(os.open(private, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secret)
    public.write_bytes(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
    return public


def read_private(path: Path | str) -> "Ed25519PrivateKey":
    """The private key in a PEM file; refused where it is missing, encrypted or of another kind."""
    _require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _content(path, "private")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        fail(f"{path} holds no unencrypted Ed25519 private key in PEM: make one with `qunlearn new-key FILE`")
    return key


def read_public(path: Path | str) -> "Ed25519PublicKey":
    """The public key in a PEM file; refused where it is missing or of another kind."""
    _require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    content = _content(path, "public")
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        fail(f"{path} holds no Ed25519 public key in PEM: give the .pub file of the key that signed")
    return key


def _content(path: Path | str, kind: str) -> bytes:
    require(Path(path).is_file(), f"there is no {kind} key at {path}: make one with `qunlearn new-key FILE`")
    return Path(path).read_bytes()


def _require_cryptography() -> None:
    require(
        find_spec("cryptography") is not None,
        'signatures need the package cryptography: install it with pip install "qunlearn[certificate]"',
    )
