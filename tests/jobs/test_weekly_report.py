"""The weekly report: a picture and a table of the seven days before."""

import base64
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import staff
from cdm_core.clock import Clock
from cdm_core.tables import campaign_tasks, outbox, settings
from cdm_core.tables import staff as people
from jobs import weekly_report
from jobs.clock import Ticker
from jobs.job import InSteps, Shop
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
WEEKLY = weekly_report.job(Shop())
SUNDAY = datetime(2026, 11, 22, 9, tzinfo=ZONE)


@pytest.fixture
async def manager(session: AsyncSession, sessions: Sessions) -> int:
    """Manages everybody; in the week before Nusrat made a call, and won back a customer of hers who left a cart."""
    person = await factories.staff(session, name="Farhana", role="manager", created_at=SUNDAY - timedelta(days=90))
    nusrat = await factories.staff(session, name="Nusrat")
    customer = await factories.customer(session, owner_id=nusrat)
    for days in (1, 3, 9):
        await factories.interaction(session, customer, staff_id=nusrat, occurred_at=SUNDAY - timedelta(days=days))
    left = await factories.dropoff(session, customer, occurred_at=SUNDAY - timedelta(days=2))
    ordered = SUNDAY - timedelta(hours=20)
    won = {"state": "recovered", "contacted_by": nusrat, "interaction_id": 1, "settled_at": ordered}
    planned = {"cause_id": left, "caused_at": ordered, "created_at": ordered, "local_date": date(2026, 11, 21)}
    await session.execute(insert(campaign_tasks).values(customer_id=customer, campaign_id=1, **won, **planned))
    await session.commit()
    await ticker(sessions).tick(SUNDAY - timedelta(minutes=1))
    return person


def ticker(sessions: Sessions) -> Ticker:
    return Ticker(sessions, Clock(ZONE), [WEEKLY])


async def sent(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        return list(await session.execute(select(outbox).order_by(outbox.c.priority, outbox.c.id)))


async def test_picture_and_table_on_sunday_morning(sessions: Sessions, manager: int) -> None:
    clock = ticker(sessions)
    assert await sent(sessions) == []
    await clock.tick(SUNDAY)
    await clock.tick(SUNDAY + timedelta(minutes=1))
    picture, table = await sent(sessions)
    assert (picture.kind, picture.method, table.kind, table.method) == ("digest", "sendPhoto", "export", "sendDocument")
    assert picture.payload["disable_notification"]
    assert table.payload["disable_notification"]
    said = picture.payload["caption"].split("\n")
    assert said[:3] == ["📊 <b>Everyone, Sun 15 – Sat 21 Nov</b>", "(before: Sun 8 – Sat 14 Nov)", "Calls 2 (1)"]
    assert "🛒 Carts left 1 (0)" in said
    assert "Won back: 1 of 1, 100% (–)" in said
    file = table.payload["$files"]["document"]
    assert file["name"] == "results_2026-11-15_2026-11-21.csv"
    written = base64.b64decode(file["base64"]).decode("utf-8-sig")
    assert "2026-11-21,Nusrat,1,1,0,0,0,0.00,1," in written
    assert "2026-11-08,Everyone,0,0," in written


async def test_on_the_weekday_of_the_settings(session: AsyncSession, sessions: Sessions, manager: int) -> None:
    await session.execute(update(settings).where(settings.c.key == "weekly_report_weekday").values(value="mon"))
    await session.commit()
    await ticker(sessions).tick(SUNDAY)
    assert await sent(sessions) == []
    await ticker(sessions).tick(SUNDAY + timedelta(days=1))
    assert len(await sent(sessions)) == 2


async def test_on_a_day_off_of_the_readers_it_waits_for_their_next_day(
    session: AsyncSession, sessions: Sessions, manager: int
) -> None:
    await session.execute(update(people).where(people.c.id == manager).values(working_days=[2, 3, 4]))
    await session.commit()
    clock = ticker(sessions)
    for days in (0, 1):
        await clock.tick(SUNDAY + timedelta(days=days))
    assert await sent(sessions) == []
    for days in (2, 3):
        await clock.tick(SUNDAY + timedelta(days=days))
    picture, _ = await sent(sessions)
    assert picture.payload["caption"].startswith("📊 <b>Everyone, Tue 17 – Mon 23 Nov</b>")


async def test_who_joined_after_it_gets_none(session: AsyncSession, sessions: Sessions, manager: int) -> None:
    await factories.staff(session, name="Rafiq", role="admin", created_at=SUNDAY + timedelta(hours=3))
    await session.commit()
    await ticker(sessions).tick(SUNDAY + timedelta(hours=4))
    assert {message.staff_id for message in await sent(sessions)} == {manager}


async def test_a_week_without_work_says_nothing(session: AsyncSession, sessions: Sessions, manager: int) -> None:
    await session.execute(text("UPDATE customer_interactions SET undone_at = now()"))
    await session.execute(text("DELETE FROM campaign_tasks"))
    await session.commit()
    await ticker(sessions).tick(SUNDAY)
    assert await sent(sessions) == []


async def test_who_was_removed_meanwhile_gets_none(session: AsyncSession, sessions: Sessions, manager: int) -> None:
    slots = await WEEKLY.by_hand(session, SUNDAY, manager, SUNDAY)
    await staff.remove(session, manager, now=SUNDAY)
    assert not isinstance(WEEKLY.run, InSteps)
    assert await WEEKLY.run(session, slots[0]) == {"sent": False, "why": "leads nobody"}
    assert await WEEKLY.by_hand(session, SUNDAY, manager, SUNDAY) == []


async def test_who_sees_all_is_told_what_calling_by_list_brings_once_there_is_enough(
    session: AsyncSession, sessions: Sessions, manager: int
) -> None:
    await session.execute(
        text("INSERT INTO customers (id, first_name) SELECT n, 'x' FROM generate_series(100001, 108000) n")
    )
    await session.execute(
        text(
            """
            INSERT INTO recommendation_log (customer_id, household_id, local_date, shown_at, shown_in, held_out, rank,
                                            score, propensity, drawn_until, next_action, offer_type, ordered_at,
                                            revenue, settled_at, window_days)
            SELECT n, n, DATE '2026-09-01', CAST(:at AS timestamptz), 'list', n % 2 = 0, 1, 5, 0.5, DATE '2026-11-01',
                   'reorder', 'reorder', CASE WHEN n % 10 IN (1, 3, 5, 6) THEN CAST(:at AS timestamptz) END, 0, :at, 30
            FROM generate_series(100001, 108000) n
            """
        ),
        {"at": SUNDAY - timedelta(days=60)},
    )
    await session.execute(text("ANALYZE customers, recommendation_log"))
    await session.commit()
    await ticker(sessions).tick(SUNDAY)
    picture, _ = await sent(sessions)
    assert picture.payload["caption"].split("\n")[-2:] == [
        "Calling by list: +40 in 100 order",
        "(95% sure: +37 to +43)",
    ]
