"""The purchase model: what it finds again, and what holds for any customer and any parameters."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.simulated_shop import PURCHASE, simulated_shop
from cdm_core.recommend import bgnbd
from cdm_core.recommend.bgnbd import Bgnbd, Prior
from cdm_core.recommend.history import buyers
from cdm_core.recommend.model import unique_rows

PUBLISHED = Bgnbd(r=0.243, alpha=4.414, a=0.793, b=2.426)

params = st.builds(Bgnbd, *(st.floats(1e-6, 1e6) for _ in range(4)))


@st.composite
def customers(draw: st.DrawFn) -> tuple[float, float, float]:
    x = draw(st.integers(0, 20_000))
    age = draw(st.integers(0, 30_000))
    return float(x), float(draw(st.integers(0, age)) if x else 0), float(age)


horizons = st.floats(0.01, 5000)


def test_what_the_paper_works_out() -> None:
    """Customer 1 of its sample: 2 repeats, the last at 30.43 weeks, 38.86 weeks old, is expected to buy 1.226 times."""
    who = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    likely = bgnbd.p_buy(PUBLISHED, *who, 39.0)
    assert np.isclose(likely * bgnbd.purchases_if_any(PUBLISHED, who[0], who[2], 39.0), 1.226, atol=0.001)


def test_finds_the_parameters_a_shop_was_made_with() -> None:
    history = simulated_shop(60_000)
    assert history.days is not None
    found = bgnbd.fit(*unique_rows(buyers(history.as_of(history.days[1] + 1))))
    assert found.converged
    assert np.allclose(astuple(found.params), astuple(PURCHASE), rtol=0.12)


def test_weighted_rows_are_rows_repeated() -> None:
    x, tx, T = np.array([0.0, 2.0, 1.0]), np.array([0.0, 30.0, 4.0]), np.array([40.0, 60.0, 55.0])
    times = np.array([30, 20, 40])
    once = bgnbd.fit(x, tx, T, times, Prior.of_shops(x, T, times))
    repeated = tuple(np.repeat(column, times) for column in (x, tx, T))
    each = bgnbd.fit(*repeated, prior=Prior.of_shops(repeated[0], repeated[2]))
    assert np.isclose(once.log_likelihood, each.log_likelihood)
    assert np.allclose(astuple(once.params), astuple(each.params), rtol=1e-3)


@settings(max_examples=40)
@given(st.lists(customers(), min_size=1, max_size=30))
def test_no_shop_is_without_a_fit(rows: list[tuple[float, float, float]]) -> None:
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    found = bgnbd.fit_shop(*columns)
    assert np.isfinite(found.log_likelihood)
    assert np.isfinite(bgnbd.p_buy(found.params, *columns, 90.0)).all()


def test_few_repeats_leave_other_shops_to_tell() -> None:
    x, tx, T = np.array([1.0] * 99), np.array([10.0] * 99), np.array([100.0] * 99)
    few = bgnbd.fit_shop(x, tx, T).params
    assert (few.r, few.a, few.b) == (0.45, 0.5, 2.5)
    assert np.isclose(few.alpha, 0.45 * T.sum() / x.sum())


def test_nobody_at_all() -> None:
    empty = np.empty(0)
    found = bgnbd.fit_shop(empty, empty, empty)
    assert bgnbd.p_buy(found.params, empty, empty, empty, 90.0).shape == (0,)


@given(params, customers(), horizons, st.floats(0.5, 2))
def test_probabilities_stay_probabilities(p: Bgnbd, who: tuple[float, float, float], horizon: float, k: float) -> None:
    x, tx, T = (np.array([value]) for value in who)
    alive, buys = bgnbd.p_alive(p, x, tx, T)[0], bgnbd.p_buy(p, x, tx, T, horizon, k)[0]
    often = bgnbd.purchases_if_any(p, x, T, horizon, k)[0]
    assert 0 <= buys <= alive <= 1
    assert 1 <= often < np.inf
    assert who[0] > 0 or alive == 1


@given(params, customers(), horizons, horizons)
def test_more_time_is_more_chance(p: Bgnbd, who: tuple[float, float, float], one: float, other: float) -> None:
    x, tx, T = (np.array([value]) for value in who)
    shorter, longer = sorted((one, other))
    assert bgnbd.p_buy(p, x, tx, T, shorter)[0] <= bgnbd.p_buy(p, x, tx, T, longer)[0]
    often = [bgnbd.p_buy(p, x, tx, T, h)[0] * bgnbd.purchases_if_any(p, x, T, h)[0] for h in (shorter, longer)]
    assert often[0] <= often[1] * (1 + 1e-6)


@given(params, customers(), st.integers(1, 1000))
def test_longer_silence_is_less_life(p: Bgnbd, who: tuple[float, float, float], more: int) -> None:
    x, tx, T = (np.array([value]) for value in who)
    now, later = bgnbd.p_alive(p, x, tx, T)[0], bgnbd.p_alive(p, x, tx, T + more)[0]
    assert later <= now
    assume(who[0] > 0)
    fresher = bgnbd.p_alive(p, x, np.minimum(tx + more, T), T)[0]
    assert fresher >= now


def test_expected_purchases_are_the_integral() -> None:
    """Against the plain sum over a fine grid of p."""
    p, horizon = Bgnbd(0.4, 20.0, 0.7, 2.0), 90.0
    for x, T in ((0.0, 50.0), (3.0, 200.0), (40.0, 400.0)):
        grid = (np.arange(400_000) + 0.5) / 400_000
        density = grid ** (p.a - 1) * (1 - grid) ** (p.b + x - 1)
        each = (1 - (1 + grid * horizon / (p.alpha + T)) ** -(p.r + x)) / grid
        of_alive = (density * each).sum() / density.sum()
        any_of_alive = 1 - (1 + horizon / (p.alpha + T)) ** -(p.r + x)
        ours = bgnbd.purchases_if_any(p, np.array([x]), np.array([T]), horizon)[0]
        assert np.isclose(ours, of_alive / any_of_alive, rtol=2e-3)


@pytest.mark.parametrize("rows", [(-1, 0, 5), (1, 6, 5), (0, 2, 5), (1, -1, 5), (1, 2, np.inf)])
def test_impossible_customers_are_refused(rows: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="rows need"):
        bgnbd.fit(*(np.array([value]) for value in rows))


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_impossible_parameters_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no parameters"):
        Bgnbd(r=value, alpha=1, a=1, b=1)
