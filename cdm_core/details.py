"""What a note tells of the customer besides the contact: a new phone, a day of the family, once the agent confirms it.

Each is part of its interaction: undoing that puts back what was there (``cdm_core.kept_details``).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, family_rows, households, kept_details, summary
from cdm_core.access import CustomerRef
from cdm_core.family_fields import birthday_columns, new_values
from cdm_core.kept_values import plain
from cdm_core.notes.note import Occasion
from cdm_core.profile_values import lettered
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType, Relationship


@dataclass(frozen=True, slots=True)
class Kept:
    """A detail stored: whose it is now; ``name`` is None for the customer's own. ``already``: it was so before."""

    name: str | None
    already: bool


async def keep_phone(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    interaction_id: int,
    phone: str,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Kept:
    """Make ``phone`` (E.164) the customer's; the old one stays in the audit log."""
    ids = await summary.begin_write(session, [customer.customer_id])
    row = (
        await session.execute(
            select(customers.c.phone, customers.c.phone_e164).where(customers.c.id == customer.customer_id)
        )
    ).one()
    if row.phone_e164 == phone:
        return Kept(None, already=True)
    before, new = row._asdict(), {"phone": phone, "phone_e164": phone}
    await session.execute(update(customers).where(customers.c.id == customer.customer_id).values(**new, updated_at=now))
    await kept_details.remember(session, customer.customer_id, interaction_id, before=before, now=new)
    await households.update_around(
        session,
        ids,
        placeholder=thresholds.placeholder_phone_customers,
        former=[row.phone_e164] if row.phone_e164 else (),
    )
    await summary.refresh(session, ids)
    await audit.record(
        session, now, person, "phone_changed", customer_id=customer.customer_id, before=row.phone, after=phone
    )
    return Kept(None, already=False)


async def has_phone(session: AsyncSession, customer_id: int, phone: str) -> bool:
    """Whether ``phone`` (E.164) is the customer's, or a relative's of theirs."""
    own = exists().where(customers.c.id == customer_id, customers.c.phone_e164 == phone)
    related = exists().where(relatives.c.customer_id == customer_id, relatives.c.phone_e164 == phone)
    return bool((await session.execute(select(or_(own, related)))).scalar_one())


async def relatives_of_kind(session: AsyncSession, customer: CustomerRef, relationship: Relationship) -> list[str]:
    """The names of the customer's relatives of this kind."""
    rows = await session.execute(
        select(relatives.c.name)
        .where(relatives.c.customer_id == customer.customer_id, relatives.c.relationship == relationship)
        .order_by(relatives.c.id)
    )
    return list(rows.scalars())


async def keep_occasion(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    interaction_id: int,
    occasion: Occasion,
    *,
    now: datetime,
    name: str | None = None,
) -> Kept:
    """Store a day of the customer or of a relative.

    The relative is the one of that kind called ``name``, without a name the first of the kind; unknown ones are
    added, so ``name`` is needed where there is none yet. ValueError without it, and for an anniversary of no year;
    raises as ``profile_values.lettered`` does.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    told = _values(occasion)
    relative_id: int | None = None
    if occasion.relationship is None or is_couples(occasion):
        held = (await session.execute(select(customers).where(customers.c.id == customer.customer_id))).one()
        whose = None
    else:
        relative_id = await _member(session, customer.customer_id, occasion.relationship, name)
        if relative_id is None:
            return await _add(session, person, customer, interaction_id, occasion, told, name, now)
        held = await family_rows.row_of(session, customer.customer_id, relative_id)
        whose = held.name
    values = new_values(held._mapping, told)
    if not values:
        return Kept(whose, already=True)
    before = {column: held._mapping[column] for column in values}
    if relative_id is None:
        this = customers.c.id == customer.customer_id
        await session.execute(update(customers).where(this).values(**values, updated_at=now))
    else:
        await family_rows.update_row(session, held, values, person, now=now)
    await kept_details.remember(
        session, customer.customer_id, interaction_id, before=before, now=values, relative=relative_id
    )
    await summary.refresh(session, ids)
    await audit.record(
        session,
        now,
        person,
        "occasion_kept",
        customer_id=customer.customer_id,
        before=plain(before),
        whose=whose,
    )
    return Kept(whose, already=False)


def is_couples(occasion: Occasion) -> bool:
    """Whether it is the anniversary of customer and spouse, which is kept as the customer's own."""
    return occasion.relationship is Relationship.SPOUSE and occasion.event_type is EventType.ANNIVERSARY


async def _member(session: AsyncSession, customer_id: int, relationship: Relationship, name: str | None) -> int | None:
    if name is not None:
        return await family_rows.called(session, customer_id, relationship, name)
    query = select(relatives.c.id).where(
        relatives.c.customer_id == customer_id, relatives.c.relationship == relationship
    )
    return (await session.execute(query.order_by(relatives.c.id).limit(1))).scalar_one_or_none()


async def _add(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    interaction_id: int,
    occasion: Occasion,
    values: dict[str, Any],
    name: str | None,
    now: datetime,
) -> Kept:
    if name is None:
        raise ValueError("a new relative needs a name")
    told = {"name": lettered(name)[:255], "relationship": occasion.relationship, **values}
    member_id, burial = await family_rows.insert_row(session, customer.customer_id, told, now=now)
    await kept_details.remember(
        session,
        customer.customer_id,
        interaction_id,
        before=dict.fromkeys(values),
        now=values,
        relative=member_id,
        added=True,
        burial=burial,
    )
    await summary.refresh(session, [customer.customer_id])
    await audit.record(session, now, person, "relative_added", customer_id=customer.customer_id, relative_id=member_id)
    return Kept(name, already=False)


def _values(occasion: Occasion) -> dict[str, Any]:
    if occasion.event_type is EventType.ANNIVERSARY:
        if occasion.year is None:
            raise ValueError("an anniversary needs its year")
        return {"anniversary_date": date(occasion.year, occasion.month, occasion.day)}
    born = None if occasion.year is None else date(occasion.year, occasion.month, occasion.day)
    return birthday_columns(born, occasion.month, occasion.day)
