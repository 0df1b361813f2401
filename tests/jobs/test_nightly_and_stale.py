"""What other systems wrote is brought in step each minute; at night what time alone changes."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import at_work, runs, schedule_board, summary, thresholds
from cdm_core.clock import Clock
from cdm_core.db.steps import Begin
from cdm_core.schedule import JobName, Slot
from cdm_core.tables import customer_summary, customers, inbox, name_tokens, outbox, schedule_runs
from cdm_core.words import RunState
from jobs import nightly, stale_refresh
from jobs.clock import Ticker
from jobs.job import Detail, Job, Shop
from jobs.registry import all_jobs
from jobs.requests import Came
from jobs.runner import run_slot
from tests import factories
from tests.databases import ZONE
from tests.factories import NOW

Sessions = async_sessionmaker[AsyncSession]
STALE = stale_refresh.job(Shop())
NIGHTLY = nightly.job(Shop())
TWO = datetime(2026, 11, 24, 2, tzinfo=ZONE)


class CutOffError(BaseException):
    pass


def ticker(sessions: Sessions, *jobs: Job) -> Ticker:
    return Ticker(sessions, Clock(ZONE), jobs)


async def write_as_another_system(session: AsyncSession, **columns: Any) -> int:
    added = await session.execute(insert(customers).values(columns).returning(customers.c.id))
    await session.commit()
    return int(added.scalar_one())


async def test_rows_of_other_systems_get_keys_household_and_summary(session: AsyncSession, sessions: Sessions) -> None:
    rahim = await write_as_another_system(session, first_name="রহিম", last_name="উদ্দিন", phone="০১৭১২-৩৪৫৬৭৮")
    salma = await write_as_another_system(session, first_name="Salma", phone="+880 1712 345678")
    await factories.order(session, rahim, amount=60_000)
    await session.commit()
    await ticker(sessions, STALE).tick(NOW)
    rows = {
        row.id: row
        for row in await session.execute(
            select(customers, customer_summary.c.total_orders).join(
                customer_summary, customer_summary.c.customer_id == customers.c.id
            )
        )
    }
    assert rows[rahim].phone_e164 == rows[salma].phone_e164 == "+8801712345678"
    assert rows[rahim].household_id == rows[salma].household_id == rahim
    assert rows[rahim].name_key
    assert (rows[rahim].total_orders, rows[rahim].customer_type) == (1, "vip")
    assert "salma" in (await session.execute(select(name_tokens.c.token))).scalars().all()
    assert (await session.execute(text("SELECT count(*) FROM stale_customers"))).scalar_one() == 0


async def test_more_than_a_batch_is_brought_in_step_in_one_minute(session: AsyncSession, sessions: Sessions) -> None:
    await session.execute(
        text(
            "INSERT INTO customers (first_name, phone)"
            " SELECT 'x', '017' || (10000000 + n) FROM generate_series(1, 2300) n"
        )
    )
    await session.execute(text("ANALYZE customers, stale_customers"))
    await session.commit()
    (outcome,) = await ticker(sessions, STALE).tick(NOW)
    assert outcome.detail == {"customers": 2300}
    found = await session.execute(text("SELECT count(*) FROM customers WHERE phone_e164 IS NOT NULL"))
    assert found.scalar_one() == 2300


async def test_where_much_comes_the_minute_job_looks_again(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = ["Salma"]

    async def pause() -> None:
        if coming:
            await write_as_another_system(session, first_name=coming.pop())

    monkeypatch.setattr(stale_refresh, "MUCH", 1)
    monkeypatch.setattr(stale_refresh, "pause", pause)
    await write_as_another_system(session, first_name="Rahim")
    assert [outcome.detail for outcome in await ticker(sessions, STALE).tick(NOW)] == [{"customers": 2}]
    assert not coming


async def test_what_a_minute_cannot_bear_waits_for_the_next(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_as_another_system(session, first_name="Rahim")
    with monkeypatch.context() as full:
        full.setattr(stale_refresh, "WORKS_SECONDS", 0.0)
        assert [outcome.detail for outcome in await ticker(sessions, STALE).tick(NOW)] == [{"customers": 0}]
    later = NOW + timedelta(minutes=1)
    assert [outcome.detail for outcome in await ticker(sessions, STALE).tick(later)] == [{"customers": 1}]


async def test_customers_marked_several_times_keep_nobody_waiting(session: AsyncSession, sessions: Sessions) -> None:
    await session.execute(text("INSERT INTO customers (first_name) SELECT 'x' FROM generate_series(1, 1500)"))
    await session.execute(text("DELETE FROM stale_customers"))
    await session.execute(
        text("INSERT INTO stale_customers (customer_id) SELECT id FROM customers, generate_series(1, 2) ORDER BY id")
    )
    await session.commit()
    (outcome,) = await ticker(sessions, STALE).tick(NOW)
    assert outcome.detail == {"customers": 1500}
    assert await summary.stale(session) == 0


async def test_the_minute_job_keeps_one_row_and_shows_its_last_run(session: AsyncSession, sessions: Sessions) -> None:
    clock = ticker(sessions, STALE)
    for minute in range(3):
        await clock.tick(NOW + timedelta(minutes=minute))
    rows = (await session.execute(select(schedule_runs))).all()
    assert [(row.key, row.slot_at) for row in rows] == [(runs.TICK, NOW + timedelta(minutes=2))]
    assert (await runs.latest(session))[JobName.STALE_REFRESH].ran_at == NOW + timedelta(minutes=2)


async def test_only_one_process_at_a_time_does_the_minute_job(session: AsyncSession, sessions: Sessions) -> None:
    assert await at_work.turn(session, JobName.STALE_REFRESH)
    (outcome,) = await ticker(sessions, STALE).tick(NOW)
    assert outcome.state is None
    assert outcome.busy


async def test_what_is_being_done_is_told_from_what_was_done(sessions: Sessions) -> None:
    slot = Slot(JobName.NIGHTLY, next(iter(nightly.STEPS)), TWO.date(), TWO, TWO)
    async with at_work.slot_alone(sessions, slot):
        meanwhile = await run_slot(sessions, NIGHTLY, slot)
    first, again = await run_slot(sessions, NIGHTLY, slot), await run_slot(sessions, NIGHTLY, slot)
    assert [(one.state, one.busy) for one in (meanwhile, first, again)] == [
        (None, True),
        (RunState.DONE, False),
        (None, False),
    ]
    came = Came.of([meanwhile, again])
    assert (came.busy, came.before) == (1, 1)


async def test_time_alone_makes_a_buyer_inactive_at_night(session: AsyncSession, sessions: Sessions) -> None:
    customer = await factories.customer(session)
    await factories.order(session, customer, ordered_at=TWO - timedelta(days=90, hours=1))
    await session.execute(
        text("SELECT set_config('cdm.as_of', :at, true)"), {"at": (TWO - timedelta(days=1)).isoformat()}
    )
    await factories.settle(session, customer)
    clock = ticker(sessions, NIGHTLY)
    await clock.tick(TWO - timedelta(minutes=1))
    assert (await session.execute(select(customers.c.lifecycle_stage))).scalar_one() == "first_buyer"
    await session.rollback()
    outcomes = await clock.tick(TWO)
    assert [outcome.slot.key for outcome in outcomes] == list(nightly.STEPS)
    assert (await session.execute(select(customers.c.lifecycle_stage))).scalar_one() == "inactive"
    change = (
        await session.execute(text("SELECT to_stage, at FROM lifecycle_transitions ORDER BY id DESC LIMIT 1"))
    ).one()
    assert (change.to_stage, change.at) == ("inactive", TWO)
    assert await clock.tick(TWO + timedelta(minutes=1)) == []


async def test_a_night_cut_off_goes_on_where_it_stopped(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    killed = True

    async def step(name: str) -> int:
        if name == "households" and killed:
            raise KeyboardInterrupt
        done.append(name)
        return 0

    await ticker(sessions, NIGHTLY).tick(TWO - timedelta(minutes=1))
    for name in nightly.STEPS:
        monkeypatch.setitem(nightly.STEPS, name, lambda _session, slot: step(slot.key))
    for slot in await NIGHTLY.slots(session, TWO):
        try:
            await run_slot(sessions, NIGHTLY, slot)
        except KeyboardInterrupt:
            break
    assert done == ["lifecycle"]
    killed = False
    await ticker(sessions, NIGHTLY).tick(TWO + timedelta(minutes=5))
    assert done == list(nightly.STEPS)


async def test_a_step_of_the_night_is_done_by_one_process_and_seen_by_all(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction is open meanwhile, and what is cut off is done again."""
    begun, go_on, dies = asyncio.Event(), asyncio.Event(), True
    times: list[str] = []

    async def step(_begin: Begin, slot: Slot) -> int:
        times.append(slot.key)
        begun.set()
        await go_on.wait()
        if dies:
            raise CutOffError
        return 7

    monkeypatch.setitem(nightly.STEPS, "models", step)
    limits = await thresholds.load(session)
    slot = Slot(JobName.NIGHTLY, "models", TWO.date(), TWO, TWO)

    async def board() -> tuple[bool, str | None]:
        async with sessions() as reader:
            lines = await schedule_board.board(reader, limits, now=TWO)
        line = next(line for line in lines if line.job is JobName.NIGHTLY)
        return line.running is not None, str(line.last.state) if line.last else None

    async def waiting() -> int:
        idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND pid <> pg_backend_pid()"
        async with sessions() as reader:
            return int((await reader.execute(text(f"{idle} AND datname = current_database()"))).scalar_one())

    await session.rollback()
    for dies in (True, False):
        go_on.clear()
        begun.clear()
        running = asyncio.create_task(run_slot(sessions, NIGHTLY, slot))
        await begun.wait()
        assert await board() == (True, None)
        assert await waiting() == 0
        assert (await run_slot(sessions, NIGHTLY, slot)).state is None
        go_on.set()
        await asyncio.wait([running])
        if dies:
            with pytest.raises(CutOffError):
                running.result()
            assert await board() == (False, None)
    assert running.result().detail == {"models": 7}
    assert await board() == (False, "done")
    assert (await run_slot(sessions, NIGHTLY, slot)).state is None
    assert times == ["models", "models"]


async def test_what_was_delivered_long_ago_is_forgotten(session: AsyncSession, sessions: Sessions) -> None:
    def message(key: str, state: str, days: int, **columns: Any) -> Any:
        at = datetime.now(ZONE) - timedelta(days=days)
        values = {"dedup_key": key, "chat_id": 1, "kind": "reply", "priority": 1, "method": "sendMessage"}
        return insert(outbox).values({**values, "state": state, "created_at": at, **columns}).returning(outbox.c.id)

    old = (await session.execute(message("old", "sent", 61))).scalar_one()
    edited = (await session.execute(message("edited", "sent", 61))).scalar_one()
    await session.execute(message("edits", "sent", 2, edits_outbox_id=edited))
    await session.execute(message("unknown", "unknown", 61))
    await session.execute(message("young", "sent", 59))
    await session.execute(
        text("INSERT INTO delivery_attempts (outbox_id, attempt, started_at) VALUES (:id, 1, now())"), {"id": old}
    )
    long_ago, lately = (datetime.now(ZONE) - timedelta(days=days) for days in (61, 59))
    for number, state, at in ((1, "done", long_ago), (2, "done", lately), (3, "quarantined", None)):
        await session.execute(insert(inbox).values(bot_id=1, update_id=number, state=state, done_at=at))
    await session.commit()
    for minute in (-1, 0):
        await ticker(sessions, NIGHTLY).tick(TWO + timedelta(minutes=minute))
    kept = (await session.execute(select(outbox.c.dedup_key).order_by(outbox.c.dedup_key))).scalars().all()
    assert kept == ["edited", "edits", "young"]
    assert (await session.execute(select(inbox.c.update_id).order_by(inbox.c.update_id))).scalars().all() == [2, 3]


async def test_a_job_that_breaks_stops_no_other(session: AsyncSession, sessions: Sessions) -> None:
    async def breaks(_session: AsyncSession, _slot: Slot) -> Detail:
        raise RuntimeError

    async def cannot_tell(_session: AsyncSession, _now: datetime) -> list[Slot]:
        raise RuntimeError

    broken = Job(JobName.STALE_REFRESH, slots=STALE.slots, run=breaks, by_hand=STALE.by_hand)
    lost = Job(JobName.MORNING_DIGEST, slots=cannot_tell, run=breaks, by_hand=STALE.by_hand)
    await ticker(sessions, NIGHTLY).tick(TWO - timedelta(minutes=1))
    outcomes = await ticker(sessions, broken, lost, NIGHTLY).tick(TWO)
    assert sorted(outcome.state or "" for outcome in outcomes) == ["done"] * len(nightly.STEPS) + ["failed"]


async def test_a_new_system_has_missed_no_night(sessions: Sessions) -> None:
    assert await ticker(sessions, NIGHTLY).tick(TWO + timedelta(hours=3)) == []


async def test_all_jobs_tick_together(session: AsyncSession, sessions: Sessions) -> None:
    person = await factories.staff(session, created_at=NOW - timedelta(days=9), working_days=[1, 2, 3, 4, 5, 6, 7])
    days = [1, 2, 3, 4, 5, 6, 7]
    await factories.staff(
        session, name="Farhana", role="manager", created_at=NOW - timedelta(days=9), working_days=days
    )
    await factories.customer(session, owner_id=person, date_of_birth=date(1990, 11, 23))
    await session.commit()
    clock = ticker(sessions, *all_jobs(Shop()))
    moment = NOW
    while moment < NOW + timedelta(days=1):
        await clock.tick(moment)
        moment += timedelta(minutes=30)
    digests = (await session.execute(select(outbox.c.dedup_key).order_by(outbox.c.id))).scalars().all()
    assert digests == [f"digest:{person}:2026-11-{day}" for day in (22, 23)]
    assert set(await runs.latest(session)) == set(JobName)
    assert await summary.take_stale(session) == summary.Taken()
