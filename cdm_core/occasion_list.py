"""Birthdays and anniversaries to come, one a row, for programs that greet: customers' own and their relatives'.

The rows are those of the view ``upcoming_birthdays_anniversaries``, whose today is the transaction's ``cdm_now()``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import phones
from cdm_core.access import full_name
from cdm_core.consents import may_be_called
from cdm_core.listed import FIRST, Listed, Window, total
from cdm_core.tables import customers
from cdm_core.tables.views import upcoming_birthdays_anniversaries
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType, Relationship

MOST_DAYS = 365

_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    """``type`` is "customer" or "family"; of a relative without a phone ``phone`` is the customer's.

    ``phone`` is as people dial it, or as typed where it is no valid number. ``age_or_years`` is what the day completes,
    None where the year is unknown.
    """

    type: str
    customer_id: int
    customer_name: str
    family_member_id: int | None
    relationship: Relationship | None
    name: str
    phone: str | None
    email: str | None
    owner_id: int | None
    event_type: EventType
    event_date: date
    days_until_event: int
    age_or_years: int | None


async def upcoming(
    session: AsyncSession,
    thresholds: Thresholds,
    event: EventType | None,
    *,
    days: int,
    window: Window = FIRST,
) -> Listed[Event]:
    """A page of the events of today and the next ``days``, the next ones first; of one kind, or (None) of both.

    Nobody who wants no calls is among them, nor anybody of whom it is still asked.
    """
    view = upcoming_birthdays_anniversaries.c
    wanted: list[ColumnElement[bool] | TextClause] = [
        view.days_until_event.between(0, days),
        text(may_be_called(upcoming_birthdays_anniversaries.name, "customer_id")),
    ]
    if event is not None:
        wanted.append(view.event_type == event)
    number, more = await total(session, select(view.customer_id).where(*wanted))
    # The next days alone fill most pages of a large shop.
    reach = 0 if number > _MANY else days
    query = (
        select(upcoming_birthdays_anniversaries)
        .where(*wanted)
        .order_by(view.days_until_event, view.customer_id, view.family_member_id.nulls_first(), view.event_type)
        .limit(window.limit + 1)
        .offset(window.offset)
    )
    while len(rows := (await session.execute(query.where(view.days_until_event <= reach))).all()) <= window.limit:
        if reach == days:
            break
        reach = min(days, 2 * reach + 1)
    people = customers.c
    known = select(people.id, people.first_name, people.last_name, people.phone, people.phone_e164)
    whose = (await session.execute(known.where(people.id.in_({row.customer_id for row in rows})))).all()
    names = {row.id: full_name(row.first_name, row.last_name) for row in whose}
    own = {row.phone: row.phone_e164 for row in whose}
    return Listed.by_offset(
        [
            Event(
                type=row.type,
                customer_id=row.customer_id,
                customer_name=names.get(row.customer_id, ""),
                family_member_id=row.family_member_id,
                relationship=Relationship(row.relationship) if row.relationship else None,
                name=row.name,
                phone=_dialled(row.phone, own, thresholds.country),
                email=row.email or None,
                owner_id=row.owner_id,
                event_type=EventType(row.event_type),
                event_date=row.event_date,
                days_until_event=row.days_until_event,
                age_or_years=row.age_or_years,
            )
            for row in rows
        ],
        window,
        number,
        more=more,
    )


def _dialled(phone: str | None, known: Mapping[str | None, str | None], country: str) -> str | None:
    """``known`` are phones as written with what is stored of them: reading each anew makes up much of a page."""
    e164 = (known.get(phone) or phones.to_e164(phone, country)) if phone else None
    return phones.national(e164, country) if e164 else phone or None
