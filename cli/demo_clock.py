"""The demo's clock: put on from the chat page's bar, through all that the time between has to do."""

import asyncio
import math
import re
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.sandbox.world import ClockHook
from cdm_core import schedule_board, thresholds
from cdm_core.clock import Clock
from jobs.clock import Ticker

_WISH = re.compile(r"next (\d\d):(\d\d)")


def clock_hook(engine: AsyncEngine, clock: Clock, ticker: Ticker) -> ClockHook:
    """Puts the clock on by minutes, or to "next HH:MM". It stops wherever a job is due on the way and waits for it, so
    that a list of the morning is that morning's, and nothing counts as missed. One move at a time."""
    turn = asyncio.Lock()

    async def move(wish: int | str) -> datetime:
        async with turn:
            target = _target(wish, clock)
            while (stop := await _next_stop(engine, clock)) is not None and stop < target:
                await _put_on(engine, clock, stop)
                await ticker.tick(clock.now())
            await _put_on(engine, clock, target)
            await (ticker.tick(clock.now()) if wish else ticker.ring())
            return clock.now()

    return move


async def _next_stop(engine: AsyncEngine, clock: Clock) -> datetime | None:
    """When the next job that has a time of day is due; those of each minute look at whatever is there, then."""
    now = clock.now()
    async with AsyncSession(engine) as session:
        lines = await schedule_board.board(session, await thresholds.load(session), now=now)
    coming = (line.next_at for line in lines if not line.each_minute)
    return min((moment for moment in coming if moment is not None and moment > now), default=None)


async def _put_on(engine: AsyncEngine, clock: Clock, moment: datetime) -> None:
    """The offset is kept in whole seconds, rounded up: a moment that was asked for has come."""
    seconds = math.ceil((clock.offset + (moment - clock.now())).total_seconds())
    async with AsyncSession(engine) as session, session.begin():
        await thresholds.change(session, "clock_offset_seconds", str(seconds), now=moment, staff_id=None)
    clock.offset = timedelta(seconds=seconds)


def _target(wish: int | str, clock: Clock) -> datetime:
    """In so many minutes, or the next time the clock shows "next HH:MM"."""
    now = clock.now()
    if isinstance(wish, int):
        return now + timedelta(minutes=wish)
    match = _WISH.fullmatch(wish)
    if match is None:
        raise ValueError(f"no such time: {wish}")
    face = time(int(match[1]), int(match[2]))
    today = datetime.combine(clock.today(), face, clock.zone)
    return today if today > now else datetime.combine(clock.today() + timedelta(days=1), face, clock.zone)
