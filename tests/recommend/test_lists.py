"""Which products are shown to a customer on a day."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend.history import NO_ITEM
from cdm_core.recommend.lists import Lists, lists
from tests.recommend.shops import DAY, Line, shop

HONEY, OIL, TEA = range(3)


def sold(*items: int, of: int = 3) -> np.ndarray:
    return np.isin(np.arange(of), items)


def test_due_by_tomorrow_is_due_again_and_what_was_just_bought_is_not() -> None:
    rows = [Line(day, 0, item=HONEY) for day in (10, 40, 70)]
    rows += [Line(day, 0, item=OIL) for day in (70, 80, 97)]
    rows += [Line(day, 0, item=TEA) for day in (1, 5)]
    found = lists(shop(rows), DAY + 100, 90, sold(HONEY, OIL, TEA))
    assert found.due_again.tolist() == [[HONEY, *[NO_ITEM] * 4]], "of oil the gap has not passed, tea is given up"
    assert found.bought_before.tolist() == [[TEA, *[NO_ITEM] * 4]], "but known, and oil was just bought"
    assert found.new_items.tolist() == [[NO_ITEM] * 5], "there is nothing they do not know"


@pytest.mark.parametrize(
    ("days", "due", "before"),
    [
        ((86,), False, True),
        ((87,), False, False),
        ((46, 86), False, False),
        ((26, 66), False, True),
        ((20, 60), True, False),
        ((10, 20), False, True),
        ((94, 97), True, False),
        ((80, 98), False, False),
    ],
)
def test_when_something_may_be_offered_again(days: tuple[int, ...], due: bool, before: bool) -> None:
    found = lists(shop([Line(day, 0, item=HONEY) for day in days]), DAY + 100, 90, sold(HONEY, of=1))
    assert [HONEY in each[0] for each in (found.due_again, found.bought_before)] == [due, before]


def test_what_came_back_is_on_no_list_and_was_until_then() -> None:
    rows = [Line(day, 0, item=HONEY) for day in (40, 70)]
    rows += [Line(day, 0, amount=-100.0, item=HONEY) for day in (44, 74)]
    rows += [Line(20, 0, item=OIL), Line(70, 0, item=OIL, until=75), Line(10, 1, item=TEA)]
    nothing, back = [NO_ITEM] * 5, [Line(71, 1, item=HONEY), Line(72, 1, amount=-100.0, item=HONEY)]
    found = lists(shop(rows + back), DAY + 100, 90, sold(HONEY, OIL, TEA))
    assert found.due_again.tolist() == [nothing, nothing]
    assert [row[0] for row in found.bought_before.tolist()] == [OIL, TEA]
    assert [row[:2] for row in found.new_items.tolist()] == [[TEA, NO_ITEM], [OIL, NO_ITEM]], "nor is it new"
    assert found.popular.tolist() == [OIL, TEA]
    before = lists(shop(rows), DAY + 74, 90, sold(HONEY, OIL, TEA))
    assert (before.due_again[0].tolist(), before.bought_before[0].tolist()) == (nothing, nothing), "just bought"
    rows = [row for row in rows if row.day != 74]
    assert lists(shop(rows), DAY + 100, 90, sold(HONEY, OIL, TEA)).due_again[0].tolist() == nothing, "kept once"


def test_a_discount_is_no_product_that_is_offered() -> None:
    rows = [Line(day, who, item=TEA) for day in (40, 70) for who in (0, 1)]
    rows += [Line(day, 0, amount=-10.0, item=OIL, discount=True) for day in (40, 70)]
    found = lists(shop(rows), DAY + 100, 90, sold(HONEY, OIL, TEA))
    offered = (found.due_again, found.bought_before, found.new_items, found.popular)
    assert not any(OIL in each for each in offered)
    assert TEA in found.due_again[0]


def test_all_lists_in_one_go_by_the_chance_of_each_place() -> None:
    found = Lists(
        due_again=np.array([[HONEY, NO_ITEM]]),
        bought_before=np.array([[OIL, NO_ITEM]]),
        new_items=np.array([[TEA, 3]]),
        popular=np.array([OIL]),
        chances=np.array([[0.2, 0.1], [0.05, 0.01], [0.3, 0.05]]),
    )
    assert found.joined.tolist() == [[TEA, HONEY, OIL, 3, NO_ITEM, NO_ITEM]]


def test_what_is_not_sold_is_in_no_list_and_takes_no_place() -> None:
    rows = [Line(day, 0, item=HONEY) for day in (10, 40, 70)] + [Line(90, 1, item=OIL), Line(95, 1, item=TEA)]
    whole = lists(shop(rows), DAY + 100, 90, sold(HONEY, OIL, TEA))
    assert set(whole.new_items[0]) == {OIL, TEA, NO_ITEM}
    assert set(whole.popular) == {HONEY, OIL, TEA}
    left = lists(shop(rows), DAY + 100, 90, sold(TEA))
    assert left.due_again.tolist() == [[NO_ITEM] * 5] * 2
    assert left.new_items[0].tolist() == [TEA, *[NO_ITEM] * 4]
    assert left.popular.tolist() == [TEA]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4), st.integers(0, 7), st.floats(-50, 500)), max_size=60),
    st.frozensets(st.integers(0, 7)),
)
def test_whatever_was_bought_lists_hold_only_what_they_may(
    bought: list[tuple[int, int, int, float]], on_sale: frozenset[int]
) -> None:
    rows = [Line(day, customer, amount, item) for day, customer, item, amount in bought]
    history = shop(rows, customers=5, items=8)
    found = lists(history, DAY + 61, 30, sold(*on_sale, of=8))
    assert np.isfinite(found.chances).all()
    assert ((found.chances >= 0) & (found.chances <= 1)).all()
    for customer in range(5):
        days = {
            item: [row.day for row in rows if row.customer == customer and row.item == item and row.amount >= 0]
            for item in range(8)
        }
        due, before, new = (_listed(of[customer]) for of in (found.due_again, found.bought_before, found.new_items))
        everything = _listed(found.joined[customer])
        assert on_sale.issuperset(everything)
        assert len(set(everything)) == len(everything)
        assert sorted(everything) == sorted(due + before + new)
        assert all(not days[item] for item in new)
        for item in before:
            different = sorted(set(days[item]))
            gap = (different[-1] - different[0]) / max(1, len(different) - 1)
            assert 61 - different[-1] >= max(14, gap / 2)
            assert len(different) == 1 or not gap <= 61 - different[-1] < 3 * gap
        for item in due:
            different = sorted(set(days[item]))
            gap = (different[-1] - different[0]) / (len(different) - 1)
            assert gap <= 61 - different[-1] < 3 * gap


def _listed(row: Sequence[int]) -> list[int]:
    listed = [int(item) for item in row]
    head = [item for item in listed if item != NO_ITEM]
    assert listed[: len(head)] == head, "no gaps"
    return head


@pytest.mark.parametrize(("customers", "items"), [(0, 0), (3, 0), (0, 4)])
def test_a_shop_without_products_or_customers(customers: int, items: int) -> None:
    rows = [Line(5, customer) for customer in range(customers)]
    found = lists(shop(rows, customers=customers, items=items), DAY + 20, 90, sold(of=items))
    assert (found.due_again == NO_ITEM).all()
    assert (found.joined == NO_ITEM).all()
    assert not len(found.popular)
