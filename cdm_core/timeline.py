"""Every contact with a customer, the newest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import contact_files
from cdm_core.access import CustomerRef
from cdm_core.contact_files import ContactFile
from cdm_core.tables import customer_interactions, staff
from cdm_core.words import Direction, InteractionType, Outcome, Reason

PAGE = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """``outcome`` is as it was given; ``outcome_code`` and ``reason`` are None where it fits none of the words."""

    interaction_id: int
    at: datetime
    staff: str | None
    channel: InteractionType
    direction: Direction
    outcome: str | None
    outcome_code: Outcome | None
    reason: Reason | None
    duration: timedelta | None
    note: str | None
    files: tuple[ContactFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page, from 0; ``total`` counts all entries."""

    entries: tuple[Entry, ...]
    page: int
    has_older: bool
    total: int


async def timeline(session: AsyncSession, ref: CustomerRef, *, page: int = 0, size: int = PAGE) -> Timeline:
    """A page of a customer's contacts; a page behind the last one is the last one."""
    told = customer_interactions
    of_customer = (told.c.customer_id == ref.customer_id, told.c.undone_at.is_(None))
    total = (await session.execute(select(func.count()).select_from(told).where(*of_customer))).scalar_one()
    page = max(0, min(page, (total - 1) // size))
    rows = await session.execute(
        select(told, staff.c.name.label("staff"))
        .select_from(told.outerjoin(staff, staff.c.id == told.c.staff_id))
        .where(*of_customer)
        .order_by(told.c.occurred_at.desc(), told.c.id.desc())
        .limit(size)
        .offset(page * size)
    )
    shown = rows.all()
    files = await contact_files.of_interactions(session, ref, [row.id for row in shown])
    entries = tuple(
        Entry(
            interaction_id=row.id,
            at=row.occurred_at,
            staff=row.staff,
            channel=InteractionType(row.interaction_type),
            direction=Direction(row.interaction_direction),
            outcome=row.outcome,
            outcome_code=Outcome(row.outcome_code) if row.outcome_code in set(Outcome) else None,
            reason=Reason(row.reason) if row.reason in set(Reason) else None,
            duration=timedelta(seconds=row.duration_seconds) if row.duration_seconds else None,
            note=row.description or row.subject or None,
            files=files.get(row.id, ()),
        )
        for row in shown
    )
    return Timeline(entries, page, has_older=(page + 1) * size < total, total=total)
