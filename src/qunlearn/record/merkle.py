"""A salted Merkle tree: one hash commits to every record, and tells nothing about any of them.

Leaf i is SHA-256(0x00 ‖ salt_i ‖ record_i), a node SHA-256(0x01 ‖ left ‖ right), with the tree shape of
RFC 6962, section 2.1. salt_i is HMAC-SHA-256 of the leaf's number under a secret of 32 random bytes. Without
the secret nobody can test a guess of a record; with it the holder can show that one record was in its place.
"""

import hashlib
import hmac
from collections.abc import Sequence

SECRET_BYTES = 32


def salt(secret: bytes, index: int) -> bytes:
    """The salt (32 bytes) of leaf `index`."""
    return hmac.digest(secret, index.to_bytes(8, "big"), "sha256")


def leaf(salt: bytes, record: bytes) -> bytes:
    """The hash (32 bytes) of one salted record."""
    return hashlib.sha256(b"\x00" + salt + record).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash (32 bytes) that commits to the hashes of at least one leaf, in their order."""
    if len(leaves) == 1:
        return leaves[0]
    cut = _cut(len(leaves))
    return _node(root(leaves[:cut]), root(leaves[cut:]))


def proof(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """The hashes that lead from leaf `index` to the root, nearest first, each with its side."""
    if len(leaves) == 1:
        return []
    cut = _cut(len(leaves))
    if index < cut:
        return [*proof(leaves[:cut], index), ("right", root(leaves[cut:]))]
    return [*proof(leaves[cut:], index - cut), ("left", root(leaves[:cut]))]


def climb(leaf: bytes, path: Sequence[tuple[str, bytes]]) -> bytes:
    """The root that `leaf` and its `proof` lead to."""
    for side, other in path:
        leaf = _node(other, leaf) if side == "left" else _node(leaf, other)
    return leaf


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _cut(n: int) -> int:
    """The largest power of two below n."""
    return 1 << ((n - 1).bit_length() - 1)
