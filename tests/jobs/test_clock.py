"""The clock itself: it rings each minute, whatever the wall clock does, and stops cleanly."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import faults, runs, schedule_board, thresholds, troubles
from cdm_core.clock import Clock
from cdm_core.schedule import JobName, Slot
from cdm_core.tables import settings
from jobs import clock as clock_module
from jobs.app import JobsConfig, run_jobs
from jobs.clock import Ticker, keep_ringing
from jobs.job import Detail, Job, just_now
from tests.bot.people import FrozenClock
from tests.databases import ZONE
from tests.factories import NOW

Sessions = async_sessionmaker[AsyncSession]


class Rings:
    """A job, of each minute or of the day's first moment, that counts and may be held up."""

    def __init__(self, *, each_minute: bool = True) -> None:
        name = JobName.STALE_REFRESH if each_minute else JobName.NIGHTLY
        self.moments: list[datetime] = []
        self.rang = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.job = Job(name, slots=self._slots, run=self._run, by_hand=self._by_hand)

    async def _slots(self, _session: AsyncSession, now: datetime) -> list[Slot]:
        return [just_now(self.job.name, "*", now, ZONE)]

    async def _by_hand(
        self, session: AsyncSession, _asked: datetime, _staff_id: int | None, now: datetime
    ) -> list[Slot]:
        return await self._slots(session, now)

    async def _run(self, _session: AsyncSession, slot: Slot) -> Detail:
        self.moments.append(slot.now)
        self.rang.set()
        await self.go_on.wait()
        return {}

    async def wait(self) -> None:
        async with asyncio.timeout(5):
            await self.rang.wait()
        self.rang.clear()

    async def end(self, ticker: Ticker) -> None:
        self.go_on.set()
        await ticker.stop()


class Minutes:
    """Time that passes in minutes, on the business clock and on the one that nobody can move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FrozenClock(NOW)
        self._passed = timedelta()
        monkeypatch.setattr(clock_module, "monotonic", lambda: self._passed.total_seconds())

    def pass_by(self, minutes: int) -> None:
        self._passed += timedelta(minutes=minutes)
        self.clock.moment += timedelta(minutes=minutes)


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> Minutes:
    return Minutes(monkeypatch)


async def troubled(sessions: Sessions, now: datetime) -> list[tuple[object, str | None]]:
    async with sessions() as session:
        return [(one.about, one.error) for one in await troubles.find(session, now=now)]


async def listed(sessions: Sessions, job: JobName, now: datetime) -> tuple[bool, str | None]:
    """Whether the list of jobs tells that it runs, and how its last run is told."""
    async with sessions() as session:
        lines = await schedule_board.board(session, await thresholds.load(session), now=now)
    line = next(line for line in lines if line.job is job)
    return line.running is not None, line.last.state if line.last else None


async def test_it_rings_at_once_and_stops_when_told(sessions: Sessions) -> None:
    rings, stop = Rings(), asyncio.Event()
    running = asyncio.create_task(keep_ringing(Ticker(sessions, Clock(ZONE), [rings.job]), stop))
    await rings.wait()
    stop.set()
    async with asyncio.timeout(5):
        await running
    assert len(rings.moments) == 1


async def test_it_rings_again_when_the_wall_clock_is_silent(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "SILENCE_SECONDS", 0.05)
    rings, stop = Rings(), asyncio.Event()
    running = asyncio.create_task(keep_ringing(Ticker(sessions, Clock(ZONE), [rings.job]), stop))
    for _ in range(3):
        await rings.wait()
    stop.set()
    await running


async def test_a_pass_that_still_runs_is_not_begun_again_and_is_waited_for(sessions: Sessions) -> None:
    rings = Rings()
    rings.go_on.clear()
    ticker = Ticker(sessions, Clock(ZONE), [rings.job])
    await ticker.ring()
    await rings.wait()
    await ticker.ring()
    await ticker.ring()
    assert ticker.health()["running"] == ["stale-refresh"]
    stopping = asyncio.create_task(ticker.stop())
    rings.go_on.set()
    await stopping
    assert len(rings.moments) == 1
    assert ticker.health() == {"slots": 1, "failed": 0, "running": []}


async def test_a_pass_that_does_not_end_is_in_trouble_until_it_does(sessions: Sessions, minutes: Minutes) -> None:
    rings = Rings()
    rings.go_on.clear()
    ticker = Ticker(sessions, minutes.clock, [rings.job])
    await ticker.ring()
    await rings.wait()
    found = []
    for _ in range(4):
        minutes.pass_by(1)
        await ticker.ring()
        found.append(await troubled(sessions, minutes.clock.moment))
    await rings.end(ticker)
    late = [("stale-refresh", faults.STILL_RUNNING)]
    assert found == [[], late, late, late]
    assert await troubled(sessions, minutes.clock.moment) == []


async def test_a_slot_that_does_not_end_is_in_trouble_until_it_does(sessions: Sessions, minutes: Minutes) -> None:
    rings = Rings(each_minute=False)
    rings.go_on.clear()
    ticker, other = (Ticker(sessions, minutes.clock, [rings.job]) for _ in range(2))
    await ticker.ring()
    await rings.wait()
    found = []
    for passed in (2, 12, 1, 1):
        minutes.pass_by(passed)
        await ticker.ring()
        await other.tick(minutes.clock.moment)  # who cannot have the slot does not say that all is well
        found.append(await troubled(sessions, minutes.clock.moment))
    await rings.end(ticker)
    late = [("nightly", faults.STILL_RUNNING)]
    assert found == [[], [], late, late]
    assert len(rings.moments) == 1
    assert await troubled(sessions, minutes.clock.moment) == []


async def test_a_pass_that_rings_find_at_work_has_not_failed(sessions: Sessions, minutes: Minutes) -> None:
    """It is rung for twice as it begins, then in its minute, then after the demo's clock was put on by a day."""
    rings = Rings()
    rings.go_on.clear()
    ticker = Ticker(sessions, minutes.clock, [rings.job])
    await ticker.ring()
    await rings.wait()
    found = []
    for passed, put_on in ((0, 0), (1, 0), (0, 1), (0, 1)):
        minutes.pass_by(passed)
        minutes.clock.moment += timedelta(days=put_on)
        await ticker.ring()
        found.append(await listed(sessions, rings.job.name, minutes.clock.moment))
    told = await troubled(sessions, minutes.clock.moment)
    await rings.end(ticker)
    assert found == [(True, None)] * 4
    assert told == []
    assert await listed(sessions, rings.job.name, minutes.clock.moment) == (False, "done")


async def test_a_pass_over_its_limit_is_listed_as_running_until_it_is_done(
    sessions: Sessions, minutes: Minutes
) -> None:
    rings = Rings()
    rings.go_on.clear()
    ticker = Ticker(sessions, minutes.clock, [rings.job])
    await ticker.ring()
    await rings.wait()
    minutes.pass_by(3)
    await ticker.ring()
    found = await listed(sessions, rings.job.name, minutes.clock.moment)
    await rings.end(ticker)
    assert found == (True, "failed")
    assert await listed(sessions, rings.job.name, minutes.clock.moment) == (False, "done")


async def test_what_only_takes_long_is_told_from_what_broke(session: AsyncSession) -> None:
    async def told() -> list[tuple[str | None, bool]]:
        return [(one.error, one.still_runs) for one in await troubles.find(session, now=NOW)]

    since = NOW - timedelta(minutes=20)
    for moment in (since, NOW):
        await runs.broke(session, JobName.NIGHTLY, now=moment, error=faults.STILL_RUNNING)
    assert await told() == [(faults.STILL_RUNNING, True)]
    slot = Slot(JobName.NIGHTLY, "models", NOW.date(), since, NOW)
    await runs.failed(session, slot, "KeyError in fit, line 7")
    assert await told() == [("KeyError in fit, line 7", False)]


async def test_what_happened_while_a_pass_runs_is_looked_at_by_another(sessions: Sessions) -> None:
    rings = Rings()
    ticker = Ticker(sessions, Clock(ZONE), [rings.job])
    rings.go_on.clear()
    await ticker.ring()
    await rings.rang.wait()
    await ticker.ring_again()
    rings.go_on.set()
    await ticker.stop()
    assert len(rings.moments) == 2


async def test_what_does_not_end_is_cut_off(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "STOP_SECONDS", 0.01)
    rings = Rings()
    rings.go_on.clear()
    ticker = Ticker(sessions, Clock(ZONE), [rings.job])
    await ticker.ring()
    await rings.wait()
    async with asyncio.timeout(5):
        await ticker.stop()


async def test_the_demos_clock_is_followed(session: AsyncSession, sessions: Sessions) -> None:
    day = timedelta(days=1)
    await session.execute(
        update(settings).where(settings.c.key == "clock_offset_seconds").values(value=str(day.total_seconds()))
    )
    await session.commit()
    rings = Rings()
    clock = Clock(ZONE)
    ticker = Ticker(sessions, clock, [rings.job])
    await ticker.ring()
    await rings.wait()
    await ticker.stop()
    assert clock.offset == day
    assert rings.moments[0] - Clock.real_now() > day - timedelta(minutes=1)


async def test_the_process_waits_for_a_database_that_is_away() -> None:
    tried = asyncio.Semaphore(0)

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried.release()
        writer.close()

    stop = asyncio.Event()
    async with asyncio.timeout(60), await asyncio.start_server(hang_up, "127.0.0.1", 0) as away:
        port = away.sockets[0].getsockname()[1]
        config = JobsConfig(f"postgresql://nobody@127.0.0.1:{port}/none", Clock(ZONE))
        running = asyncio.create_task(run_jobs(config, stop))
        for _ in range(3):
            await tried.acquire()
            assert not running.done()
        stop.set()
        await running


async def test_the_process_runs_and_stops(database_url: str) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(run_jobs(JobsConfig(database_url, Clock(ZONE)), stop))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(10):
        await running
