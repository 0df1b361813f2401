"""Correcting what was logged: it is undone and logged again with what changed, so that all that follows is right."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, contact_files, interactions, kept_details, order_lines, order_writes, summary
from cdm_core.access import CustomerRef
from cdm_core.contact_files import Place
from cdm_core.contacts import UNREACHED, Contact, contact_of
from cdm_core.interactions import Logged
from cdm_core.note_contacts import contact_of_note, read
from cdm_core.order_lines import OrderLine
from cdm_core.order_writes import WHICHEVER, ConfirmedOrder, Which
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions, follow_ups
from cdm_core.thresholds import Thresholds
from cdm_core.undo import own_of_today, take_back
from cdm_core.words import InteractionType, Outcome


@dataclass(frozen=True, slots=True)
class Corrected:
    """``before`` is the contact as it stood, ``logged`` what stands in its place."""

    before: Contact
    logged: Logged


async def standing(
    session: AsyncSession, person: Staff, customer: CustomerRef, interaction_id: int, *, now: datetime, zone: ZoneInfo
) -> Logged:
    """What ``person`` logged today as it stands, with its promise and its order. Raises as ``undo`` does."""
    row = await own_of_today(session, person, customer.customer_id, interaction_id, now=now, zone=zone)
    contact, order = await _whole(session, row)
    return Logged(
        interaction_id=interaction_id,
        customer=customer,
        contact=contact,
        follow_up=None,
        replaced=None,
        closed=None,
        order=order,
        running=0,
    )


async def correct(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    interaction_id: int,
    *,
    now: datetime,
    thresholds: Thresholds,
    to: CustomerRef | None = None,
    which: Which | None = None,
    **changes: Any,
) -> Corrected:
    """Change fields of the ``Contact`` that ``person`` logged today, or move it ``to`` another customer.

    ``which`` is the order it confirms, if another than before.

    Raises as ``undo`` does: nobody corrects what is undone, another's or another day's.
    """
    target = to or customer
    ids = await summary.begin_write(session, {customer.customer_id, target.customer_id})
    row = await own_of_today(session, person, customer.customer_id, interaction_id, now=now, zone=thresholds.zone)
    before, order = await _whole(session, row)
    await take_back(session, row, now=now)
    effects: dict[str, Any] = row.undo or {}
    moved = target.customer_id != customer.customer_id
    if moved and order is not None and not order.created:
        before = _as_said(before, thresholds)
    if moved:
        await kept_details.put_back(session, customer.customer_id, row.id, effects, thresholds)
    logged = await interactions.log(
        session,
        person,
        target,
        changed(before, **changes),
        now=now,
        which=which or _same(order, moved=moved),
    )
    now_at = Place(target.customer_id, logged.interaction_id)
    await contact_files.carry(session, Place(customer.customer_id, interaction_id), now_at)
    if effects.get("details") and not moved:
        await _carry(session, customer.customer_id, logged.interaction_id, effects["details"])
    await summary.refresh(session, ids)
    await audit.record(
        session,
        now,
        person,
        "corrected",
        customer_id=customer.customer_id,
        interaction_id=interaction_id,
        now_interaction_id=logged.interaction_id,
        now_customer_id=target.customer_id,
        fields=sorted(changes),
    )
    return Corrected(before, logged)


async def name_product(
    session: AsyncSession, person: Staff, stands: Logged, line_no: int, product_id: int, *, now: datetime
) -> None:
    """Say which product a line is of the order that this contact made; nothing where that is known already."""
    if stands.order is None or not any(line.line_no == line_no for line in stands.order.unclear):
        return
    customer_id = stands.customer.customer_id
    ids = await summary.begin_write(session, [customer_id])
    await order_lines.name_product(session, customer_id, stands.order.order_id, line_no, product_id, at=now)
    await summary.refresh(session, ids)
    await audit.record(
        session, now, person, "product_named", customer_id=customer_id, order_id=stands.order.order_id, line=line_no
    )


def _same(order: ConfirmedOrder | None, *, moved: bool) -> Which:
    """The order as before: one made of what was said is made anew, another customer has other orders."""
    if order is None or moved:
        return WHICHEVER
    return Which(fresh=True) if order.created else Which(order.order_id)


def _as_said(contact: Contact, thresholds: Thresholds) -> Contact:
    """Without what was known of the order of another customer: what the text says of it counts."""
    text = contact.description or ""
    said = contact_of_note(read(text, contact.at, thresholds), text, said_at=contact.at, origin="")
    return replace(contact, amount=said.amount, payment=said.payment, products=said.products)


def changed(contact: Contact, **changes: Any) -> Contact:
    """``contact`` with other fields, and without what these make untrue: nobody talks who was not reached."""
    new = replace(contact, **changes)
    if "outcome_code" not in changes:
        return new
    new = replace(new, outcome=None, asks_no_calls=changes.get("asks_no_calls", False))
    if new.type is InteractionType.OTHER and new.outcome_code not in (None, Outcome.DO_NOT_CALL):
        new = replace(new, type=InteractionType.CALL)
    if new.outcome_code is Outcome.WHATSAPP_MESSAGE_SENT:
        new = replace(new, type=InteractionType.WHATSAPP)
    if new.outcome_code in UNREACHED:
        new = replace(new, duration_seconds=None, reason=None)
    if new.outcome_code is Outcome.DO_NOT_CALL:
        new = replace(new, follow_up_at=None)
    return new


async def _whole(session: AsyncSession, row: Row[Any]) -> tuple[Contact, ConfirmedOrder | None]:
    """The contact of a row with what it promised and ordered, so that logging it again does the same."""
    promise = (
        await session.execute(
            select(follow_ups.c.due_at, follow_ups.c.asked)
            .where(follow_ups.c.customer_id == row.customer_id, follow_ups.c.interaction_id == row.id)
            .order_by(follow_ups.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    contact = contact_of(row)
    if promise is not None:
        contact = replace(contact, follow_up_at=promise.due_at, follow_up_asked=promise.asked)
    order = await _order_of(session, row)
    if order is not None:
        lines = tuple(OrderLine(name, quantity) for name, quantity in order.lines) if order.created else ()
        contact = replace(contact, amount=order.amount or None, payment=order.payment, products=lines)
    return contact, order


async def _order_of(session: AsyncSession, row: Row[Any]) -> ConfirmedOrder | None:
    confirmed = (row.undo or {}).get("order")
    if confirmed is None:
        return None
    order_id, created = confirmed
    return await order_writes.find(session, row.customer_id, order_id, created=created)


async def _carry(session: AsyncSession, customer_id: int, interaction_id: int, kept: list[Any]) -> None:
    """What was confirmed with the interaction before belongs to the one in its place."""
    this = (customer_interactions.c.customer_id == customer_id, customer_interactions.c.id == interaction_id)
    undo = (await session.execute(select(customer_interactions.c.undo).where(*this))).scalar_one()
    await session.execute(update(customer_interactions).where(*this).values(undo={**undo, "details": kept}))
