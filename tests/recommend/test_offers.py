"""What to offer: habits, what goes with what, and both in one list."""

import numpy as np
import pytest

from cdm_core.recommend import ease
from cdm_core.recommend.baskets import AGAIN, habits, popularity, signs_again, trends
from cdm_core.recommend.ease import fit_items, wanted
from cdm_core.recommend.history import NO_ITEM, Known
from cdm_core.recommend.offers import (
    _highest,
    bought_before,
    due_again,
    fit_offers,
    joined,
    new_items,
    next_order,
    personal_items,
    popular_items,
)
from tests.recommend.shops import DAY, Line, known

HONEY, OIL, TEA, RICE, SALT = range(5)


def pairs_shop() -> list[Line]:
    """Who buys honey buys oil, and tea rice; customer 0 has honey alone, 1 tea alone; ten others know salt."""
    rows = [Line(80, 0, item=HONEY), Line(80, 1, item=TEA)]
    for customer in range(2, 60):
        pair = (HONEY, OIL) if customer % 2 else (TEA, RICE)
        rows += [Line(50 + customer % 30, customer, item=item) for item in pair]
    return rows + [Line(85, customer, item=SALT) for customer in range(50, 60)]


def one(day: int, rows: list[Line], customers: int = 60) -> Known:
    return known(rows, day, customers=customers, items=5)


def test_what_goes_with_it_comes_first_and_nothing_known_comes() -> None:
    offers = fit_offers(one(90, pairs_shop()), 30)
    lists = new_items(offers, np.array([0, 1], dtype=np.int32))
    assert lists[:, 0].tolist() == [OIL, RICE]
    assert HONEY not in lists[0]
    assert (lists[:, 4:] == NO_ITEM).all()


def test_a_stranger_is_offered_what_is_popular() -> None:
    offers = fit_offers(one(90, pairs_shop(), customers=61), 30)
    popular = popular_items(offers, np.array([60], dtype=np.int32), unknown_only=True)
    assert new_items(offers, np.array([60], dtype=np.int32))[0, 0] == popular[0, 0]


@pytest.mark.parametrize("dense", [0, 2])
def test_rare_items_are_reached_by_cosine(monkeypatch: pytest.MonkeyPatch, dense: int) -> None:
    monkeypatch.setattr(ease, "DENSE", dense)
    found = one(90, pairs_shop())
    mine = habits(found)
    scores = wanted(fit_items(mine, popularity(found), trends(found)), mine, np.array([0, 1], dtype=np.int32))
    assert scores.argmax(axis=1).tolist() == [OIL, RICE]
    assert scores[0, HONEY] == -np.inf


def test_who_buys_nothing_yet_has_no_say_in_which_pairs_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "DENSE", 0)
    monkeypatch.setattr(ease, "_MOST_PAIRS", 60)
    rows = pairs_shop()
    spread_out = [row._replace(customer=3 * row.customer + 1) for row in rows]
    near = []
    for found in (one(90, rows), one(90, spread_out, customers=180)):
        model = fit_items(habits(found), popularity(found), trends(found))
        near.append((model.near_from.tolist(), model.near_to.tolist(), model.nearness.tolist()))
    assert near[0] == near[1]
    assert near[0][0]


def test_a_habit_is_due_when_its_gap_has_passed() -> None:
    rows = [Line(day, 0, item=HONEY) for day in (0, 30, 60)] + [Line(day, 0, item=OIL) for day in (24, 54, 84)]
    found = one(90, rows, customers=1)
    mine = habits(found)
    assert mine.times.tolist() == [3, 3]
    assert (mine.last - DAY).tolist() == [60, 84]
    due = signs_again(mine, np.ones((5, 3))) @ AGAIN
    assert due[0] > due[1]
    long_ago = habits(one(400, rows, customers=1))
    assert (signs_again(long_ago, np.ones((5, 3))) @ AGAIN < due - np.log(10)).all()


def test_what_was_bought_again_and_again_is_first_of_the_personal() -> None:
    rows = [Line(day, 0, item=TEA) for day in (10, 30, 50)] + [Line(55, 0, item=RICE)]
    offers = fit_offers(one(70, rows, customers=1), 30)
    items = personal_items(offers, np.array([0], dtype=np.int32))
    assert items[0, :3].tolist() == [TEA, RICE, NO_ITEM]


def test_one_list_of_both_has_nothing_twice() -> None:
    offers = fit_offers(one(90, pairs_shop()), 30)
    whom = np.arange(60, dtype=np.int32)
    lists = (due_again(offers, whom), bought_before(offers, whom), new_items(offers, whom)[:, :5])
    for row in joined(lists, offers.chances):
        told = [item for item in row.tolist() if item != NO_ITEM]
        assert len(told) == len(set(told))


def test_chances_are_learnt_and_never_rise_down_the_list() -> None:
    rows = [Line(day, customer, item=HONEY) for customer in range(40) for day in range(5, 120, 20)]
    rows += [Line(day, customer, item=OIL + customer % 4) for customer in range(40) for day in (7,)]
    chances = fit_offers(one(121, rows), 16).chances
    assert chances[0, 0] > 0.7, "it was due when the last 16 days began"
    assert chances[1, 0] < 0.1, "nobody bought again what they had bought once"
    assert (np.diff(chances, axis=1) <= 0).all()


def test_chances_are_of_what_is_shown() -> None:
    """Everybody buys each thing two days running: what was just bought is taken, and tells nothing of what is shown."""
    rows = [Line(day, customer, item=customer % 5) for customer in range(40) for day in (60, 61)]
    rows += [Line(20, customer, item=(customer + 1) % 5) for customer in range(40)]
    offers = fit_offers(one(62, rows), 1)
    assert offers.chances[1, 0] < 0.05, "of what they knew from day 20 nothing was bought"


def test_what_sells_ever_better_is_told_from_what_sold_once() -> None:
    rows = [Line(day, day, item=OIL) for day in range(40)] + [Line(day, day, item=TEA) for day in range(50, 90)]
    week, _, season = trends(one(90, rows, customers=90)).T
    assert week[TEA] - week[OIL] > season[TEA] - season[OIL] > 0
    assert np.isfinite(trends(one(90, rows))).all()


def refills() -> list[Line]:
    """Everybody buys honey every 40 days and oil every 40 days, 20 days apart: the one bought longer ago is next."""
    rows: list[Line] = []
    for customer in range(60):
        for day in range(customer % 40, 240, 40):
            rows += [Line(day, customer, item=HONEY), Line(day + 20, customer, item=OIL)]
    return [row for row in rows if row.day < 240]


def test_a_shop_of_refills_teaches_that_the_gap_counts() -> None:
    """By chance of popularity or decay alone what was bought last would come first."""
    found = one(240, refills())
    offers = fit_offers(found, 30)
    assert offers.weights.again[2] > AGAIN[2]
    mine = offers.habits
    for customer in range(60):
        of = mine.of(customer)
        assert mine.item[of][offers.again[of].argmax()] == mine.item[of][mine.last[of].argmin()]


def test_a_shop_without_a_past_weighs_as_expected() -> None:
    offers = fit_offers(one(90, [Line(89, customer, item=TEA) for customer in range(60)]), 30)
    assert offers.weights.again.tolist() == AGAIN.tolist()


def test_few_of_the_weights_are_summed_as_all_would_be() -> None:
    found = one(90, pairs_shop())
    mine = habits(found)
    model = fit_items(mine, popularity(found), trends(found))
    whom = np.arange(60, dtype=np.int32)
    row, entry = mine.of_all(whom)
    bought = np.zeros((60, 5), dtype=np.float32)
    bought[row, mine.item[entry]] = np.sqrt(mine.weight[entry])
    whole = np.zeros((60, 5), dtype=np.float32)
    whole[:, model.dense] = bought[:, model.dense] @ model.weights
    most = np.maximum(whole.max(axis=1, initial=0.0), np.float32(1e-9))
    told = wanted(model, mine, whom)
    new = np.isfinite(told)
    assert told[new] == pytest.approx((whole / most[:, None] + ease.POPULAR_WEIGHT * model.popular)[new], abs=1e-5)


def test_returned_and_unnamed_items_are_no_habits() -> None:
    found = one(20, [Line(3, 0, -50, HONEY), Line(4, 0, 50, NO_ITEM), Line(5, 0, 50, TEA)], customers=1)
    assert habits(found).item.tolist() == [TEA]


def test_the_next_order_is_the_first_day_after() -> None:
    came = next_order(
        known([Line(3, 0, item=TEA), Line(3, 0, item=RICE), Line(9, 0, item=OIL)], 20, items=5).lines, 1, 5
    )
    assert came.customers.tolist() == [0]
    held = came.holds(np.array([0, 0, 0, 0], dtype=np.int32), np.array([TEA, RICE, OIL, NO_ITEM]))
    assert held.tolist() == [True, True, False, False]


def test_shops_without_items_or_history() -> None:
    nobody = np.empty(0, dtype=np.int32)
    for found in (known([], 10), known([Line(1, 0)], 10)):
        offers = fit_offers(found, 90)
        assert new_items(offers, nobody).shape == (0, 10)
        whom = np.arange(found.customers, dtype=np.int32)
        assert (new_items(offers, whom) == NO_ITEM).all()
        assert (popular_items(offers, whom, unknown_only=True) == NO_ITEM).all()


@pytest.mark.parametrize("columns", [0, 1, 7, 30, 300, 5000])
@pytest.mark.parametrize("decimals", [1, 6])
def test_the_highest_are_those_of_sorting_all(columns: int, decimals: int) -> None:
    scores = np.random.default_rng(columns).normal(size=(20, columns)).round(decimals).astype(np.float32)
    scores[3], scores[4, columns // 2 :], scores[5] = -np.inf, -np.inf, 0.0
    found = _highest(scores, 30)
    by = np.argsort(-scores, axis=1, kind="stable")[:, :30]
    wished = np.where(np.take_along_axis(scores, by, axis=1) > 0, by, NO_ITEM)
    assert np.array_equal(found, wished)
