"""An import beside what others do at the same time: agents with the same names, systems that write plain SQL."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import leads, staff, thresholds
from cdm_core.imports.load import FileKind
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.words import Role
from tests import factories
from tests.factories import NOW
from tests.imports.conftest import Ask, Bring

FILES = {
    FileKind.ORDERS: "order_id,customer_id,ordered_at,product,unit_price\nA1,c1,2026-10-01,Honey,100\n",
    FileKind.CUSTOMERS: "customer_id,name,phone\nc1,Rahim Uddin,01712345678\n",
}


@pytest.mark.parametrize("kind", FILES)
async def test_whom_other_systems_wrote_are_found_after_an_import(
    bring: Bring, session: AsyncSession, kind: FileKind
) -> None:
    manager = await staff.get(session, await factories.staff(session, role=Role.ADMIN))
    await session.execute(
        text("INSERT INTO customers (first_name, last_name, phone) VALUES ('Nasrin', 'Sultana', '01811-223344')")
    )
    await session.commit()
    await bring(kind, FILES[kind])
    limits = await thresholds.load(session)
    for typed in ("01811223344", "nasreen sultana"):
        found = await search(session, manager, limits, parse_query(typed), now=NOW)
        assert [hit.name for hit in found.hits] == ["Nasrin Sultana"]


async def test_a_lead_of_a_name_in_the_file_need_not_wait_for_the_import(
    bring: Bring, ask: Ask, session: AsyncSession
) -> None:
    agent = await staff.get(session, await factories.staff(session))
    await session.commit()
    await session.execute(text("LOCK stale_customers"))  # the import stops short of its commit
    importing = asyncio.create_task(bring("customers", FILES[FileKind.CUSTOMERS]))
    while not await ask("SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'stale_customers'::regclass"):
        assert not importing.done()
    await session.execute(text("SET LOCAL lock_timeout = '1s'"))
    lead = await leads.new_lead(session, agent, "+8801911223344", now=NOW, name="Rahim Uddin")
    await session.commit()
    assert lead is not None
    await importing
    assert await ask("SELECT token, uses FROM name_tokens ORDER BY token") == [("rahim", 2), ("uddin", 2)]
