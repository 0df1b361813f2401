"""Logging a contact: the fact, and all that follows from it, in one write that can be undone (``cdm_core.undo``)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alerts, consents, follow_ups, order_writes, summary, winback_outcomes
from cdm_core.access import CustomerRef
from cdm_core.contacts import UNREACHED, Contact
from cdm_core.follow_ups import FollowUp
from cdm_core.kept_values import plain
from cdm_core.order_writes import WHICHEVER, Confirmation, ConfirmedOrder, WaitingOrder, Which
from cdm_core.staff import Staff
from cdm_core.tables import claims, customer_interactions, customers
from cdm_core.words import Direction, InteractionType, Outcome


@dataclass(frozen=True, slots=True)
class Logged:
    """What logging did: ``running`` counts attempts without an answer in a row, this one with them; ``waiting`` are
    the orders of which one was confirmed, nobody knows which. ``held_by`` is the colleague who had the customer.
    ``unpromised``: a call was to be promised, to a customer who is not to be called.
    """

    interaction_id: int
    customer: CustomerRef
    contact: Contact
    follow_up: FollowUp | None
    replaced: FollowUp | None
    closed: FollowUp | None
    order: ConfirmedOrder | None
    running: int
    waiting: tuple[WaitingOrder, ...] = ()
    held_by: int | None = None
    unpromised: bool = False


async def log(
    session: AsyncSession,
    person: Staff | None,
    customer: CustomerRef,
    contact: Contact,
    *,
    now: datetime,
    which: Which = WHICHEVER,
) -> Logged:
    """Write the contact and what follows: follow-up, order, do-not-call, claim, summary.

    A contact that reached the customer closes the open follow-up; a new time replaces it, but no call is promised to
    whom nobody is to call. A confirmed order makes
    an unowned customer the agent's; ``which`` tells the order where that is known. The caller has checked
    access; the row itself records who logged what. Without a ``person`` it is another system's, nobody's claim ends
    by it, and the alert it answers is closed by ``alert_ends``.
    """
    by = person.id if person else None
    ids = await summary.begin_write(session, [customer.customer_id])
    wanted = (contact.follow_up_at, contact.follow_up_asked)
    unpromised = contact.follow_up_at is not None and await consents.calls_forbidden(session, customer.customer_id)
    if unpromised:
        contact = replace(contact, follow_up_at=None, follow_up_asked=False)
    interaction_id = await _insert(session, person, customer.customer_id, contact, now)
    follow_up, replaced, closed = await _settle_follow_up(
        session, person, customer.customer_id, contact, interaction_id, now
    )
    confirmed = Confirmation(None)
    if contact.outcome_code is Outcome.ORDER_CONFIRMED:
        confirmed = await order_writes.confirm(
            session,
            customer.customer_id,
            staff_id=by,
            at=contact.at,
            amount=contact.amount,
            payment=contact.payment,
            lines=contact.products,
            which=which,
        )
    order = confirmed.order
    owned = order is not None and person is not None and await _own(session, customer.customer_id, person)
    forbidden = (
        await consents.forbid_calls(session, customer.customer_id, staff_id=by, at=contact.at)
        if contact.outcome_code is Outcome.DO_NOT_CALL
        else None
    )
    held_by = None
    if person is not None and not contact.is_remark and not contact.past:
        held_by = await _end_claim(session, person, customer.customer_id, now)
        await alerts.contacted(
            session,
            person,
            customer.customer_id,
            outcome=contact.outcome_code,
            unreached=contact.outcome_code in UNREACHED,
            interaction_id=interaction_id,
            order_id=order.order_id if order else None,
            now=now,
        )
    ended = replaced or closed
    undo = {
        "follow_up": ended.follow_up_id if ended else None,
        "order": [order.order_id, order.created] if order and order.already is None else None,
        "order_again": order.order_id if order and order.already else None,
        "owned": owned,
        "do_not_call": forbidden,
        "asks_no_calls": contact.asks_no_calls,
        "told_by": contact.type if contact.asks_no_calls else None,
        "unpromised": plain(dict(zip(("due_at", "asked"), wanted, strict=True))) if unpromised else None,
    }
    await session.execute(
        update(customer_interactions)
        .where(
            customer_interactions.c.customer_id == customer.customer_id, customer_interactions.c.id == interaction_id
        )
        .values(undo=undo, follow_up_required=follow_up is not None)
    )
    await winback_outcomes.settle(session, ids, now=now)
    await summary.refresh(session, ids)
    return Logged(
        interaction_id=interaction_id,
        customer=customer,
        contact=contact,
        follow_up=follow_up,
        replaced=replaced,
        closed=closed,
        order=order,
        waiting=confirmed.waiting,
        held_by=held_by,
        unpromised=unpromised,
        running=await _unreached_in_a_row(session, customer.customer_id) if contact.outcome_code in UNREACHED else 0,
    )


async def _insert(
    session: AsyncSession, person: Staff | None, customer_id: int, contact: Contact, now: datetime
) -> int:
    interaction_id: int = (
        await session.execute(
            insert(customer_interactions)
            .values(
                customer_id=customer_id,
                interaction_type=InteractionType.OTHER if contact.is_remark else contact.type,
                interaction_direction=contact.direction,
                subject=contact.subject,
                description=contact.description,
                outcome=contact.outcome or contact.outcome_code,
                outcome_code=contact.outcome_code,
                reason=contact.reason,
                duration_seconds=contact.duration_seconds,
                occurred_at=contact.at,
                staff_id=person.id if person else None,
                source=contact.source,
                origin=contact.origin,
                created_at=now,
            )
            .returning(customer_interactions.c.id)
        )
    ).scalar_one()
    return interaction_id


async def _settle_follow_up(
    session: AsyncSession, person: Staff | None, customer_id: int, contact: Contact, interaction_id: int, now: datetime
) -> tuple[FollowUp | None, FollowUp | None, FollowUp | None]:
    """The new follow-up, the one it replaced, and the one that the contact closed."""
    if contact.follow_up_at is not None and contact.outcome_code is not Outcome.DO_NOT_CALL:
        new, replaced = await follow_ups.promise(
            session,
            customer_id,
            staff_id=person.id if person else None,
            due_at=contact.follow_up_at,
            asked=contact.follow_up_asked,
            now=now,
            interaction_id=interaction_id,
        )
        return new, replaced, None
    if contact.outcome_code in UNREACHED or not contact.is_ours(person):
        return None, None, None
    status = "cancelled" if contact.outcome_code is Outcome.DO_NOT_CALL else "done"
    closed = await follow_ups.close(
        session,
        customer_id,
        status=status,
        now=now,
        interaction_id=interaction_id,
        promised_until=contact.at if contact.past else None,
    )
    return None, None, closed


async def _own(session: AsyncSession, customer_id: int, person: Staff) -> bool:
    """An unowned customer becomes the agent's with the first confirmed order; tells whether it did."""
    result = await session.execute(
        update(customers)
        .where(customers.c.id == customer_id, customers.c.owner_id.is_(None))
        .values(owner_id=person.id)
        .returning(customers.c.id)
    )
    return result.one_or_none() is not None


async def _end_claim(session: AsyncSession, person: Staff, customer_id: int, now: datetime) -> int | None:
    """Who has been in touch needs no claim; gives the colleague whose claim it was."""
    held = (
        await session.execute(
            delete(claims).where(claims.c.customer_id == customer_id).returning(claims.c.staff_id, claims.c.expires_at)
        )
    ).one_or_none()
    return held.staff_id if held and held.staff_id != person.id and held.expires_at > now else None


async def _unreached_in_a_row(session: AsyncSession, customer_id: int) -> int:
    rows = await session.execute(
        select(customer_interactions.c.outcome_code)
        .where(
            customer_interactions.c.customer_id == customer_id,
            customer_interactions.c.undone_at.is_(None),
            customer_interactions.c.interaction_direction == Direction.OUTBOUND,
            or_(
                customer_interactions.c.interaction_type != InteractionType.OTHER,
                customer_interactions.c.outcome.is_not(None),
            ),
        )
        .order_by(customer_interactions.c.occurred_at.desc(), customer_interactions.c.id.desc())
        .limit(20)
    )
    count = 0
    for code in rows.scalars():
        if code not in UNREACHED:
            break
        count += 1
    return count
