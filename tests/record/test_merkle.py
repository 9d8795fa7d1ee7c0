"""The tree against RFC 6962's published test data, and proofs against the root they lead to."""

import hashlib

import pytest

from qunlearn.record import merkle

# Inputs and roots of the reference implementation of RFC 6962, for trees of the first 1, 2, ... 8 inputs.
INPUTS = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LEAVES = [merkle.leaf(b"", record) for record in INPUTS]


@pytest.mark.parametrize("n", ROOTS)
def test_without_salt_it_is_the_tree_of_rfc_6962(n: int) -> None:
    assert merkle.root(LEAVES[:n]).hex() == ROOTS[n]


@pytest.mark.parametrize("n", range(1, 9))
def test_every_proof_leads_to_the_root_and_no_other_leaf_does(n: int) -> None:
    leaves = LEAVES[:n]
    for i in range(n):
        path = merkle.proof(leaves, i)
        assert merkle.climb(leaves[i], path) == merkle.root(leaves)
        assert merkle.climb(merkle.leaf(b"", b"other"), path) != merkle.root(leaves)


def test_a_salt_hides_a_guess_and_differs_from_leaf_to_leaf() -> None:
    secret = b"s" * merkle.SECRET_BYTES
    first, second = merkle.salt(secret, 0), merkle.salt(secret, 1)
    assert first != second
    assert merkle.leaf(first, b"record") != merkle.leaf(second, b"record")
    assert merkle.leaf(first, b"record") == hashlib.sha256(b"\x00" + first + b"record").digest()
    assert merkle.leaf(first, b"record") != merkle.leaf(b"", b"record")
