"""The history in the database is what was known then: a return is known from the day on which it came."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import merges, thresholds, unmerges
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import metrics
from cdm_core.recommend.backtest import backtest
from cdm_core.recommend.history import History, Lines, buyers
from cdm_core.recommend.metrics import Outcome
from cdm_core.recommend.sources import read_customers, read_database
from cdm_core.tables import customer_summary, sales_order_items, sales_orders
from tests import factories
from tests.factories import NOW

TODAY, HORIZON = NOW.date().toordinal(), 60
CUTOFF = TODAY + 1 - HORIZON
COLUMNS = ("day", "customer", "order", "item", "quantity", "amount", "bought", "until")


@pytest.fixture
async def shop(session: AsyncSession) -> list[int]:
    """Sixty customers with orders of 300 days up to today, half of them without lines."""
    dice = Random(3)
    ids = [await factories.customer(session) for _ in range(60)]
    honey = await factories.product(session)
    for at in range(400):
        customer, amount = dice.choice(ids), Decimal(50 * dice.randrange(1, 60))
        on = NOW - timedelta(days=dice.randrange(300))
        order = await factories.order(session, customer, amount=amount, ordered_at=on, lines=False)
        if at % 2:
            await factories.order_line(session, customer, order, product_id=honey, amount=amount)
    await factories.order(session, ids[0], ordered_at=NOW)
    await set_as_of(session, NOW)
    return ids


async def becomes(session: AsyncSession, order: int, status: str, **columns: Any) -> None:
    for table, key in ((sales_orders, sales_orders.c.id), (sales_order_items, sales_order_items.c.order_id)):
        await session.execute(table.update().where(key == order).values(status=status, **columns))


async def an_old_order(session: AsyncSession, history: History, *, lines: bool) -> tuple[int, int, float]:
    """One from before the cutoff whose customer brings more than its amount after it: its id, its customer's place, its
    amount."""
    with_lines = set((await session.execute(select(sales_order_items.c.order_id))).scalars())
    later = history.between(CUTOFF, TODAY + 1)
    brought = np.bincount(later.customer, later.amount, minlength=len(history.customers))
    old = history.lines.where(history.lines.day < CUTOFF - 20)
    rows = zip(old.order.tolist(), old.customer.tolist(), old.amount.tolist(), strict=True)
    return next(row for row in rows if row[2] < brought[row[1]] and (row[0] in with_lines) == lines)


def same(one: Lines, other: Lines) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS)


@pytest.mark.parametrize("lines", [True, False], ids=["with lines", "of a total alone"])
async def test_a_return_after_the_cutoff_changes_no_ranking_at_it_and_costs_the_window(
    session: AsyncSession, shop: list[int], monkeypatch: pytest.MonkeyPatch, lines: bool
) -> None:
    seen: list[tuple[np.ndarray, Outcome]] = []
    marks = metrics.marks

    def watched(scores: np.ndarray, outcome: Outcome, *rest: Any, **more: Any) -> metrics.Marks:
        seen.append((scores, outcome))
        return marks(scores, outcome, *rest, **more)

    monkeypatch.setattr(metrics, "marks", watched)
    before = await read_database(session)
    backtest(before, horizon=HORIZON, cutoffs=1)
    rankers = len(seen)
    order, place, amount = await an_old_order(session, before, lines=lines)
    await becomes(session, order, "returned")
    after = await read_database(session)
    assert same(before.as_of(CUTOFF).told, after.as_of(CUTOFF).told)
    backtest(after, horizon=HORIZON, cutoffs=1)
    assert rankers == len(seen) - rankers == 8
    for (ranked, came), (ranked_after, came_after) in zip(seen[:rankers], seen[rankers:], strict=True):
        assert np.array_equal(ranked, ranked_after)
        assert np.array_equal(came.bought, came_after.bought)
        at = buyers(before.as_of(CUTOFF)).customer == place
        assert np.array_equal(came.brought - came_after.brought, np.where(at, amount, 0.0))


async def test_by_now_it_is_what_a_customers_numbers_are(session: AsyncSession, shop: list[int]) -> None:
    dice = Random(8)
    for order in (await session.execute(select(sales_orders.c.id))).scalars().all()[::3]:
        await becomes(session, order, dice.choice(["pending", "cancelled", "returned"]))
    for customer in shop[::4]:
        loss = await factories.order(session, customer, amount=0, status="returned", lines=False)
        await factories.order_line(session, customer, loss, amount=-30, quantity=-1, status="returned")
    await factories.settle(session, *shop)
    await set_as_of(session, NOW)
    summed = customer_summary.c
    counted = select(summed.customer_id, summed.total_orders, summed.lifetime_value).where(summed.total_orders > 0)
    numbers = [(row.customer_id, row.total_orders, float(row.lifetime_value)) for row in await session.execute(counted)]
    for history in (await read_database(session), await read_customers(session, shop)):
        whom = buyers(history.as_of(TODAY + 1))
        told = zip(history.customers[whom.customer].tolist(), whom.orders.tolist(), whom.revenue.tolist(), strict=True)
        assert sorted(told) == sorted(numbers)


async def test_few_are_read_as_all_are(session: AsyncSession, shop: list[int]) -> None:
    for order in (await session.execute(select(sales_orders.c.id))).scalars().all()[::4]:
        await becomes(session, order, "returned", returned_at=NOW - timedelta(days=order % 40))
    whole, few = await read_database(session), await read_customers(session, shop[:5])
    theirs = np.isin(whole.customers[whole.lines.customer], shop[:5])
    for name in ("day", "order", "amount", "bought", "until"):
        assert np.array_equal(getattr(whole.lines, name)[theirs], getattr(few.lines, name)), name


async def test_what_was_cancelled_never_was_a_purchase(session: AsyncSession, shop: list[int]) -> None:
    before = await read_database(session)
    order, *_ = await an_old_order(session, before, lines=True)
    await becomes(session, order, "cancelled")
    assert same(before.lines.where(before.lines.order != order), (await read_database(session)).lines)


async def test_an_order_returned_by_mistake_is_as_if_it_never_had_been(session: AsyncSession, shop: list[int]) -> None:
    before = await read_database(session)
    order, *_ = await an_old_order(session, before, lines=True)
    await becomes(session, order, "returned")
    assert (await read_database(session)).lines.until.min() == TODAY
    await becomes(session, order, "completed")
    assert same(before.lines, (await read_database(session)).lines)


async def test_it_never_came_back_before_it_was_bought_nor_later_than_today(
    session: AsyncSession, shop: list[int]
) -> None:
    order, *_ = await an_old_order(session, await read_database(session), lines=True)
    for at, day in ((NOW - timedelta(days=4000), None), (NOW + timedelta(hours=1), False), (NOW, TODAY)):
        await becomes(session, order, "returned", returned_at=at)
        lines = (await read_database(session)).lines
        [until], [bought] = lines.until[lines.order == order], lines.day[lines.order == order]
        assert until == (bought if day is None else day or np.iinfo(np.int32).max)


async def test_a_merge_and_its_undo_keep_the_day(session: AsyncSession, shop: list[int]) -> None:
    keep, gone = (CustomerRef(customer, "Rahim Uddin", None) for customer in shop[:2])
    orders = (
        await session.execute(select(sales_orders.c.id).where(sales_orders.c.customer_id == gone.customer_id))
    ).scalars()
    for order in orders.all():
        await becomes(session, order, "returned", returned_at=NOW - timedelta(days=3))
    await factories.settle(session, *shop[:2])
    await set_as_of(session, NOW)
    before = (await read_customers(session, shop[:2])).lines
    limits = await thresholds.load(session)
    admin = await people.get(session, await factories.staff(session, role="admin"))
    done = await merges.merge(session, admin, keep, gone, now=NOW, thresholds=limits)
    both = (await read_customers(session, [keep.customer_id])).lines
    assert np.array_equal(np.sort(both.until), np.sort(before.until))
    await unmerges.undo(session, admin, keep, done.merge_id, now=NOW, thresholds=limits)
    assert same(before, (await read_customers(session, shop[:2])).lines)
    dated = text("SELECT count(*) FROM sales_orders WHERE (status = 'returned') <> (returned_at IS NOT NULL)")
    assert (await session.execute(dated)).scalar_one() == 0
