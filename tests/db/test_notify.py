"""Bells ring after a commit, come back after an outage, and leaders hand over."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core.db.notify import Bells, notify

LONG = 10.0  # seconds; what waits this long has failed
SHORT = 0.05


@pytest.fixture
async def bells(database_url: str) -> AsyncIterator[Bells]:
    async with Bells(database_url, application_name="ear") as opened:
        async with asyncio.timeout(LONG):
            await opened.connected.wait()
        yield opened


async def _hang_up(session: AsyncSession, application_name: str) -> None:
    """Let the server end the connections of that name."""
    ended = await session.execute(
        text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = :name AND datname = current_database()"
        ),
        {"name": application_name},
    )
    assert ended.scalar_one() == 1
    await session.rollback()


async def test_a_bell_rings_at_the_commit_and_not_before(bells: Bells, session: AsyncSession) -> None:
    await notify(session, "outbox")
    assert not await bells.wait("outbox", SHORT)
    await session.commit()
    assert await bells.wait("outbox", LONG)
    assert not await bells.wait("outbox", SHORT), "one commit, one ring"


async def test_a_rollback_rings_nothing(bells: Bells, session: AsyncSession) -> None:
    await notify(session, "outbox")
    await session.rollback()
    await notify(session, "inbox")
    await session.commit()
    assert await bells.wait("inbox", LONG)
    assert not await bells.wait("outbox", SHORT)


async def test_a_rolled_back_savepoint_does_not_swallow_the_bell(bells: Bells, session: AsyncSession) -> None:
    async with session.begin_nested() as savepoint:
        await notify(session, "outbox")
        await savepoint.rollback()
    await notify(session, "outbox")
    await session.commit()
    assert await bells.wait("outbox", LONG)


async def test_many_rings_of_one_transaction_cost_one_statement(
    bells: Bells, engine: AsyncEngine, session: AsyncSession
) -> None:
    sent: list[str] = []
    listener = lambda *arguments: sent.append(arguments[2])  # noqa: E731 - removed below by identity
    event.listen(engine.sync_engine, "before_cursor_execute", listener)
    try:
        for _ in range(3):
            await notify(session, "outbox")
        await session.commit()
        await notify(session, "outbox")
        await session.commit()
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", listener)
    assert len(sent) == 2


async def test_a_bell_wakes_all_who_wait_and_only_those_it_is_for(bells: Bells, session: AsyncSession) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(bells.wait("inbox", LONG)) for _ in range(3)]
        other = group.create_task(bells.wait("other", SHORT))
        await asyncio.sleep(0)
        await notify(session, "inbox")
        await session.commit()
    assert [task.result() for task in waiting] == [True, True, True]
    assert not other.result()


async def test_a_ring_within_the_process_is_kept_for_the_next_who_waits(bells: Bells) -> None:
    bells.ring("jobs")
    assert await bells.wait("jobs", SHORT)
    assert not await bells.wait("jobs", SHORT)


async def test_after_an_outage_every_bell_rings_and_hears_again(bells: Bells, session: AsyncSession) -> None:
    assert not await bells.wait("inbox", SHORT)
    await _hang_up(session, "ear")
    assert await bells.wait("inbox", LONG), "something may have been missed"
    await notify(session, "inbox")
    await session.commit()
    assert await bells.wait("inbox", LONG)


async def test_bells_can_be_hung_up_before_the_database_is_there() -> None:
    async with Bells("postgresql://nobody@127.0.0.1:1/none") as bells:
        assert not await bells.wait("inbox", SHORT)
        assert not await bells.leader("sender").try_acquire()
        assert not bells.connected.is_set()


async def test_one_leads_and_a_release_hands_over_at_once(bells: Bells, database_url: str) -> None:
    async with Bells(database_url) as others:
        ours, theirs = bells.leader("sender:1"), others.leader("sender:1")
        await ours.acquire()
        async with asyncio.timeout(LONG):
            await others.connected.wait()
        assert not await theirs.try_acquire()
        assert await others.leader("sender:2").try_acquire(), "another lock is free"

        waiting = asyncio.create_task(theirs.acquire())
        await ours.release()
        async with asyncio.timeout(LONG):
            await waiting
        assert (ours.held, theirs.held) == (False, True)


async def test_who_loses_the_connection_leads_no_more(bells: Bells, database_url: str, session: AsyncSession) -> None:
    async with Bells(database_url) as others:
        ours, theirs = bells.leader("poller"), others.leader("poller")
        await ours.acquire()
        waiting = asyncio.create_task(theirs.acquire())
        await _hang_up(session, "ear")
        async with asyncio.timeout(LONG):
            await ours.wait_lost()
            await waiting
        assert not await ours.try_acquire()
    async with asyncio.timeout(LONG):
        await ours.acquire()


async def test_work_stops_with_the_lock_and_begins_anew_with_it(bells: Bells, session: AsyncSession) -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()
    stopped: list[int] = []
    finish = asyncio.Event()

    async def work() -> None:
        turn = len(stopped)
        begun.put_nowait(turn)
        try:
            await finish.wait()
        except asyncio.CancelledError:
            stopped.append(turn)
            raise

    leading = asyncio.create_task(bells.leader("clock").lead(work))
    async with asyncio.timeout(LONG):
        assert await begun.get() == 0
        await _hang_up(session, "ear")
        assert await begun.get() == 1
        finish.set()
        await leading
    assert stopped == [0]
    assert not bells.leader("clock").held


async def test_an_error_of_the_work_reaches_the_caller_and_frees_the_lock(bells: Bells) -> None:
    async def work() -> None:
        raise LookupError("no such chat")

    with pytest.raises(LookupError, match="no such chat"):
        await bells.leader("clock").lead(work)
    assert not bells.leader("clock").held
