"""One phone is one lead, whoever taps first."""

import asyncio

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import changes, customer360, leads, thresholds
from cdm_core import staff as staff_module
from cdm_core.access import CustomerRef
from cdm_core.staff import Staff
from cdm_core.tables import customer_summary, customers, name_tokens, stale_customers
from cdm_core.words import LifecycleStage, ProfileField
from tests import factories
from tests.factories import NOW

PHONE = "+8801612345678"


async def _tanvir(session: AsyncSession) -> Staff:
    return await staff_module.get(session, await factories.staff(session, name="Tanvir"))


async def test_a_lead_is_its_makers_and_is_summed_up(session: AsyncSession) -> None:
    tanvir = await _tanvir(session)
    lead = await leads.new_lead(session, tanvir, PHONE, now=NOW)
    assert lead is not None
    card = await customer360.card(session, tanvir, await thresholds.load(session), lead.customer_id, now=NOW)
    assert (card.phone, card.name, card.stage) == (PHONE, "", LifecycleStage.LEAD)
    assert card.owner is not None
    assert card.owner.mine
    assert (await session.execute(select(func.count()).select_from(customer_summary))).scalar_one() == 1
    assert (await session.execute(select(func.count()).select_from(stale_customers))).scalar_one() == 0


async def test_a_known_phone_makes_none(session: AsyncSession) -> None:
    tanvir = await _tanvir(session)
    known = await factories.customer(session, phone="01612345678")
    await factories.relative(session, known, phone="01812345678")
    assert await leads.new_lead(session, tanvir, PHONE, now=NOW) is None
    assert await leads.new_lead(session, tanvir, "+8801812345678", now=NOW) is None


async def test_of_two_at_once_one_makes_it(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions.begin() as session:
        tanvir = await _tanvir(session)

    async def tap() -> CustomerRef | None:
        async with sessions.begin() as session:
            return await leads.new_lead(session, tanvir, PHONE, now=NOW)

    made = await asyncio.gather(*(tap() for _ in range(8)))
    assert len([lead for lead in made if lead is not None]) == 1


async def test_the_name_is_found_afterwards(session: AsyncSession) -> None:
    tanvir = await _tanvir(session)
    lead = await leads.new_lead(session, tanvir, PHONE, now=NOW)
    assert lead is not None
    change_id = await leads.name_lead(session, tanvir, lead, "  Mohammad   Abdul Karim ", now=NOW)
    row = (await session.execute(select(customers))).one()
    assert (row.first_name, row.last_name) == ("Mohammad", "Abdul Karim")
    assert row.name_key
    assert row.name_skeletons
    summed = (await session.execute(select(customer_summary.c.customer_name))).scalar_one()
    assert summed == "Mohammad Abdul Karim"
    assert (await session.execute(select(func.count()).select_from(name_tokens))).scalar_one() > 0
    limits = await thresholds.load(session)
    undone = await changes.undo_change(session, tanvir, lead, change_id, now=NOW, thresholds=limits)
    assert (undone.change.field, undone.customer.name) == (ProfileField.NAME, "")
    row = (await session.execute(select(customers))).one()
    assert (row.first_name, row.last_name, row.name_key) == ("", "", "")


async def test_a_name_of_any_length_is_taken(session: AsyncSession) -> None:
    lead = await leads.new_lead(session, await _tanvir(session), PHONE, now=NOW, name="ক" * 2_000 + " " + "খ" * 2_000)
    assert lead is not None
    assert len(lead.name) == 511
