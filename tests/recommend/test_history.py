"""What a shop's history says of customers on a day, and that nothing later enters."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend.bgnbd import Bgnbd
from cdm_core.recommend.history import Known, LookAhead, buyers, distinct, order_days
from cdm_core.recommend.season import season
from tests.recommend.shops import DAY, Line, known, shop

lines = st.lists(
    st.builds(
        Line,
        st.integers(0, 300),
        st.integers(0, 9),
        st.sampled_from([-80.0, 0.0, 50.0, 120.0]),
        st.integers(0, 4),
        order=st.just(-1),
        until=st.none(),
    ),
    max_size=60,
)


def told_by(row: Line, day: int) -> Line:
    """The line as it was told before that day."""
    return row if row.until is not None and row.until < day else row._replace(until=None)


def test_a_customers_numbers() -> None:
    found = buyers(
        known(
            [
                Line(0, 1, 100),
                Line(10, 1, 50, order=7),
                Line(10, 1, 30, order=7),  # a second line of it
                Line(10, 1, 20),  # a second order that day
                Line(30, 1, -40),  # sent back
                Line(20, 0, -10),  # never bought: no buyer
                Line(90, 1, 999),
            ],
            90,
        )
    )
    assert found.customer.tolist() == [1]
    assert (found.x[0], found.tx[0], found.T[0], found.orders[0], found.since[0]) == (1, 10, 90, 3, 80)
    assert found.revenue[0] == 160
    assert found.order_value[0] == 80
    weights = [np.exp(-days / 120) for days in (90, 80, 60)]
    assert np.isclose(found.decayed[0], 100 * weights[0] + 100 * weights[1] - 40 * weights[2])


def test_an_order_is_of_its_first_day() -> None:
    days = order_days(known([Line(5, 0, 10, order=1), Line(8, 0, 10, order=1)], 30))
    assert (days.day - DAY).tolist() == [5]


def test_what_comes_later_cannot_enter() -> None:
    history = shop([Line(0, 0), Line(50, 0)])
    with pytest.raises(LookAhead, match="1 lines are not before"):
        Known(DAY + 50, history.lines, 1, 0)
    assert len(history.as_of(DAY + 50).lines) == 1


def test_what_came_back_was_a_purchase_until_then() -> None:
    history = shop([Line(0, 0, 100), Line(20, 0, 40, until=50), Line(60, 0, 5)])
    before, after = buyers(history.as_of(DAY + 50)), buyers(history.as_of(DAY + 51))
    assert (before.orders[0], before.revenue[0], before.tx[0]) == (2, 140, 20)
    assert (after.orders[0], after.revenue[0], after.tx[0]) == (1, 100, 0)
    assert np.isclose(after.decayed[0], 100 * np.exp(-51 / 120)), "nothing of it weighs on"
    assert buyers(history.as_of(DAY + 60).as_of(DAY + 50)).revenue[0] == 140, "nor is it known in a replay of then"
    assert history.days == (DAY, DAY + 60)


def test_a_window_loses_what_came_back_in_it() -> None:
    history = shop([Line(0, 0, 100, until=50), Line(20, 0, 40, until=30), Line(45, 1, 7, until=90), Line(55, 0, 5)])
    for first, end, kept, lost in (
        (40, 60, [7, 5], [(50, -100)]),
        (51, 60, [5], []),
        (10, 40, [], []),
        (0, 30, [100, 40], []),
        (60, 99, [], [(90, -7)]),
    ):
        came = history.between(DAY + first, DAY + end)
        assert came.amount[came.bought].tolist() == kept
        gone = came.where(~came.bought)
        assert list(zip((gone.day - DAY).tolist(), gone.amount.tolist(), strict=True)) == lost


def test_that_it_will_come_back_cannot_be_known() -> None:
    history = shop([Line(0, 0, until=50)])
    for day in (20, 50):
        with pytest.raises(LookAhead):
            Known(DAY + day, history.lines, 1, 0)
        assert len(history.as_of(DAY + day).lines) == 1
    assert not len(history.as_of(DAY + 51).lines)


@given(lines, st.integers(0, 300), st.integers(0, 90))
def test_the_future_changes_nothing(rows: list[Line], day: int, kept: int) -> None:
    rows = [row._replace(until=row.day + kept * at) if at % 3 else row for at, row in enumerate(rows)]
    before = [told_by(row, day) for row in rows if row.day < day]
    told = [buyers(known(each, day, customers=10, items=5)) for each in (rows, before)]
    for name in ("customer", "x", "tx", "T", "orders", "revenue", "decayed"):
        assert np.array_equal(*(getattr(each, name) for each in told))


@given(lines, st.randoms())
def test_the_order_of_rows_tells_nothing(rows: list[Line], random: Random) -> None:
    numbered = [row._replace(order=at) for at, row in enumerate(rows)]
    mixed = numbered.copy()
    random.shuffle(mixed)
    one, other = (buyers(known(each, 301, customers=10, items=5)) for each in (numbered, mixed))
    assert np.array_equal(one.revenue, other.revenue)
    assert np.array_equal(one.decayed, other.decayed)
    assert np.array_equal(one.tx, other.tx)


def test_nothing_at_all() -> None:
    assert shop([]).days is None
    assert len(buyers(known([], 10)).x) == 0


@given(st.lists(st.integers(-5, 5)))
def test_distinct_is_sorted_and_single(codes: list[int]) -> None:
    assert distinct(np.array(codes, dtype=np.int64)).tolist() == sorted(set(codes))


def test_a_season_needs_a_year() -> None:
    model = Bgnbd(0.5, 40.0, 0.5, 2.5)
    rows = [Line(day, customer) for customer in range(50) for day in (0, 60, 120, 200)]
    young = season(model, order_days(known(rows, 300)), DAY + 300, 90)
    assert (young.kappa, young.years) == (1.0, 0)


def test_a_lively_season_a_year_ago_raises_the_next() -> None:
    model = Bgnbd(0.5, 40.0, 0.5, 2.5)
    quiet = [Line(customer % 100, customer) for customer in range(2000)]
    feast = [Line(180 + customer % 60, customer) for customer in range(1500)]
    ahead = season(model, order_days(known(quiet + feast, 545)), DAY + 545, 60)
    assert ahead.years == 1
    assert ahead.observed > ahead.expected
    assert 1 < ahead.kappa <= 2
    calm = season(model, order_days(known(quiet + feast, 495)), DAY + 495, 40)
    assert 0.5 <= calm.kappa < 1


def test_a_wrong_cutoff_is_seen_by_type_too() -> None:
    kept = known([Line(0, 0), Line(9, 0)], 10)
    with pytest.raises(LookAhead):
        replace(kept, cutoff=DAY + 9)
