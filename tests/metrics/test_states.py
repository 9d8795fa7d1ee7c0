"""Distances of states: closed forms, slow twins, and the inequalities between them."""

import numpy as np
import pytest

from circuit.random_circuits import random_states
from qunlearn.metrics import states as s
from reference.noise import partial_trace, trace_norm, uhlmann

RNG = np.random.default_rng(5)


def mixed(n: int) -> np.ndarray:
    psi = random_states(RNG, 3 * n, 2).reshape(n, 3, 4)
    return np.einsum("k,bki,bkj->bij", [0.6, 0.3, 0.1], psi, psi.conj())


RHO, SIGMA = mixed(5), mixed(5)


@pytest.mark.parametrize("wires", [(0,), (2,), (2, 0), (1, 2), (0, 1, 2)])
def test_reduced_states_agree_with_the_slow_partial_trace(wires: tuple[int, ...]) -> None:
    psi = random_states(RNG, 2, 3)
    for one, got in zip(psi, s.reduced(psi, wires), strict=True):
        np.testing.assert_allclose(got, partial_trace(np.outer(one, one.conj()), wires), atol=1e-14)


@pytest.mark.parametrize("wires", [(0,), (2, 0), (1, 2)])
def test_outcomes_are_the_diagonal_of_the_reduced_state(wires: tuple[int, ...]) -> None:
    psi = random_states(RNG, 4, 3).reshape(2, 2, 8)
    diagonal = np.einsum("...ii->...i", s.reduced(psi, wires)).real
    np.testing.assert_allclose(s.outcome_probabilities(psi, wires), diagonal, atol=1e-14)


def test_distances_agree_with_textbook_formulas() -> None:
    for rho, sigma in zip(RHO, SIGMA, strict=True):
        np.testing.assert_allclose(s.trace_distance(rho, sigma), trace_norm(rho - sigma) / 2, atol=1e-13)
        np.testing.assert_allclose(s.fidelity(rho, sigma), uhlmann(rho, sigma), atol=1e-7)


def test_for_pure_states_fidelity_is_the_squared_overlap_and_fixes_the_trace_distance() -> None:
    psi, phi = random_states(RNG, 3, 2), random_states(RNG, 3, 2)
    rho, sigma = (v[:, :, None] * v[:, None].conj() for v in (psi, phi))
    overlap = s.pure_fidelity(psi, phi)
    np.testing.assert_allclose(s.fidelity(rho, sigma), overlap, atol=1e-7)
    np.testing.assert_allclose(s.trace_distance(rho, sigma), np.sqrt(1 - overlap), atol=1e-12)


def test_states_far_apart_and_equal_ones() -> None:
    zero, one = np.diag([1.0, 0]).astype(complex), np.diag([0, 1.0]).astype(complex)
    assert s.trace_distance(zero, one) == pytest.approx(1)
    assert s.fidelity(zero, one) == pytest.approx(0)
    assert s.bures(s.fidelity(zero, one)) == pytest.approx(np.sqrt(2))
    assert s.bures(s.fidelity(RHO, RHO)) == pytest.approx(0, abs=1e-6)


def test_fuchs_and_van_de_graaf() -> None:
    root, distance = np.sqrt(s.fidelity(RHO, SIGMA)), s.trace_distance(RHO, SIGMA)
    assert (1 - root <= distance).all()
    assert (distance <= np.sqrt(1 - root**2)).all()


def test_leading_axes_broadcast() -> None:
    assert s.trace_distance(RHO[:, None], SIGMA[None]).shape == (5, 5)
    assert s.trace_distance(RHO[:, None], SIGMA[None])[3, 1] == pytest.approx(
        s.trace_distance(RHO[3], SIGMA[1])
    )


def test_bounds_hold_the_exact_advantage_of_few_shots() -> None:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.35, 0.25, 0.4])
    for shots in (1, 2, 5):
        pn, qn = p, q
        for _ in range(shots - 1):
            pn, qn = np.outer(pn, p).ravel(), np.outer(qn, q).ravel()
        low, high = s.shots_advantage(p, q, shots)
        assert low < 0.5 * np.abs(pn - qn).sum() < high
    assert s.shots_advantage(p, p, 1000) == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-5))


def test_three_models_lie_in_their_plane_at_their_distances() -> None:
    """Root mean square Hilbert-Schmidt distance over rows, entry by entry; the centre is one of them."""
    rho = np.stack([mixed(5), mixed(5), mixed(5)])
    found, shares = s.principal_plane(rho, rho[1])
    for i in range(3):
        for j in range(i):
            squares = [sum(abs(v) ** 2 for v in (rho[i][n] - rho[j][n]).ravel()) for n in range(5)]
            np.testing.assert_allclose(np.hypot(*(found[i] - found[j])), np.mean(squares) ** 0.5, rtol=1e-9)
    np.testing.assert_allclose(found[1], 0, atol=1e-12)
    np.testing.assert_allclose(shares.sum(), 1)
    assert shares[0] >= shares[1]
    assert (found[0] > 0).all()


def test_models_on_a_line_and_on_a_point_have_a_plane() -> None:
    start, end = mixed(2), mixed(2)
    line = np.stack([start, (start + end) / 2, end])
    found, shares = s.principal_plane(line, start)
    np.testing.assert_allclose(found[:, 1], 0, atol=1e-12)
    np.testing.assert_allclose(found[2, 0], 2 * found[1, 0])
    np.testing.assert_allclose(shares, [1, 0], atol=1e-12)
    alone, shares = s.principal_plane(line[:1], start)
    assert np.array_equal(alone, np.zeros((1, 2)))
    assert np.array_equal(shares, np.zeros(2))
