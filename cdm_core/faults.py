"""What broke: told in words that may be kept, since an error's own message may hold what people wrote, and held apart
from what did not."""

import traceback
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger(__name__)

T = TypeVar("T")


def where(error: BaseException) -> str:
    """The kind and the place of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


async def apart(session: AsyncSession, work: Awaitable[T], **of: int) -> tuple[T | None, str | None]:
    """Do one of many pieces of work: what came of it, and where it broke, or None. What breaks is undone alone, and
    logged with ``of`` as what it was."""
    try:
        async with session.begin_nested():
            return await work, None
    except Exception as error:  # whatever it was, the others are to be done
        reason = where(error)
        log.error("one_of_many_failed", error=reason, **of)
        return None, reason
