"""The morning list while people are away: none for them, what they promised in a colleague's, and the first back."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import absences
from cdm_core import staff as people
from cdm_core.clock import Clock
from cdm_core.tables import outbox
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
NINE = datetime(2026, 11, 24, 9, tzinfo=ZONE)
DAY = timedelta(days=1)


async def team(session: AsyncSession) -> tuple[people.Staff, people.Staff]:
    """Nusrat and Tanvir, of one team; Nusrat promised Salma a call for Tuesday at ten."""
    mirpur = await factories.team(session)
    columns: dict[str, Any] = {"team_id": mirpur, "created_at": NINE - 30 * DAY}
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat", **columns))
    tanvir = await people.get(session, await factories.staff(session, name="Tanvir", **columns))
    customer = await factories.customer(session, first_name="Salma", last_name="Ara", owner_id=nusrat.id)
    await factories.follow_up(session, customer, nusrat.id, due_at=NINE + timedelta(hours=1))
    await factories.settle(session, customer)
    return nusrat, tanvir


async def leave(session: AsyncSession, person: people.Staff, first: date, last: date) -> absences.Absence:
    absence = await absences.add(session, person, first, last, by=person, now=NINE - DAY, today=first)
    await session.commit()
    return absence


async def told(sessions: Sessions, person: people.Staff) -> list[str]:
    async with sessions() as session:
        sent = await session.execute(
            select(outbox.c.payload).where(outbox.c.staff_id == person.id).order_by(outbox.c.id)
        )
        return [payload["text"] for payload in sent.scalars()]


async def tick(sessions: Sessions, now: datetime) -> None:
    await Ticker(sessions, Clock(ZONE), [morning_digest.job(Shop())]).tick(now)


async def test_a_colleague_s_list_says_for_whom(session: AsyncSession, sessions: Sessions) -> None:
    nusrat, tanvir = await team(session)
    await leave(session, nusrat, NINE.date(), NINE.date() + 2 * DAY)
    await tick(sessions, NINE)
    assert await told(sessions, nusrat) == []
    (said,) = await told(sessions, tanvir)
    assert said.split("\n")[1:4] == [
        "⏰ <b>Follow-ups 1</b>",
        "1 Salma Ara · today 10:00",
        "for Nusrat, away until Thu 26 Nov",
    ]


async def test_the_first_list_back_carries_what_was_left(session: AsyncSession, sessions: Sessions) -> None:
    nusrat, tanvir = await team(session)
    await leave(session, tanvir, NINE.date(), NINE.date() + DAY)
    await leave(session, nusrat, NINE.date(), NINE.date() + DAY)
    for ahead in (0, 1):
        await tick(sessions, NINE + ahead * DAY)
    assert await told(sessions, nusrat) == await told(sessions, tanvir) == []
    await tick(sessions, NINE + 2 * DAY)
    (said,) = await told(sessions, nusrat)
    assert "<b>Follow-ups 1</b>, 1 overdue\n1 Salma Ara · overdue 2 d" in said
    assert await told(sessions, tanvir) == []


async def test_back_the_same_morning_it_comes_late(session: AsyncSession, sessions: Sessions) -> None:
    nusrat, _ = await team(session)
    absence = await leave(session, nusrat, NINE.date(), NINE.date())
    await tick(sessions, NINE)
    assert await told(sessions, nusrat) == []
    await absences.cancel(session, absence.absence_id, today=NINE.date())
    await session.commit()
    await tick(sessions, NINE + timedelta(minutes=30))
    (said,) = await told(sessions, nusrat)
    assert "sent 09:30" in said


async def test_by_hand_for_all_who_work_that_day(session: AsyncSession, sessions: Sessions) -> None:
    nusrat, tanvir = await team(session)
    await leave(session, nusrat, NINE.date(), NINE.date())
    job = morning_digest.job(Shop())
    assert [slot.key for slot in await job.by_hand(session, NINE, None, NINE)] == [str(tanvir.id)]
    assert [slot.key for slot in await job.by_hand(session, NINE, nusrat.id, NINE)] == [str(nusrat.id)]
