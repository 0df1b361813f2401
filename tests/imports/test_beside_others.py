"""An import beside what others do at the same time: agents with the same names, systems that write plain SQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
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


@pytest.fixture
async def ended(session: AsyncSession) -> AsyncIterator[Callable[[int, str], Awaitable[None]]]:
    """Let the server end the first so many imports, short of their commit, in this state."""

    async def first(times: int, state: str) -> None:
        await session.execute(text("CREATE SEQUENCE imports_tried"))  # it goes on when a transaction is rolled back
        await session.execute(
            text(
                "CREATE FUNCTION end_import() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF nextval('imports_tried') <= {times} THEN RAISE 'ended' USING ERRCODE = '{state}'; END IF;"
                " RETURN NEW; END $$"
            )
        )
        await session.execute(
            text("CREATE TRIGGER ended BEFORE INSERT ON imports FOR EACH ROW EXECUTE FUNCTION end_import()")
        )
        await session.commit()

    yield first
    await session.rollback()
    await session.execute(text("DROP FUNCTION end_import CASCADE"))
    await session.execute(text("DROP SEQUENCE imports_tried"))
    await session.commit()


@pytest.mark.parametrize("state", ["40P01", "40001", "23503"])
async def test_a_file_that_lost_against_another_is_brought_in_again(
    bring: Bring, ask: Ask, ended: Callable[[int, str], Awaitable[None]], tmp_path: Path, state: str
) -> None:
    await ended(3, state)
    file = FILES[FileKind.CUSTOMERS] + "c2,Karim Mia,nonsense\n"
    result = await bring("customers", file, errors_path=tmp_path / "left.csv")
    assert (result.rows, result.accepted, result.created, result.rejected) == (2, 1, 1, 1)
    assert len((tmp_path / "left.csv").read_text().splitlines()) == 2
    assert await ask("SELECT rows, accepted FROM imports") == [(2, 1)]
    assert await ask("SELECT customer_name FROM customer_summary") == [("Rahim Uddin",)]


@pytest.mark.parametrize(("times", "state", "tried"), [(4, "40P01", 4), (1, "57014", 1), (1, "22012", 1)])
async def test_a_file_that_loses_each_time_or_is_ended_by_somebody_changes_nothing(
    bring: Bring, ask: Ask, ended: Callable[[int, str], Awaitable[None]], times: int, state: str, tried: int
) -> None:
    await ended(times, state)
    with pytest.raises(DBAPIError):
        await bring("customers", FILES[FileKind.CUSTOMERS])
    assert await ask("SELECT last_value FROM imports_tried") == [(tried,)]
    assert await ask("SELECT count(*) FROM customers") == [(0,)]
    assert (await bring("customers", FILES[FileKind.CUSTOMERS])).created == 1


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
