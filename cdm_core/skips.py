"""Leaving a customer out of the call list: for an hour, for the day, or, as a bad suggestion, for a month."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes
from cdm_core.clock import local_date
from cdm_core.staff import Staff
from cdm_core.tables import call_feedback, claims
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind


class Skip(StrEnum):
    NOT_NOW = "not_now"
    NOT_TODAY = "not_today"
    BAD_SUGGESTION = "bad_suggestion"


BAD_SUGGESTION_DAYS = 30


async def skip(
    session: AsyncSession, person: Staff, customer_id: int, why: Skip, *, now: datetime, thresholds: Thresholds
) -> int | None:
    """Leave the customer out of every list; what comes up later, an order or a promise, is listed all the same.

    A bad suggestion puts off for an hour alone what is owed to them: an order to be confirmed, a promised call.
    It can be taken back the same day (``cdm_core.changes``): gives the change's id.
    """
    today = local_date(now, thresholds.zone)
    midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), thresholds.zone)
    until = {
        Skip.NOT_NOW: now + timedelta(hours=1),
        Skip.NOT_TODAY: midnight,
        Skip.BAD_SUGGESTION: now + timedelta(days=BAD_SUGGESTION_DAYS),
    }[why]
    await session.execute(
        insert(call_feedback).values(customer_id=customer_id, staff_id=person.id, kind=why, at=now, until=until)
    )
    await session.execute(delete(claims).where(claims.c.customer_id == customer_id, claims.c.staff_id == person.id))
    if why is not Skip.BAD_SUGGESTION:
        return None
    after = {"staff_id": person.id, "at": now, "until": until}
    return await changes.record(session, person, customer_id, ChangeKind.LEFT_OUT, before=None, after=after, now=now)


async def bad_since(session: AsyncSession, person: Staff, customer_id: int, *, now: datetime) -> datetime | None:
    """Since when the customer is left out because ``person`` found the suggestion bad; None: they are not."""
    told = call_feedback.c
    since: datetime | None = (
        await session.execute(
            select(func.max(told.at)).where(
                told.customer_id == customer_id,
                told.staff_id == person.id,
                told.kind == Skip.BAD_SUGGESTION,
                told.until > now,
            )
        )
    ).scalar_one()
    return since
