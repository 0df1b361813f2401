"""The morning list, from the tick of the clock to the message in the outbox."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import runs, staff
from cdm_core.clock import Clock
from cdm_core.schedule import JobName
from cdm_core.tables import customers, outbox, schedule_runs
from cdm_core.tables import staff as staff_table
from cdm_core.words import RunState
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Job, Shop
from jobs.registry import all_jobs
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
DIGEST = morning_digest.job(Shop())
WORKS_DAILY = [1, 2, 3, 4, 5, 6, 7]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def ticker(sessions: Sessions, *jobs: Job) -> Ticker:
    return Ticker(sessions, Clock(ZONE), jobs or [DIGEST])


async def tanvir(session: AsyncSession, **columns: Any) -> int:
    return await factories.staff(session, **{"name": "Tanvir", "created_at": at("2026-01-01T00:00"), **columns})


async def birthday(session: AsyncSession, owner: int | None, day: date, **columns: Any) -> int:
    customer = await factories.customer(session, owner_id=owner, birth_month=day.month, birth_day=day.day, **columns)
    await factories.settle(session, customer)
    return customer


async def sent(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        return list(await session.execute(select(outbox).where(outbox.c.kind == "digest").order_by(outbox.c.id)))


async def ledger(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        return list(
            await session.execute(
                select(schedule_runs)
                .where(schedule_runs.c.job == JobName.MORNING_DIGEST, schedule_runs.c.key != runs.TICK)
                .order_by(schedule_runs.c.local_date, schedule_runs.c.key)
            )
        )


async def test_it_comes_at_the_persons_hour_and_once(session: AsyncSession, sessions: Sessions) -> None:
    person = await tanvir(session)
    customer = await birthday(session, person, date(2026, 11, 24), first_name="Salma", last_name="Ara")
    clock = ticker(sessions)
    await clock.tick(at("2026-11-24T08:59"))
    assert await sent(sessions) == []
    await clock.tick(at("2026-11-24T09:00"))
    await clock.tick(at("2026-11-24T09:00:30"))
    await clock.tick(at("2026-11-24T09:01"))
    (message,) = await sent(sessions)
    assert message.dedup_key == f"digest:{person}:2026-11-24"
    assert message.payload["disable_notification"] is True
    assert message.payload["text"].startswith("☀️ <b>Tanvir, Tue 24 Nov</b>\n🎂 <b>Today</b>\n1 Salma Ara: birthday\n")
    assert message.context == {"numbers": {"1": customer}}
    assert [button["text"] for button in message.payload["reply_markup"]["inline_keyboard"][0]] == ["1"]
