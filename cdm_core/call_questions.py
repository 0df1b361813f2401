"""The question whether all calls to a customer are to stop, from the note that asked it until somebody answers.

Nobody calls meanwhile: lists, alerts and reminders leave the customer out (the view ``calls_held``), while what was
promised stays promised. A note that tells of no talk is a mere remark until then, so that only an answer ends anything.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alerts, audit, summary, winback_outcomes
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions as told
from cdm_core.tables import customers
from cdm_core.words import InteractionType

ASKS = "asks_no_calls"
"""What the context of a message that asks holds, beside the ``interaction`` whose note it asks about; false once it
asks no more (``cdm_core.question_copies``)."""


async def open_of(session: AsyncSession, customer_id: int) -> int | None:
    """The contact whose note asked last; None where nothing waits for an answer."""
    asked: int | None = (await session.execute(select(func.cdm_asks_no_calls(customer_id)))).scalar_one()
    return asked


async def open_now(session: AsyncSession, customer_id: int) -> int | None:
    """``open_of``, which nobody answers before the transaction ends: the customer is locked from here on."""
    await summary.begin_write(session, [customer_id])
    return await open_of(session, customer_id)


async def answerable(
    session: AsyncSession, person: Staff, customer: CustomerRef, interaction_id: int, *, now: datetime, zone: ZoneInfo
) -> bool:
    """Whether ``person`` wrote the note today, and so may correct it; the customer is locked from here on.

    Raises ``CdmError`` ``already_undone`` (with ``at``), ``already_answered`` (with ``at``, ``by`` whom, None where
    nobody of the staff did, and ``banned``, whether nobody calls any more), or ``nothing_to_undo`` where there is no
    such note.
    """
    await summary.begin_write(session, [customer.customer_id])
    row = (
        await session.execute(
            select(told.c.staff_id, told.c.created_at, told.c.undone_at, told.c.undo)
            .add_columns(customers.c.do_not_call_at, customers.c.do_not_call_by)
            .join(customers, customers.c.id == told.c.customer_id)
            .where(told.c.customer_id == customer.customer_id, told.c.id == interaction_id)
        )
    ).one_or_none()
    if row is None:
        raise CdmError("nothing_to_undo")
    if row.do_not_call_at is not None:
        raise await _answered(session, row.do_not_call_at, row.do_not_call_by, banned=True)
    if row.undone_at is not None:
        raise CdmError("already_undone", at=row.undone_at)
    effects: dict[str, Any] = row.undo or {}
    if not effects.get(ASKS):
        answered = effects.get("answered_at")
        at = datetime.fromisoformat(answered) if answered else row.created_at
        raise await _answered(session, at, effects.get("answered_by"), banned=False)
    return bool(row.staff_id == person.id and local_date(row.created_at, zone) == local_date(now, zone))


async def _answered(session: AsyncSession, at: datetime, staff_id: int | None, *, banned: bool) -> CdmError:
    by = None if staff_id is None else (await people.get(session, staff_id)).name
    return CdmError("already_answered", at=at, by=by, banned=banned)


async def deny(
    session: AsyncSession, person: Staff, customer: CustomerRef, interaction_id: int, *, now: datetime
) -> str:
    """Calls go on, as if nobody had asked; gives the text of the note, which stays. It is ``answerable``.

    A note that names how they were in touch is the contact it would have been, but what was promised stays promised; a
    call is assumed where none is named, so such a note stays a remark.
    """
    answered = {ASKS: False, "answered_at": now.isoformat(), "answered_by": person.id}
    named = func.nullif(told.c.undo["told_by"].as_string(), InteractionType.CALL)
    await session.execute(
        update(told)
        .where(told.c.customer_id == customer.customer_id, told.c.undone_at.is_(None))
        .where(told.c.undo[ASKS].as_boolean())
        .values(
            undo=told.c.undo.concat(answered),
            interaction_type=func.coalesce(named, told.c.interaction_type),
        )
    )
    await winback_outcomes.settle(session, [customer.customer_id], now=now)
    await alerts.resume(session, customer.customer_id, now=now)
    await summary.refresh(session, [customer.customer_id])
    await audit.record(
        session, now, person, "calls_go_on", customer_id=customer.customer_id, interaction_id=interaction_id
    )
    note = select(told.c.description).where(told.c.customer_id == customer.customer_id, told.c.id == interaction_id)
    return (await session.execute(note)).scalar_one() or ""
