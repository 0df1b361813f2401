"""Who never ordered: conversion by cell, drawn towards the shop's, and fading with the time since they showed."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend.leads import Cohort, Leads, fit, p_order
from cdm_core.recommend.pooled import Pooled, pool

FACEBOOK, SHOP = ("facebook", "add_to_cart"), ("shop", "")
LONG = 10_000

cohorts = st.lists(
    st.builds(
        lambda cell, days, leads, share, wait: Cohort(
            cell, days, leads, round(leads * share), round(leads * share * wait)
        ),
        st.tuples(st.sampled_from(["", "facebook", "ad"]), st.sampled_from(["", "add_to_cart", "payment_failed"])),
        st.integers(0, 3000),
        st.integers(1, 10**6),
        st.floats(0, 1),
        st.floats(0, 500),
    ),
    max_size=30,
)


def test_a_cell_that_orders_more_is_likelier_to_and_little_said_is_drawn_to_the_shops() -> None:
    found = fit(
        [Cohort(FACEBOOK, LONG, 1000, 400, 4000), Cohort(SHOP, LONG, 1000, 50, 500), Cohort(("x", ""), LONG, 1, 1, 3)]
    )
    often, seldom, one, unknown = p_order(found, [FACEBOOK, SHOP, ("x", ""), ("new", "")], np.zeros(4))
    assert often == pytest.approx(0.4, abs=0.02)
    assert seldom == pytest.approx(0.05, abs=0.02)
    assert unknown == pytest.approx(found.overall.rate)
    assert unknown < one < 1


def test_who_came_lately_has_not_failed_to_order() -> None:
    """The same orders of the same leads, who all came today or long ago: the former had no time yet."""
    lately = fit([Cohort(SHOP, 1, 500, 20, 200), Cohort(FACEBOOK, LONG, 500, 100, 1000)])
    long_ago = fit([Cohort(SHOP, LONG, 500, 20, 200), Cohort(FACEBOOK, LONG, 500, 100, 1000)])
    today = np.zeros(1)
    assert p_order(lately, [SHOP], today) > 2 * p_order(long_ago, [SHOP], today)


def test_shops_that_are_as_the_model_says_are_found() -> None:
    random = np.random.default_rng(3)
    size, will, wait = 40_000, 0.15, 20.0
    age = random.integers(0, 400, size)
    after = np.where(random.random(size) < will, random.exponential(wait, size), np.inf)
    rows = []
    for days in range(400):
        waits = after[(age == days) & (after < days)]
        rows.append(Cohort(SHOP, days, int((age == days).sum()), len(waits), round(waits.sum())))
    found = fit(rows)
    assert found.wait == pytest.approx(wait, rel=0.1)
    assert p_order(found, [SHOP], np.zeros(1))[0] == pytest.approx(will, abs=0.01)
    still = (age >= 30) & (after > 30)
    assert p_order(found, [SHOP], np.array([30.0]))[0] == pytest.approx(np.isfinite(after[still]).mean(), abs=0.02)


@given(cohorts, st.floats(0, 1e5))
def test_probabilities_fade_and_are_never_nan(of: list[Cohort], days: float) -> None:
    found = fit(of)
    cells = [FACEBOOK, SHOP, ("", ""), ("ad", "payment_failed")]
    now, later = p_order(found, cells, np.full(4, days)), p_order(found, cells, np.full(4, days + 10))
    assert ((now >= 0) & (now <= 1) & (later <= now)).all()
    assert Leads.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_of_countless_sources_the_largest_are_known() -> None:
    found = fit([Cohort((f"ad {number}", ""), LONG, 1 + number, 1, 5) for number in range(500)])
    assert len(found.cells) == 40
    assert ("ad 499", "") in found.cells


groups = st.lists(st.tuples(st.integers(0, 10**5), st.floats(0, 1), st.integers(1, 10**5)), max_size=30)


@given(groups)
def test_pooled_rates_are_rates_and_more_answers_never_lower_them(of: list[tuple[int, float, int]]) -> None:
    tried = np.array([row[0] for row in of], dtype=np.float64)
    came = np.round(tried * [row[1] for row in of]) if of else tried
    found = pool(tried, came, [row[2] for row in of], Pooled(0.5, 2.0))
    assert 0 < found.rate < 1
    assert found.strength > 0
    rates = found.of([9, 9, 9, 0], [0, 4, 9, 0])
    assert ((rates > 0) & (rates < 1)).all()
    assert rates[0] < rates[1] < rates[2]
    assert rates[3] == pytest.approx(found.rate)


def test_strength_follows_how_groups_differ() -> None:
    random = np.random.default_rng(5)
    tried = np.full(3000, 20)
    alike = random.binomial(20, 0.3, 3000)
    apart = random.binomial(20, random.beta(0.6, 1.4, 3000))
    ones = np.ones(3000)
    assert pool(tried, alike, ones, Pooled(0.5, 2.0)).strength > 100
    assert 1.5 < pool(tried, apart, ones, Pooled(0.5, 2.0)).strength < 2.6
