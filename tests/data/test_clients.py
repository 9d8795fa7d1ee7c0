"""Who holds which row: even shares, skewed shares, and what is refused."""

from collections.abc import Callable

import numpy as np
import pytest

from qunlearn.data import assign_clients

Y = np.repeat(np.arange(4), 100)


def shares(client: np.ndarray, n: int) -> np.ndarray:
    """Samples of each class (columns) at each client (rows)."""
    return np.array([np.bincount(Y[client == c], minlength=4) for c in range(n)])


def test_even_shares_differ_by_one_row_at_most() -> None:
    counts = np.bincount(assign_clients(Y, 7, seed=0))
    assert len(counts) == 7
    assert np.ptp(counts) <= 1


def test_even_shares_are_dealt_at_random() -> None:
    found = shares(assign_clients(Y, 4, seed=0), 4)
    assert np.abs(found - 25).max() < 4 * np.sqrt(100 * 0.25 * 0.75)
    assert (assign_clients(Y, 4, seed=0) != assign_clients(Y, 4, seed=1)).any()
    np.testing.assert_array_equal(assign_clients(Y, 4, seed=3), assign_clients(Y, 4, seed=3))


def test_a_small_alpha_gives_clients_few_classes() -> None:
    def largest(alpha: float) -> float:
        """Share of a class that its largest holder has, mean over classes and seeds."""
        tables = [shares(assign_clients(Y, 4, alpha=alpha, seed=s), 4) for s in range(20)]
        return float(np.mean([table.max(axis=0) / 100 for table in tables]))

    assert largest(0.1) > 0.75
    assert largest(1000.0) < 0.3
    assert 0.3 < largest(1.0) < 0.75


def test_shares_have_the_mean_and_spread_of_a_dirichlet_distribution() -> None:
    n, alpha = 3, 2.0
    found = np.concatenate([shares(assign_clients(Y, n, alpha=alpha, seed=s), n)[0] for s in range(100)])
    variance = (1 / n) * (1 - 1 / n) / (n * alpha + 1)
    assert found.mean() / 100 == pytest.approx(1 / n, abs=4 * np.sqrt(variance / len(found)))
    assert (found / 100).var() == pytest.approx(variance, rel=0.3)


def test_skewed_shares_are_dealt_at_random_too() -> None:
    """Neighbouring rows of a class go to different clients, as often as chance has it."""
    client = assign_clients(Y, 2, alpha=1000.0, seed=0)
    changes = (client[1:] != client[:-1])[Y[1:] == Y[:-1]]
    assert abs(changes.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(changes))


def test_everybody_has_a_row_and_every_row_somebody() -> None:
    client = assign_clients(Y[::20], 5, alpha=0.5, seed=0)
    assert set(client.tolist()) == set(range(5))


def test_refused(refused: Callable) -> None:
    with refused("`clients` must be >= 2, but is 1"):
        assign_clients(Y, 1, seed=0)
    with refused("`clients` is 401, but there are only 400 training samples to share"):
        assign_clients(Y, 401, seed=0)
    with refused("`alpha` must be > 0, but is 0.0"):
        assign_clients(Y, 4, alpha=0.0, seed=0)
    with refused(
        "with alpha 0.001 some of 100 clients get no training sample: take a larger alpha or fewer clients"
    ):
        assign_clients(Y, 100, alpha=0.001, seed=0)
