"""The spend model: what it finds again, and how little it says of whom it hardly knows."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend import gamma_gamma
from cdm_core.recommend.gamma_gamma import GammaGamma

TRUE = GammaGamma(p=5.0, q=3.8, gamma=900.0)


def spenders(size: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    n = random.integers(1, 12, size).astype(float)
    scale = random.gamma(TRUE.q, 1 / TRUE.gamma, size)
    return n, random.gamma(TRUE.p * n, 1 / scale) / n


def test_finds_the_parameters_amounts_were_made_with() -> None:
    found = gamma_gamma.fit(*spenders(30_000))
    assert found.converged
    assert np.allclose(astuple(found.params), astuple(TRUE), rtol=0.05)


def test_the_currency_does_not_matter() -> None:
    n, mean = spenders(2000)
    taka, paisa = (gamma_gamma.fit_shop(n, mean * unit) for unit in (1, 100))
    assert np.isclose(taka.params.p, paisa.params.p, rtol=1e-3)
    assert np.isclose(taka.params.gamma * 100, paisa.params.gamma, rtol=1e-3)


def test_the_more_orders_the_more_their_mean_is_believed() -> None:
    n, mean = np.array([1.0, 3.0, 100.0]), np.array([1000.0, 1000.0, 1000.0])
    expected = gamma_gamma.expected_spend(TRUE, n, mean)
    middle = TRUE.p * TRUE.gamma / (TRUE.q - 1)
    assert middle > expected[0] > expected[1] > expected[2] > 1000


def test_with_few_repeats_only_the_mean_is_used() -> None:
    n, mean = np.array([1.0] * 500 + [2.0] * 49), np.array([200.0] * 549)
    found = gamma_gamma.fit_shop(n, mean)
    assert not found.fitted
    assert np.allclose(gamma_gamma.expected_spend(found.params, n, mean), 200.0)


@pytest.mark.parametrize("amount", [0.0, -50.0])
def test_nobody_who_paid(amount: float) -> None:
    n, mean = np.full(80, 3.0), np.full(80, amount)
    found = gamma_gamma.fit_shop(n, mean)
    assert (gamma_gamma.expected_spend(found.params, n, mean) == 0).all()


@given(st.lists(st.tuples(st.integers(1, 10_000), st.floats(-1e9, 1e9)), max_size=80))
def test_no_shop_is_without_an_answer(rows: list[tuple[int, float]]) -> None:
    n, mean = np.array([n for n, _ in rows], dtype=float), np.array([mean for _, mean in rows])
    found = gamma_gamma.fit_shop(n, mean)
    expected = gamma_gamma.expected_spend(found.params, n, mean)
    assert (np.isfinite(expected) & (expected >= 0)).all()


def test_one_price_for_all_is_that_price() -> None:
    n, mean = np.full(200, 4.0), np.full(200, 350.0)
    found = gamma_gamma.fit_shop(n, mean)
    assert found.fitted
    assert np.allclose(gamma_gamma.expected_spend(found.params, n, mean), 350.0, rtol=0.02)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ValueError, match="rows need"):
        gamma_gamma.fit(np.array([1.0]), np.array([0.0]))
    with pytest.raises(ValueError, match="no parameters"):
        GammaGamma(p=1, q=0, gamma=1)
