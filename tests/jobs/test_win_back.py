"""The morning's win-back: once a day, after an outage too, and with what other systems wrote settled first."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import runs
from cdm_core.clock import Clock
from cdm_core.schedule import JobName
from jobs import win_back
from jobs.clock import Ticker
from jobs.job import Shop
from jobs.runner import Outcome
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
HALF_PAST_EIGHT = datetime(2026, 11, 24, 8, 30, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)


def ticker(sessions: Sessions) -> Ticker:
    return Ticker(sessions, Clock(ZONE), [win_back.job(Shop())])


async def carts(session: AsyncSession, number: int = 1) -> list[int]:
    tanvir = await factories.staff(session, name="Tanvir")
    ids = []
    for _ in range(number):
        one = await factories.customer(session, owner_id=tanvir)
        await factories.dropoff(session, one, occurred_at=HALF_PAST_EIGHT - timedelta(hours=20))
        ids.append(one)
    await factories.settle(session, *ids)
    return ids


async def states(session: AsyncSession) -> list[str]:
    await session.rollback()
    return list((await session.execute(text("SELECT state FROM campaign_tasks ORDER BY id"))).scalars())


def details(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    return [dict(outcome.detail) for outcome in outcomes if outcome.state is not None]


async def test_once_a_day_at_its_time(session: AsyncSession, sessions: Sessions) -> None:
    await carts(session)
    clock = ticker(sessions)
    assert await clock.tick(HALF_PAST_EIGHT - MINUTE) == []
    assert details(await clock.tick(HALF_PAST_EIGHT)) == [
        {"settled": 0, "entered": 1, "again": 0, "moved": 0, "expired": 0}
    ]
    assert await clock.tick(HALF_PAST_EIGHT + MINUTE) == []
    assert await states(session) == ["open"]


async def test_two_processes_do_it_once(session: AsyncSession, sessions: Sessions) -> None:
    await carts(session, 3)
    one, other = ticker(sessions), ticker(sessions)
    await one.tick(HALF_PAST_EIGHT - MINUTE)
    done = await asyncio.gather(one.tick(HALF_PAST_EIGHT), other.tick(HALF_PAST_EIGHT))
    assert sum(len(details(outcomes)) for outcomes in done) == 1
    assert await states(session) == ["open"] * 3


async def test_what_was_bought_meanwhile_is_settled_before_anybody_is_planned(
    session: AsyncSession, sessions: Sessions
) -> None:
    (one,) = await carts(session)
    clock = ticker(sessions)
    await clock.tick(HALF_PAST_EIGHT - MINUTE)
    await clock.tick(HALF_PAST_EIGHT)
    await factories.order(session, one, ordered_at=HALF_PAST_EIGHT + timedelta(hours=1))
    await session.execute(text("DELETE FROM stale_customers"))
    await session.commit()
    (detail,) = details(await clock.tick(HALF_PAST_EIGHT + timedelta(days=1)))
    assert (detail["settled"], detail["entered"], detail["moved"]) == (1, 0, 0)
    assert await states(session) == ["bought"]


async def test_down_in_the_morning_it_is_caught_up_the_same_day(session: AsyncSession, sessions: Sessions) -> None:
    await carts(session)
    await ticker(sessions).tick(HALF_PAST_EIGHT - MINUTE)
    (outcome,) = await ticker(sessions).tick(HALF_PAST_EIGHT + timedelta(hours=5))
    assert (outcome.state, outcome.detail["entered"]) == ("late", 1)


async def test_by_hand(session: AsyncSession, sessions: Sessions) -> None:
    await carts(session)
    await runs.request(session, JobName.WIN_BACK, HALF_PAST_EIGHT)
    await session.commit()
    clock = ticker(sessions)
    assert [detail["entered"] for detail in details(await clock.tick(HALF_PAST_EIGHT))] == [1]


async def test_by_hand_once_more_beside_the_plan(session: AsyncSession, sessions: Sessions) -> None:
    """It tells nobody anything; the next day's own still comes."""
    await carts(session)
    clock = ticker(sessions)
    await clock.tick(HALF_PAST_EIGHT - MINUTE)
    assert [detail["entered"] for detail in details(await clock.tick(HALF_PAST_EIGHT))] == [1]
    noon = HALF_PAST_EIGHT.replace(hour=12)
    await runs.request(session, JobName.WIN_BACK, noon)
    await session.commit()
    (outcome,) = await clock.tick(noon + MINUTE)
    assert (outcome.state, outcome.slot.planned, outcome.detail["entered"]) == ("done", False, 0)
    assert len(await clock.tick(HALF_PAST_EIGHT + timedelta(days=1))) == 1
