"""The factories follow the schema, and a test finds the database as migrations left it."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import campaigns, customer_summary, customers, metadata, settings
from tests import factories


async def test_every_factory_makes_a_row_and_the_summary_follows(session: AsyncSession) -> None:
    team = await factories.team(session)
    agent = await factories.staff(session, team_id=team)
    customer = await factories.customer(session, first_name="রহিম", last_name="", owner_id=agent)
    await factories.customer_key(session, customer, "C-1")
    await factories.relative(session, customer)
    product = await factories.product(session)
    order = await factories.order(session, customer, amount=Decimal(2500))
    await factories.order_line(session, customer, order, line_no=2, product_id=product, amount=Decimal(500))
    await factories.interaction(session, customer, outcome_code="no_answer")
    await factories.behavior(session, customer)
    await factories.dropoff(session, customer)
    await factories.follow_up(session, customer, agent)
    await factories.claim(session, customer, agent)
    await factories.deal(session, customer, agent)
    await factories.settle(session, customer)

    found = (await session.execute(select(customer_summary))).one()
    assert (found.customer_id, found.owner_id, found.total_orders) == (customer, agent, 1)
    assert (found.lifetime_value, found.total_calls, found.family_members_count) == (Decimal(3000), 1, 1)


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_each_test_finds_empty_tables_and_the_settings_of_the_migrations(
    session: AsyncSession, turn: str
) -> None:
    """Whichever runs second finds nothing of what the first committed."""
    for table in metadata.tables.values():
        rows = (await session.execute(select(func.count()).select_from(table))).scalar_one()
        assert (rows > 0) == (table in (campaigns, settings)), table.name
    value = select(settings.c.value).where(settings.c.key == "timezone")
    assert (await session.execute(value)).scalar_one() == "Asia/Dhaka"

    await factories.customer(session)
    await session.execute(delete(settings))
    await session.commit()
    assert (await session.execute(select(func.count()).select_from(customers))).scalar_one() == 1
