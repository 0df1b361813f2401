"""Taking back what was logged: the fact is marked undone and everything it brought about is as if it had not been."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import (
    alerts,
    audit,
    consents,
    contact_files,
    follow_ups,
    kept_details,
    order_writes,
    summary,
    winback_outcomes,
)
from cdm_core.access import CustomerRef, access_written
from cdm_core.clock import local_date
from cdm_core.contact_files import Place
from cdm_core.contacts import UNREACHED, Contact, contact_of
from cdm_core.errors import CdmError
from cdm_core.follow_ups import FollowUp
from cdm_core.kept_values import typed
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions as told
from cdm_core.tables import customers
from cdm_core.tables import follow_ups as promises
from cdm_core.thresholds import Thresholds
from cdm_core.words import InteractionType, Outcome

_LOOK_BACK = timedelta(days=14)
"""A note may tell of an earlier day; further back ``last_of`` does not look."""


@dataclass(frozen=True, slots=True)
class Undone:
    """``follow_up`` is the open one as it was before, ``held`` whether nobody calls for a question that waits;
    ``files_removed`` how many files came with the contact."""

    interaction_id: int
    customer: CustomerRef
    contact: Contact
    follow_up: FollowUp | None
    order_removed: bool
    files_removed: int = 0
    held: bool = False


async def undo(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    interaction_id: int,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Undone:
    """Take back what ``person`` logged today; everything derived is as if it had not been logged.

    Raises ``CdmError("nothing_to_undo")`` where it is not theirs or not today's, ``CdmError("already_undone", at=…)``.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    row = await own_of_today(session, person, customer.customer_id, interaction_id, now=now, zone=thresholds.zone)
    order_removed = await take_back(session, row, now=now)
    files = await contact_files.drop(session, Place(customer.customer_id, row.id))
    await kept_details.put_back(session, customer.customer_id, row.id, row.undo or {}, thresholds)
    await summary.refresh(session, ids)
    await audit.record(session, now, person, "undone", customer_id=customer.customer_id, interaction_id=interaction_id)
    return Undone(
        interaction_id=interaction_id,
        customer=customer,
        contact=contact_of(row),
        follow_up=await follow_ups.open_of(session, customer.customer_id),
        order_removed=order_removed,
        files_removed=files,
        held=await consents.calls_held(session, customer.customer_id),
    )


async def last_of(
    session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo, since: datetime | None = None
) -> tuple[int, int] | None:
    """The customer and interaction that ``person`` logged last today, not before ``since``, and has not undone."""
    row = (
        await session.execute(
            select(told.c.customer_id, told.c.id, told.c.created_at)
            .join(customers, customers.c.id == told.c.customer_id)
            .where(told.c.staff_id == person.id, told.c.undone_at.is_(None), told.c.occurred_at > now - _LOOK_BACK)
            .where(customers.c.erased_at.is_(None))
            .order_by(told.c.created_at.desc(), told.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None or local_date(row.created_at, zone) != local_date(now, zone):
        return None
    return None if since and row.created_at < since else (row.customer_id, row.id)


async def own_of_today(
    session: AsyncSession, person: Staff, customer_id: int, interaction_id: int, *, now: datetime, zone: ZoneInfo
) -> Row[Any]:
    """The row of an interaction that ``person`` may still take back; raises as ``undo`` does."""
    row = (
        await session.execute(select(told).where(told.c.customer_id == customer_id, told.c.id == interaction_id))
    ).one_or_none()
    if row is None or row.staff_id != person.id or local_date(row.created_at, zone) != local_date(now, zone):
        raise CdmError("nothing_to_undo")
    if row.undone_at is not None:
        raise CdmError("already_undone", at=row.undone_at)
    return row


async def customer_of(
    session: AsyncSession, person: Staff, thresholds: Thresholds, customer_id: int, interaction_id: int
) -> CustomerRef:
    """The customer of a contact, whom its own author may see to take it back even once a colleague has them.

    Raises as ``access_customer`` does.
    """
    theirs = exists().where(
        told.c.customer_id == customer_id, told.c.id == interaction_id, told.c.staff_id == person.id
    )
    return await access_written(session, person, thresholds, customer_id, theirs)


async def take_back(session: AsyncSession, row: Row[Any], *, now: datetime) -> bool:
    """Mark the interaction undone and end its effects, after ``begin_write``; tells whether an order went.

    Where a later contact would have had the same effect by itself, that contact has it now.
    """
    customer_id: int = row.customer_id
    effects: dict[str, Any] = row.undo or {}
    await session.execute(
        update(told)
        .where(told.c.customer_id == customer_id, told.c.id == row.id)
        .values(undone_at=now, follow_up_required=False)
    )
    await _follow_up_back(session, customer_id, row.id, effects.get("follow_up"), now)
    order = effects.get("order")
    kept = order is not None and await _order_kept(session, customer_id, row.id, order)
    this_customer = update(customers).where(customers.c.id == customer_id)
    if effects.get("owned"):
        heir = await _heir(session, customer_id, row.id, told.c.undo["order"].astext.is_not(None))
        await session.execute(
            this_customer.where(customers.c.owner_id == row.staff_id).values(owner_id=heir and heir.staff_id)
        )
        if heir:
            await _inherit(session, heir, owned=True)
    if effects.get("do_not_call"):
        before = effects["do_not_call"]["call"]
        lifted = await consents.permit_calls(session, customer_id, since=row.occurred_at, before=before)
        heir = await _heir(session, customer_id, row.id, told.c.outcome_code == Outcome.DO_NOT_CALL)
        if lifted and heir:
            forbidden = await consents.forbid_calls(session, customer_id, staff_id=heir.staff_id, at=heir.occurred_at)
            await _inherit(session, heir, do_not_call=forbidden)
        if lifted:
            await _promise_after(session, customer_id, row.id)
    await alerts.reopen_undone(session, customer_id, row.id, now=now)
    if effects.get("asks_no_calls"):
        await alerts.resume(session, customer_id, now=now)
    removed = False
    if order and not kept:
        removed = await order_writes.unconfirm(session, customer_id, order[0], created=order[1], at=now)
    await winback_outcomes.settle(session, [customer_id], now=now)
    return removed


async def _order_kept(session: AsyncSession, customer_id: int, interaction_id: int, order: list[Any]) -> bool:
    """Whether a later contact confirmed the same order once more, and so has it now."""
    heir = await _heir(session, customer_id, interaction_id, told.c.undo["order_again"].as_integer() == order[0])
    if heir is None:
        return False
    await _inherit(session, heir, order=order, order_again=None)
    await order_writes.hand_on(
        session, customer_id, order[0], created=order[1], staff_id=heir.staff_id, at=heir.occurred_at
    )
    return True


async def _follow_up_back(
    session: AsyncSession, customer_id: int, interaction_id: int, ended: int | None, now: datetime
) -> None:
    """Cancel the promise made and open the one that was ended, or let the later contact that followed end it."""
    made = await session.execute(
        update(promises)
        .where(promises.c.customer_id == customer_id, promises.c.interaction_id == interaction_id)
        .values(status="cancelled", closed_at=now, closed_by=None)
        .returning(promises.c.id)
    )
    if ended is None and made.first() is None:
        return
    promised = exists().where(promises.c.customer_id == told.c.customer_id, promises.c.interaction_id == told.c.id)
    reached = and_(
        told.c.outcome_code.is_(None) | told.c.outcome_code.not_in(UNREACHED),
        or_(told.c.interaction_type != InteractionType.OTHER, told.c.outcome.is_not(None)),
    )
    heir = await _heir(session, customer_id, interaction_id, or_(reached, promised), promised)
    if heir is None:
        if ended is not None:
            await follow_ups.reopen(session, customer_id, ended, closed_by=interaction_id)
        return
    await _inherit(session, heir, follow_up=ended)
    if ended is not None:
        forbids = heir.outcome_code == Outcome.DO_NOT_CALL
        status = "replaced" if heir.promised else "cancelled" if forbids else "done"
        await session.execute(
            update(promises)
            .where(
                promises.c.customer_id == customer_id,
                promises.c.id == ended,
                promises.c.closed_by == interaction_id,
            )
            .values(status=status, closed_by=heir.id, closed_at=heir.created_at)
        )


async def _promise_after(session: AsyncSession, customer_id: int, ban_id: int) -> None:
    """Promise what a ban taken back had kept from being promised, up to the next ban, as if it had not been.

    Where another call has been promised since, that one stands.
    """
    later = select(told).where(told.c.customer_id == customer_id, told.c.id > ban_id, told.c.undone_at.is_(None))
    made: FollowUp | None = None
    for row in (await session.execute(later.order_by(told.c.id))).all():
        contact, wanted = contact_of(row), (row.undo or {}).get("unpromised")
        forbids = contact.outcome_code == Outcome.DO_NOT_CALL
        if forbids and made is None:
            return
        if not wanted and (made is None or contact.outcome_code in UNREACHED or contact.is_remark):
            continue
        if await follow_ups.open_of(session, customer_id) != made:
            return
        facts = {"now": row.created_at, "interaction_id": row.id}
        if wanted:
            promise = typed(promises, wanted)
            made, ended = await follow_ups.promise(session, customer_id, staff_id=row.staff_id, **promise, **facts)
            await follow_ups.require(session, customer_id, row.id, required=True)
        else:
            status = "cancelled" if forbids else "done"
            made, ended = None, await follow_ups.close(session, customer_id, status=status, **facts)
        await _inherit(session, row, unpromised=None, **({"follow_up": ended.follow_up_id} if ended else {}))
        if forbids:
            return


async def _heir(
    session: AsyncSession,
    customer_id: int,
    interaction_id: int,
    condition: ColumnElement[bool],
    promised: ColumnElement[bool] | None = None,
) -> Row[Any] | None:
    """The first contact logged after this one, and not undone, for which ``condition`` holds."""
    columns = [told] if promised is None else [told, promised.label("promised")]
    return (
        await session.execute(
            select(*columns)
            .where(told.c.customer_id == customer_id, told.c.id > interaction_id, told.c.undone_at.is_(None), condition)
            .order_by(told.c.id)
            .limit(1)
        )
    ).one_or_none()


async def _inherit(session: AsyncSession, heir: Row[Any], **effects: Any) -> None:
    await session.execute(
        update(told)
        .where(told.c.customer_id == heir.customer_id, told.c.id == heir.id)
        .values(undo={**(heir.undo or {}), **effects})
    )
