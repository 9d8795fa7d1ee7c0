"""Which participant of a federation holds which training sample."""

import numpy as np
from jaxtyping import Int

from qunlearn._errors import fail, require, require_positive, typed
from qunlearn._types import Labels
from qunlearn.data.randomness import generator

LEAST_CLIENTS = 2
ATTEMPTS = 100


def assign_clients(
    y: Labels, n_clients: int, *, alpha: float | None = None, seed: int
) -> Int[np.ndarray, " n"]:
    """The client 0..n_clients-1 of every row with labels y (n,).

    alpha None deals the rows out evenly at random (IID; sizes differ by one at most). Otherwise the rows of
    each class are divided by shares drawn from a symmetric Dirichlet distribution with concentration `alpha`:
    the smaller, the fewer classes a client sees (label skew, arXiv 1905.12022). Shares are drawn anew until
    every client has a row.

    Raises `InputError` for fewer than two clients or rows, `alpha` not above 0, and where 100 draws leave a
    client without rows.
    """
    n_clients = typed("clients", n_clients, int)
    require(n_clients >= LEAST_CLIENTS, f"`clients` must be >= {LEAST_CLIENTS}, but is {n_clients}")
    require(
        n_clients <= len(y),
        f"`clients` is {n_clients}, but there are only {len(y)} training samples to share",
    )
    rng = generator(seed, "clients")
    if alpha is None:
        client = np.empty(len(y), dtype=np.int64)
        client[rng.permutation(len(y))] = np.arange(len(y)) % n_clients
        return client
    require_positive("alpha", alpha)
    for _ in range(ATTEMPTS):
        client = _skewed(y, n_clients, alpha, rng)
        if len(np.unique(client)) == n_clients:
            return client
    fail(
        f"with alpha {alpha:g} some of {n_clients} clients get no training sample: take a larger alpha "
        f"or fewer "
        "clients"
    )


def _skewed(y: Labels, n_clients: int, alpha: float, rng: np.random.Generator) -> Int[np.ndarray, " n"]:
    client = np.empty(len(y), dtype=np.int64)
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        shares = rng.dirichlet(np.full(n_clients, alpha))
        ends = np.round(np.cumsum(shares)[:-1] * len(rows)).astype(int)
        for number, part in enumerate(np.split(rows, ends)):
            client[part] = number
    return client
