"""Every customer's lists of products, in memory and in the database."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import suggestions
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import fits, products
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.history import NO_ITEM
from cdm_core.recommend.sources import read_database
from cdm_core.tables import call_ranking
from tests import factories
from tests.factories import NOW
from tests.recommend.shops import DAY, Line, shop

HONEY, OIL, TEA = range(3)


def sold(*items: int, of: int = 3) -> np.ndarray:
    return np.isin(np.arange(of), items)


def test_due_by_tomorrow_is_due_again_and_what_was_just_bought_is_not() -> None:
    rows = [Line(day, 0, item=HONEY) for day in (10, 40, 70)]
    rows += [Line(day, 0, item=OIL) for day in (70, 80, 97)]
    rows += [Line(day, 0, item=TEA) for day in (1, 5)]
    found = products.lists(shop(rows), DAY + 100, 90, sold(HONEY, OIL, TEA))
    assert found.due_again.tolist() == [[HONEY, *[NO_ITEM] * 4]], "of oil the gap has not passed, tea is given up"
    assert found.new_items.tolist() == [[NO_ITEM] * 5], "there is nothing they do not know"


def test_what_is_not_sold_is_in_no_list_and_takes_no_place() -> None:
    rows = [Line(day, 0, item=HONEY) for day in (10, 40, 70)] + [Line(90, 1, item=OIL), Line(95, 1, item=TEA)]
    whole = products.lists(shop(rows), DAY + 100, 90, sold(HONEY, OIL, TEA))
    assert set(whole.new_items[0]) == {OIL, TEA, NO_ITEM}
    assert set(whole.popular) == {HONEY, OIL, TEA}
    left = products.lists(shop(rows), DAY + 100, 90, sold(TEA))
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
    found = products.lists(history, DAY + 61, 30, sold(*on_sale, of=8))
    assert np.isfinite(found.chances).all()
    assert ((found.chances >= 0) & (found.chances <= 1)).all()
    for customer in range(5):
        days = {
            item: [row.day for row in rows if row.customer == customer and row.item == item and row.amount >= 0]
            for item in range(8)
        }
        due, new = _listed(found.due_again[customer]), _listed(found.new_items[customer])
        assert on_sale.issuperset(due)
        assert on_sale.issuperset(new)
        assert len(set(due + new)) == len(due + new)
        assert all(not days[item] for item in new)
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
    found = products.lists(shop(rows, customers=customers, items=items), DAY + 20, 90, sold(of=items))
    assert (found.due_again == NO_ITEM).all()
    assert (found.new_items == NO_ITEM).all()
    assert not len(found.popular)


async def _ranked(session: AsyncSession, *customers: int) -> None:
    for customer in customers:
        await factories.ranking(session, customer)


async def _fill(session: AsyncSession) -> int:
    await set_as_of(session, NOW)
    history = await read_database(session)
    return await products.fit_and_store(lambda: contextlib.nullcontext(session), history, now=NOW)


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_the_lists_in_the_database(session: AsyncSession, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "BATCH", batch)
    rahim, karim, lead = [await factories.customer(session) for _ in range(3)]
    honey, oil, gone = [
        await factories.product(session, name=name, stock=stock)
        for name, stock in (("Honey 1 kg", 9), ("Mustard oil 5 L", None), ("Old tea", 0))
    ]
    for customer, product, days in (
        (rahim, honey, (95, 60, 33)),
        (rahim, gone, (95, 60, 33)),
        (karim, honey, (10,)),
        (karim, oil, (12,)),
    ):
        for back in days:
            order = await factories.order(session, customer, ordered_at=NOW - timedelta(days=back), lines=False)
            await factories.order_line(session, customer, order, product_id=product)
    await _ranked(session, rahim, karim, lead)
    assert await _fill(session) == 1, "of Karim nothing is due and nothing new"
    chosen = select(call_ranking.c.customer_id, call_ranking.c.due_again, call_ranking.c.new_items)
    found = {row.customer_id: (row.due_again, row.new_items) for row in await session.execute(chosen)}
    assert found == {rahim: ([honey], [oil]), karim: ([], []), lead: ([], [])}
    fit = await fits.latest(session, FitKind.ITEMS)
    assert fit is not None
    assert fit.parameters["popular"] == [honey, oil]
    assert (len(fit.parameters["chances"]), fit.version) == (3, products.VERSION)
    assert (fit.diagnostics["products"], fit.diagnostics["sold"]) == (3, 2)
    assert (fit.data_from, fit.data_until) == ((NOW - timedelta(days=95)).date(), (NOW - timedelta(days=10)).date())
    await session.commit()
    assert await _fill(session) == 0, "nothing changed"
    await session.commit()
    await session.execute(text("DELETE FROM sales_orders"))
    assert await _fill(session) == 1, "who has no orders any more has no lists"


async def test_an_empty_shop_is_no_trouble(session: AsyncSession) -> None:
    assert await _fill(session) == 0
    fit = await fits.latest(session, FitKind.ITEMS)
    assert fit is not None
    assert (fit.parameters["popular"], fit.data_from) == ([], None)


async def test_a_hundred_thousand_products_of_which_few_were_bought(session: AsyncSession) -> None:
    await session.execute(text("INSERT INTO products (name) SELECT 'Product ' || n FROM generate_series(1, 100000) n"))
    customer = await factories.customer(session)
    ids = (await session.execute(text("SELECT id FROM products ORDER BY id DESC LIMIT 2"))).scalars().all()
    for back, product in ((20, ids[0]), (10, ids[1])):
        order = await factories.order(session, customer, ordered_at=NOW - timedelta(days=back), lines=False)
        await factories.order_line(session, customer, order, product_id=product, amount=Decimal(10))
    await _ranked(session, customer)
    assert await _fill(session) == 0


async def test_what_is_bought_while_the_night_fits_is_not_offered_and_the_fit_in_use_keeps_its_lists(
    session: AsyncSession,
) -> None:
    rahim, karim = [await factories.customer(session) for _ in range(2)]
    honey, oil = [await factories.product(session, name=name) for name in ("Honey 1 kg", "Mustard oil 5 L")]

    async def buys(customer: int, product: int, *days: int) -> None:
        for back in days:
            order = await factories.order(session, customer, ordered_at=NOW - timedelta(days=back), lines=False)
            await factories.order_line(session, customer, order, product_id=product)

    async def lists() -> tuple[list[int], list[int]]:
        mine = select(call_ranking.c.due_again, call_ranking.c.new_items).where(call_ranking.c.customer_id == rahim)
        due_again, new_items = (await session.execute(mine)).one()
        return due_again, new_items

    async def offered() -> list[str]:
        found = (await suggestions.of_many(session, [rahim], now=NOW))[rahim]
        return [product.name for product in (*found.due_again, *found.new_for_them)]

    await buys(rahim, honey, 95, 60, 33)
    await buys(karim, honey, 10)
    await buys(karim, oil, 12)
    await _ranked(session, rahim, karim)
    await set_as_of(session, NOW)
    read_before = await read_database(session)
    await products.fit_and_store(lambda: contextlib.nullcontext(session), read_before, now=NOW)
    assert (await lists(), await offered()) == (([honey], [oil]), ["Honey 1 kg", "Mustard oil 5 L"])
    await buys(rahim, oil, 0)
    assert (await lists(), await offered()) == (([honey], [oil]), ["Honey 1 kg"])

    begun = 0

    @contextlib.asynccontextmanager
    async def begin_with_another() -> AsyncIterator[AsyncSession]:
        nonlocal begun
        begun += 1
        if begun == 3:  # the fit of what was read before is kept, its lists are not
            await _fill(session)
        yield session

    assert await products.fit_and_store(begin_with_another, read_before, now=NOW) == 0
    assert (await lists(), await offered()) == (([honey], []), ["Honey 1 kg"])
