"""Orders agreed in chat that the shop's file tells of later: they are the shop's then, whatever the agent undoes."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import corrections, interactions, staff, thresholds, undo
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.db.as_of import set_as_of
from cdm_core.staff import Staff
from cdm_core.undo import Undone
from cdm_core.words import Outcome
from tests import factories
from tests.factories import NOW
from tests.imports.conftest import Ask, Bring

HEAD = ("order_id", "customer_id", "ordered_at", "product", "unit_price", "status")
OLD = ("A0", "c1", "2026-01-01", "Honey", 70, "completed")
ORPHANS = (
    "SELECT count(*) FROM sales_order_items i WHERE NOT EXISTS"
    " (SELECT FROM sales_orders o WHERE o.customer_id = i.customer_id AND o.id = i.order_id)"
)
STANDS = "SELECT status, total_amount, confirmed_by IS NOT NULL FROM sales_orders WHERE total_amount = 2450"
BLOCKED = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
SUMMED = "SELECT total_orders, pending_orders, lifetime_value FROM customer_summary"


def said(status: str) -> list[tuple[object, ...]]:
    """The file, with the order that was agreed in chat."""
    return [HEAD, OLD, ("A1", "c1", NOW.isoformat(), "Ghee", 2450, status)]


@dataclass(frozen=True, slots=True)
class Agreed:
    session: AsyncSession
    agent: Staff
    customer: CustomerRef
    interaction_id: int

    async def undo(self, interaction_id: int | None = None) -> Undone:
        limits = await thresholds.load(self.session)
        return await undo.undo(
            self.session, self.agent, self.customer, interaction_id or self.interaction_id, now=NOW, thresholds=limits
        )

    async def fix_minutes(self) -> int:
        """The number of the interaction in its place."""
        limits = await thresholds.load(self.session)
        corrected = await corrections.correct(
            self.session, self.agent, self.customer, self.interaction_id, now=NOW, thresholds=limits,
            duration_seconds=300,
        )  # fmt: skip
        await self.session.commit()
        return corrected.logged.interaction_id


@pytest.fixture
async def agreed(bring: Bring, ask: Ask, session: AsyncSession) -> Agreed:
    """An agent has logged an order of ৳2,450 with a customer whom a file told of."""
    await bring("orders", [HEAD, OLD])
    [(customer_id,)] = await ask("SELECT customer_id FROM customer_keys")
    agent = await staff.get(session, await factories.staff(session))
    customer = CustomerRef(customer_id, "Rahim", None)
    await set_as_of(session, NOW)
    contact = Contact(at=NOW, outcome_code=Outcome.ORDER_CONFIRMED, amount=Decimal(2450))
    logged = await interactions.log(session, agent, customer, contact, now=NOW)
    await session.commit()
    return Agreed(session, agent, customer, logged.interaction_id)


@pytest.mark.parametrize("status", ["pending", "completed"])
async def test_undo_leaves_the_shops_order(bring: Bring, ask: Ask, agreed: Agreed, status: str) -> None:
    await bring("orders", said(status))
    undone = await agreed.undo()
    await agreed.session.commit()
    assert not undone.order_removed
    assert await ask(STANDS) == [(status, 2450, False)]
    assert (await bring("orders", said(status))).unchanged == 2
    await bring("orders", said("completed"))
    assert await ask(SUMMED) == [(2, 0, 2520)]
    assert await ask(ORPHANS) == [(0,)]


@pytest.mark.parametrize("status", ["pending", "completed"])
async def test_fix_confirms_the_same_order_again(bring: Bring, ask: Ask, agreed: Agreed, status: str) -> None:
    await bring("orders", said(status))
    corrected = await agreed.fix_minutes()
    assert await ask(STANDS) == [(status, 2450, True)]
    assert await ask(SUMMED) == [(1, 1, 70) if status == "pending" else (2, 0, 2520)]
    assert not (await agreed.undo(corrected)).order_removed
    await agreed.session.commit()
    assert await ask(STANDS) == [(status, 2450, False)]


async def test_what_no_file_told_of_goes_with_the_undo(ask: Ask, agreed: Agreed) -> None:
    corrected = await agreed.fix_minutes()
    assert await ask(STANDS) == [("pending", 2450, True)]
    assert (await agreed.undo(corrected)).order_removed
    await agreed.session.commit()
    assert await ask(STANDS) == []


async def test_an_order_that_vanished_comes_again_with_the_same_file(
    bring: Bring, ask: Ask, agreed: Agreed, session: AsyncSession
) -> None:
    await bring("orders", said("completed"))
    await session.execute(text("DELETE FROM sales_orders WHERE total_amount = 2450"))
    await session.commit()
    again = await bring("orders", said("completed"))
    assert (again.created, again.unchanged) == (1, 1)
    assert await ask(SUMMED) == [(2, 0, 2520)]
    assert await ask(ORPHANS) == [(0,)]


async def test_an_undo_under_way_and_the_import_do_not_lose_the_order(bring: Bring, ask: Ask, agreed: Agreed) -> None:
    assert (await agreed.undo()).order_removed
    importing = asyncio.create_task(bring("orders", said("completed")))
    while not await ask(BLOCKED):
        assert not importing.done()
    await agreed.session.commit()
    assert (await importing).created == 1
    assert await ask(SUMMED) == [(2, 0, 2520)]
    assert await ask(ORPHANS) == [(0,)]
