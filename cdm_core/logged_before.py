"""What was logged before, so that nothing is logged twice: from the same message or button, or by a colleague."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions, staff
from cdm_core.words import Outcome


@dataclass(frozen=True, slots=True)
class Origin:
    """An interaction by what it was logged from: when it was ``written``, and when the contact was (``at``)."""

    customer_id: int
    interaction_id: int
    written: datetime
    at: datetime


async def logged_from(
    session: AsyncSession, person: Staff, origin: str, *, since: datetime | None = None
) -> Origin | None:
    """What ``person`` logged last from the message or button ``origin`` and has not undone, written after ``since``."""
    told = customer_interactions
    query = (
        select(told.c.customer_id, told.c.id, told.c.created_at, told.c.occurred_at)
        .where(told.c.staff_id == person.id, told.c.origin == origin, told.c.undone_at.is_(None))
        .order_by(told.c.id.desc())
        .limit(1)
    )
    if since is not None:
        query = query.where(told.c.created_at > since)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Origin(row.customer_id, row.id, row.created_at, row.occurred_at)


async def others_lately(
    session: AsyncSession, person: Staff, customer_id: int, *, since: datetime
) -> tuple[str, datetime, Outcome] | None:
    """The last contact that somebody else logged with the customer after ``since``: who, when, how it went."""
    told = customer_interactions
    row = (
        await session.execute(
            select(staff.c.name, told.c.occurred_at, told.c.outcome_code)
            .join(staff, staff.c.id == told.c.staff_id)
            .where(
                told.c.customer_id == customer_id,
                told.c.undone_at.is_(None),
                told.c.staff_id != person.id,
                told.c.outcome_code.in_(list(Outcome)),
                told.c.occurred_at > since,
            )
            .order_by(told.c.occurred_at.desc(), told.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    return row.name, row.occurred_at, Outcome(row.outcome_code)
