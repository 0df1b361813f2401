"""Lists that name somebody who is erased before they are sent: made anew without them, wherever they were by then."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import delivery, erasure, outbox_leases, thresholds
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.clock import Clock
from cdm_core.delivery import Attempt
from cdm_core.staff import Staff
from cdm_core.words import MessageKind
from jobs import morning_digest, occasion_reminders
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.databases import ZONE
from tests.jobs.test_occasion_reminders import DAILY, TUESDAY, birthday, leave, person

Sessions = async_sessionmaker[AsyncSession]
Fate = Callable[[AsyncSession, Attempt], Awaitable[object]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def team(session: AsyncSession) -> int:
    return await factories.team(session, name="Mirpur")


@pytest.fixture
def ticker(sessions: Sessions) -> Ticker:
    return Ticker(sessions, Clock(ZONE), [morning_digest.job(Shop()), occasion_reminders.job(Shop())])


async def erase(session: AsyncSession, sessions: Sessions, customer_id: int, name: str) -> None:
    admin = await people.get(session, await factories.staff(session, name="Rafiq", role="admin", chat=False))
    limits = await thresholds.load(session)
    await session.commit()
    async with sessions.begin() as erasing:
        await erasure.erase(erasing, admin, CustomerRef(customer_id, name, None), now=TUESDAY, thresholds=limits)


async def on_wire(sessions: Sessions) -> Attempt:
    async with sessions.begin() as session:
        parcels = await outbox_leases.lease(session, "sender", now=TUESDAY, most=10)
        (attempt,) = await delivery.begin(session, "sender", [one.id for one in parcels])
    return attempt


async def messages(session: AsyncSession) -> list[tuple[str, str | None]]:
    rows = await session.execute(text("SELECT state, payload ->> 'text' FROM outbox ORDER BY id"))
    return [(row[0], row[1]) for row in rows]


async def two_to_wish(session: AsyncSession, ticker: Ticker, owner: Staff) -> int:
    """The one who will be erased; the day's first message tells of both."""
    salma = await birthday(session, owner, TUESDAY.date(), "Salma")
    await birthday(session, owner, TUESDAY.date(), "Karim")
    await session.commit()
    for moment in (TUESDAY - MINUTE, TUESDAY):
        await ticker.tick(moment)
    ((state, said),) = await messages(session)
    assert state == "queued"
    assert "Salma" in (said or "")
    assert "Karim" in (said or "")
    return salma


async def refused(session: AsyncSession, attempt: Attempt) -> None:
    await delivery.refused(session, attempt, why="odd")


async def not_sent(session: AsyncSession, attempt: Attempt) -> None:
    await delivery.retry(session, attempt, seconds=0, why="ConnectTimeout")


async def timed_out(session: AsyncSession, attempt: Attempt) -> None:
    await delivery.uncertain(session, attempt, resend=[MessageKind.DIGEST], seconds=0, why="timed out")


async def left_behind(session: AsyncSession, attempt: Attempt) -> None:
    await session.execute(text("UPDATE outbox SET leased_until = clock_timestamp() - interval '1 second'"))
    assert await delivery.take_back(session, resend=[MessageKind.DIGEST]) == 1


@pytest.mark.parametrize("fate", [refused, not_sent, timed_out, left_behind])
async def test_a_morning_list_erased_from_on_the_wire_is_made_anew(
    session: AsyncSession, sessions: Sessions, team: int, ticker: Ticker, fate: Fate
) -> None:
    tanvir = await person(session, "Tanvir", team, working_days=DAILY)
    salma = await two_to_wish(session, ticker, tanvir)
    attempt = await on_wire(sessions)
    await erase(session, sessions, salma, "Salma")
    assert await messages(session) == [("sending", None)], "nobody can call it back"
    await ticker.tick(TUESDAY + MINUTE)
    assert len(await messages(session)) == 1, "nor is it known yet that it did not arrive"
    async with sessions.begin() as settling:
        await fate(settling, attempt)
    await ticker.tick(TUESDAY + 2 * MINUTE)
    withdrawn, (state, said) = await messages(session)
    assert (withdrawn, state) == (("cancelled", None), "queued")
    assert "Karim" in (said or "")
    assert "Salma" not in (said or "")


async def test_one_that_arrives_after_all_is_known_by_its_id_and_told_once(
    session: AsyncSession, sessions: Sessions, team: int, ticker: Ticker
) -> None:
    tanvir = await person(session, "Tanvir", team, working_days=DAILY)
    salma = await two_to_wish(session, ticker, tanvir)
    attempt = await on_wire(sessions)
    await erase(session, sessions, salma, "Salma")
    async with sessions.begin() as settling:
        await delivery.sent(settling, [Attempt(attempt.outbox_id, attempt.number, 77)])
    await ticker.tick(TUESDAY + MINUTE)
    rows = await session.execute(text("SELECT state, telegram_message_id FROM outbox"))
    assert [tuple(row) for row in rows] == [("sent", 77)]


@pytest.mark.parametrize("state", ["queued", "failed", "expired", "unknown"])
async def test_one_that_waits_or_is_in_trouble_is_made_anew(
    session: AsyncSession, sessions: Sessions, team: int, ticker: Ticker, state: str
) -> None:
    tanvir = await person(session, "Tanvir", team, working_days=DAILY)
    salma = await two_to_wish(session, ticker, tanvir)
    await session.execute(text("UPDATE outbox SET state = :state"), {"state": state})
    await erase(session, sessions, salma, "Salma")
    await ticker.tick(TUESDAY + MINUTE)
    assert [state for state, _ in await messages(session)] == ["cancelled", "queued"]


async def test_of_occasions_that_no_list_brings_the_others_are_told(
    session: AsyncSession, sessions: Sessions, team: int, ticker: Ticker
) -> None:
    nusrat = await person(session, "Nusrat", team, working_days=DAILY)
    away = await person(session, "Tanvir", team, working_days=DAILY)
    await leave(session, away, TUESDAY)
    salma = await two_to_wish(session, ticker, away)
    await erase(session, sessions, salma, "Salma")
    for minutes in (1, 2):
        await ticker.tick(TUESDAY + minutes * MINUTE)
    withdrawn, (state, said) = await messages(session)
    assert (withdrawn, state) == (("cancelled", None), "queued")
    assert "1 to wish" in (said or "")
    assert "Karim" in (said or "")
    told = await session.execute(text("SELECT staff_id, dedup_key FROM outbox WHERE state = 'queued'"))
    assert [tuple(row) for row in told] == [(nusrat.id, f"occasions:{nusrat.id}:2026-11-24:1")]
