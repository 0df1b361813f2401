"""Promised calls as other systems see and set them: everybody's open ones, and all of one customer.

A customer has one open follow-up (``cdm_core.follow_ups``), so the customer names it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, changes, consents, follow_ups, listed, summary
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.tables import customers, staff
from cdm_core.tables import follow_ups as table
from cdm_core.words import ChangeKind

_EARLIEST = Order("earliest", (Key(table.c.due_at), Key(table.c.customer_id)))
_LATEST = Order("latest", (Key(table.c.created_at, falling=True), Key(table.c.id, falling=True)))

FARTHEST = timedelta(days=2 * 365)
"""Nobody promises a call further ahead."""


@dataclass(frozen=True, slots=True)
class PromisedCall:
    """``staff`` promised it; without one the customer's owner keeps it. ``asked``: the customer chose the time, so it
    rings in quiet hours too. ``status`` is open, done, replaced or cancelled."""

    id: int
    customer_id: int
    customer_name: str
    staff_id: int | None
    staff: str | None
    due_at: datetime
    asked: bool
    overdue: bool
    status: str
    created_at: datetime
    closed_at: datetime | None


async def open_ones(
    session: AsyncSession,
    *,
    now: datetime,
    due_before: datetime | None = None,
    staff_id: int | None = None,
    window: Window = FIRST,
) -> Listed[PromisedCall]:
    """Everybody's open ones of whom may be called, the earliest first."""
    wanted = _rows().where(table.c.status == "open", text(consents.may_be_called("customers")))
    if due_before is not None:
        wanted = wanted.where(table.c.due_at < due_before)
    if staff_id is not None:
        wanted = wanted.where(table.c.staff_id == staff_id)
    return await listed.page(session, wanted, _EARLIEST, window, lambda row: _call(row, now))


async def of_customer(
    session: AsyncSession, customer_id: int, *, now: datetime, window: Window = FIRST
) -> Listed[PromisedCall]:
    """All of a customer, the latest promised first."""
    wanted = _rows().where(table.c.customer_id == customer_id)
    return await listed.page(session, wanted, _LATEST, window, lambda row: _call(row, now))


async def one(session: AsyncSession, customer_id: int, follow_up_id: int, *, now: datetime) -> PromisedCall:
    """The customer's follow-up of that id, which is there."""
    wanted = _rows().where(table.c.customer_id == customer_id, table.c.id == follow_up_id)
    return _call((await session.execute(wanted)).one(), now)


async def promise(
    session: AsyncSession,
    actor: str,
    customer: CustomerRef,
    due_at: datetime,
    *,
    staff_id: int | None,
    asked: bool,
    now: datetime,
) -> tuple[int, bool]:
    """Promise a call in place of the open one; its id, and whether it is new: what is open just so stays.

    Raises ``CdmError`` ``due_past``, ``due_too_far``, ``no_such_person``, or ``calls_forbidden``.
    """
    _check(due_at, now)
    if staff_id is not None:
        await people.get(session, staff_id)
    ids = await summary.begin_write(session, [customer.customer_id])
    if await consents.calls_forbidden(session, customer.customer_id):
        raise CdmError("calls_forbidden", customer_id=customer.customer_id)
    current = await follow_ups.open_of(session, customer.customer_id)
    if current is not None and (current.staff_id, current.due_at, current.asked) == (staff_id, due_at, asked):
        return current.follow_up_id, False
    made, replaced = await follow_ups.promise(
        session, customer.customer_id, staff_id=staff_id, due_at=due_at, asked=asked, now=now
    )
    facts = {"follow_up_id": made.follow_up_id, "replaced": replaced.follow_up_id if replaced else None}
    await audit.record(session, now, actor, "promised", customer_id=customer.customer_id, **facts)
    await summary.refresh(session, ids)
    return made.follow_up_id, True


async def move(
    session: AsyncSession, actor: str, customer: CustomerRef, due_at: datetime, *, asked: bool, now: datetime
) -> int:
    """Put the open one off to ``due_at``; gives its id. Raises ``due_past``, ``due_too_far``, or ``no_promise``."""
    _check(due_at, now)
    ids = await summary.begin_write(session, [customer.customer_id])
    current = await follow_ups.open_of(session, customer.customer_id)
    if current is None:
        raise CdmError("no_promise", customer_id=customer.customer_id)
    after = {"due_at": due_at, "asked": asked}
    await session.execute(
        update(table)
        .where(table.c.customer_id == customer.customer_id, table.c.id == current.follow_up_id)
        .values(**after)
    )
    before = {"due_at": current.due_at, "asked": current.asked}
    await changes.note(session, actor, customer.customer_id, ChangeKind.FOLLOW_UP, before=before, after=after, now=now)
    await summary.refresh(session, ids)
    return current.follow_up_id


async def end(session: AsyncSession, actor: str, customer: CustomerRef, *, status: str, now: datetime) -> int:
    """End the open one as ``done`` or ``cancelled``; gives its id. Raises ``no_promise``."""
    ids = await summary.begin_write(session, [customer.customer_id])
    ended = await follow_ups.close(session, customer.customer_id, status=status, now=now)
    if ended is None:
        raise CdmError("no_promise", customer_id=customer.customer_id)
    facts = {"follow_up_id": ended.follow_up_id, "as": status}
    await audit.record(session, now, actor, "follow_up_ended", customer_id=customer.customer_id, **facts)
    await summary.refresh(session, ids)
    return ended.follow_up_id


def _check(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise CdmError("due_past", at=due_at)
    if due_at > now + FARTHEST:
        raise CdmError("due_too_far", at=due_at)


def _rows() -> Select[Any]:
    name = func.cdm_name(customers.c.first_name, customers.c.last_name).label("customer_name")
    joined = table.join(customers, customers.c.id == table.c.customer_id).outerjoin(
        staff, staff.c.id == table.c.staff_id
    )
    return select(table, name, staff.c.name.label("staff")).select_from(joined)


def _call(row: Row[Any], now: datetime) -> PromisedCall:
    return PromisedCall(
        id=row.id,
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        staff_id=row.staff_id,
        staff=row.staff,
        due_at=row.due_at,
        asked=row.asked,
        overdue=row.status == "open" and row.due_at < now,
        status=row.status,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )
