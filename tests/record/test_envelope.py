"""Envelopes: the protocol's own example, and every byte that could be changed."""

import json
from pathlib import Path

import pytest

from qunlearn._errors import InputError
from qunlearn.record import signing_keys
from qunlearn.record.envelope import canonical_bytes, open_envelope, pre_authentication, seal


def test_what_is_signed_is_the_example_of_the_protocol() -> None:
    signed = pre_authentication("http://example.com/HelloWorld", b"hello world")
    assert signed == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_in_bytes() -> None:
    assert pre_authentication("é", "ü".encode()) == b"DSSEv1 2 \xc3\xa9 2 \xc3\xbc"


@pytest.fixture
def envelope(key: Path, tmp_path: Path) -> Path:
    path = tmp_path / "envelope.json"
    path.write_bytes(seal(canonical_bytes({"a": 1}), signing_keys.read_private(key)))
    return path


def test_opens_what_was_sealed(envelope: Path, public: Path) -> None:
    assert open_envelope(envelope, signing_keys.read_public(public)) == {"a": 1}
    assert json.loads(envelope.read_bytes())["payloadType"] == "application/vnd.in-toto+json"


def test_no_byte_can_be_changed(envelope: Path, public: Path) -> None:
    content, key = envelope.read_bytes(), signing_keys.read_public(public)
    for i in range(len(content)):
        for flip in (0x01, 0x20):
            envelope.write_bytes(content[:i] + bytes([content[i] ^ flip]) + content[i + 1 :])
            with pytest.raises(InputError):
                open_envelope(envelope, key)


def test_another_key_does_not_open_it(envelope: Path, tmp_path: Path) -> None:
    other = signing_keys.new_key(tmp_path / "other.pem")
    with pytest.raises(InputError, match="not signed by the given public key"):
        open_envelope(envelope, signing_keys.read_public(other))


def test_a_private_key_is_for_its_owner_only_and_never_replaced(tmp_path: Path) -> None:
    signing_keys.new_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="never replaced"):
        signing_keys.new_key(tmp_path / "key.pem")


@pytest.mark.parametrize("content", [b"", b"no key"])
def test_what_is_no_public_key_is_refused(content: bytes, key: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pub").write_bytes(content)
    for path in (tmp_path / "x.pub", key):
        with pytest.raises(InputError, match="no Ed25519 public key"):
            signing_keys.read_public(path)
    with pytest.raises(InputError, match="there is no public key"):
        signing_keys.read_public(tmp_path / "none.pub")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    other = X25519PrivateKey.generate().private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    (tmp_path / "x.pem").write_bytes(other)
    with pytest.raises(InputError, match="no unencrypted Ed25519 private key"):
        signing_keys.read_private(tmp_path / "x.pem")
