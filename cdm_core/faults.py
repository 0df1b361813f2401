"""What broke: told in words that may be kept, since an error's own message may hold what people wrote, and held apart
from what did not."""

import traceback
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.db.away import is_away, is_collision

log = structlog.get_logger(__name__)

T = TypeVar("T")

DATABASE_AWAY = "database_away"
"""The reason of what will do once the database answers in time; in the log stands where it broke."""

DATABASE_BUSY = "database_busy"
"""The reason of what lost against others in the database, or took it too long."""

STILL_RUNNING = "still_running"
"""The reason of what did not break, but takes longer than it should."""


def where(error: BaseException) -> str:
    """The kind and the place of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


def reason(error: BaseException) -> str:
    """What is kept of why work broke: ``DATABASE_AWAY`` or ``DATABASE_BUSY``, which is nobody's mistake, or where.
    People are told it in words (``troubles.j2``)."""
    if is_away(error):
        return DATABASE_AWAY
    return DATABASE_BUSY if is_collision(error) else where(error)


async def apart(session: AsyncSession, work: Awaitable[T], **of: int) -> tuple[T | None, str | None]:
    """Do one of many pieces of work: what came of it, and the reason why it broke, or None. What breaks is undone
    alone, and logged with where it did and ``of`` as what it was."""
    try:
        async with session.begin_nested():
            return await work, None
    except Exception as error:  # whatever it was, the others are to be done
        log.error("one_of_many_failed", error=where(error), **of)
        return None, reason(error)
