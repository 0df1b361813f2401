"""The one next follow-up of a customer: promised, moved, done.

``customer_interactions.follow_up_required`` of the contact that promised it says whether it is still open.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes, summary
from cdm_core.access import CustomerRef
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions, follow_ups
from cdm_core.words import ChangeKind


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``asked``: the customer chose the time, so it rings in quiet hours too."""

    follow_up_id: int
    customer_id: int
    staff_id: int | None
    due_at: datetime
    asked: bool


async def open_of(
    session: AsyncSession, customer_id: int, *, promised_until: datetime | None = None
) -> FollowUp | None:
    """The customer's open follow-up, if any, and if it was promised until then."""
    wanted = select(follow_ups).where(follow_ups.c.customer_id == customer_id, follow_ups.c.status == "open")
    if promised_until is not None:
        wanted = wanted.where(follow_ups.c.created_at <= promised_until)
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        return None
    return FollowUp(
        follow_up_id=row.id, customer_id=row.customer_id, staff_id=row.staff_id, due_at=row.due_at, asked=row.asked
    )


async def ended(session: AsyncSession, customer_id: int, follow_up_id: int) -> datetime | None:
    """When this follow-up was done, replaced or cancelled; None where it was not, or is none of the customer's."""
    return (
        await session.execute(
            select(follow_ups.c.closed_at).where(
                follow_ups.c.customer_id == customer_id, follow_ups.c.id == follow_up_id, follow_ups.c.status != "open"
            )
        )
    ).scalar_one_or_none()


async def promise(
    session: AsyncSession,
    customer_id: int,
    *,
    staff_id: int | None,
    due_at: datetime,
    asked: bool,
    now: datetime,
    interaction_id: int | None = None,
) -> tuple[FollowUp, FollowUp | None]:
    """Set the next follow-up in place of the open one; gives the new one and the one it replaced."""
    replaced = await close(session, customer_id, status="replaced", now=now, interaction_id=interaction_id)
    follow_up_id = (
        await session.execute(
            insert(follow_ups)
            .values(
                customer_id=customer_id,
                staff_id=staff_id,
                due_at=due_at,
                asked=asked,
                interaction_id=interaction_id,
                created_at=now,
            )
            .returning(follow_ups.c.id)
        )
    ).scalar_one()
    new = FollowUp(follow_up_id=follow_up_id, customer_id=customer_id, staff_id=staff_id, due_at=due_at, asked=asked)
    return new, replaced


async def move(
    session: AsyncSession, person: Staff, customer: CustomerRef, due_at: datetime, *, now: datetime
) -> int | None:
    """Put the open follow-up off to ``due_at``: no contact is logged, and the time is not the customer's wish any more.

    Gives the id of the change (``cdm_core.changes``), by which it is undone; None where no call is promised.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    current = await open_of(session, customer.customer_id)
    if current is None:
        return None
    after = {"due_at": due_at, "asked": False}
    await session.execute(
        update(follow_ups)
        .where(follow_ups.c.customer_id == customer.customer_id, follow_ups.c.id == current.follow_up_id)
        .values(**after)
    )
    change_id = await changes.record(
        session,
        person,
        customer.customer_id,
        ChangeKind.FOLLOW_UP,
        before={"due_at": current.due_at, "asked": current.asked},
        after=after,
        now=now,
    )
    await summary.refresh(session, ids)
    return change_id


async def close(
    session: AsyncSession,
    customer_id: int,
    *,
    status: str,
    now: datetime,
    interaction_id: int | None = None,
    promised_until: datetime | None = None,
) -> FollowUp | None:
    """End the open follow-up as ``done``, ``replaced`` or ``cancelled``; gives it, or None where there was none.

    One that was promised after ``promised_until`` stays open.
    """
    current = await open_of(session, customer_id, promised_until=promised_until)
    if current is not None:
        promised_by = await session.execute(
            update(follow_ups)
            .where(follow_ups.c.customer_id == customer_id, follow_ups.c.id == current.follow_up_id)
            .values(status=status, closed_at=now, closed_by=interaction_id)
            .returning(follow_ups.c.interaction_id)
        )
        await require(session, customer_id, promised_by.scalar_one(), required=False)
    return current


async def reopen(session: AsyncSession, customer_id: int, follow_up_id: int, *, closed_by: int | None) -> None:
    """Open again what the interaction ``closed_by`` (None: no contact) ended, unless something later took its place."""
    if await open_of(session, customer_id) is not None:
        return
    promised_by = await session.execute(
        update(follow_ups)
        .where(
            follow_ups.c.customer_id == customer_id,
            follow_ups.c.id == follow_up_id,
            follow_ups.c.closed_by == closed_by,
        )
        .values(status="open", closed_at=None, closed_by=None)
        .returning(follow_ups.c.interaction_id)
    )
    await require(session, customer_id, promised_by.scalar_one_or_none(), required=True)


async def require(session: AsyncSession, customer_id: int, interaction_id: int | None, *, required: bool) -> None:
    """Say with the contact that promised a call, if one did, whether that call is still open."""
    if interaction_id is not None:
        await session.execute(
            update(customer_interactions)
            .where(customer_interactions.c.customer_id == customer_id, customer_interactions.c.id == interaction_id)
            .values(follow_up_required=required)
        )
