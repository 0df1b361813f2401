"""Every customer's lists of products in the database, and what is offered of them."""

import contextlib
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import suggestions
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import fits, products
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.lists import lists
from cdm_core.recommend.sources import read_database
from cdm_core.tables import call_ranking
from tests import factories
from tests.factories import NOW


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
        (karim, oil, (13,)),
    ):
        for back in days:
            order = await factories.order(session, customer, ordered_at=NOW - timedelta(days=back), lines=False)
            await factories.order_line(session, customer, order, product_id=product)
    await _ranked(session, rahim, karim, lead)
    assert await _fill(session) == 2
    chosen = select(
        call_ranking.c.customer_id, call_ranking.c.due_again, call_ranking.c.bought_before, call_ranking.c.new_items
    )
    found = {row.customer_id: tuple(row)[1:] for row in await session.execute(chosen)}
    assert found == {rahim: ([honey], [], [oil]), karim: ([], [oil], []), lead: ([], [], [])}
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
    assert await _fill(session) == 2, "who has no orders any more has no lists"


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
    assert await _fill(session) == 1, "the one of 20 days ago may be bought again"


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


async def test_what_the_backtest_judges_is_what_is_offered(session: AsyncSession) -> None:
    """The lists of a history at a day, and what chat and view show on that day, one by one and joined."""
    dice = random.Random(8)
    made = [await factories.product(session, name=f"P{number:02}") for number in range(14)]
    customers = [await factories.customer(session) for _ in range(80)]
    for customer in customers:
        liked = dice.sample(made, dice.randrange(1, 9))
        latest: dict[int, tuple[int, bool]] = {}  # of each product: the days since the last line, and whether it stands
        for back in sorted(dice.sample(range(150), dice.randrange(1, 9)), reverse=True):
            order = await factories.order(session, customer, ordered_at=NOW - timedelta(days=back), lines=False)
            for line_no, product in enumerate(dice.sample(liked, dice.randrange(1, 1 + len(liked))), 1):
                how: dict[str, object] = {"quantity": dice.choice((1, 1, 1, 3, -1))}
                if how["quantity"] == -1 or dice.random() < 0.15:
                    how |= {"status": "returned", "returned_at": NOW - timedelta(days=back)}
                await factories.order_line(session, customer, order, line_no=line_no, product_id=product, **how)
                latest[product] = back, "status" not in how
        # What is still on its way, ordered before what was delivered last, tells nothing and cannot have come back.
        for product, (back, stands) in latest.items():
            if stands and dice.random() < 0.5:
                ordered = NOW - timedelta(days=dice.randrange(back + 1, 151))
                order = await factories.order(session, customer, ordered_at=ordered, status="pending", lines=False)
                await factories.order_line(session, customer, order, product_id=product, status="pending")
    await _ranked(session, *customers)
    await _fill(session)
    history = await read_database(session)
    cutoff = NOW.date().toordinal() + 1
    judged = lists(history, cutoff, 90, np.ones(len(history.items), dtype=np.bool_))
    offered = await suggestions.of_many(session, customers, now=NOW + timedelta(days=1))
    product_at = dict(enumerate(history.items.tolist()))
    told = 0
    for place, customer in enumerate(history.customers.tolist()):
        found = offered[customer]
        for shown, listed in (
            (found.due_again, judged.due_again),
            (found.bought_before, judged.bought_before),
            (found.new_for_them, judged.new_items),
            (found.joined, judged.joined),
        ):
            wished = [product_at[item] for item in listed[place].tolist() if item in product_at]
            assert [product.product_id for product in shown] == wished
        told += bool(found.due_again and found.bought_before and found.new_for_them)
    assert told > 10, "many have something on each list"
