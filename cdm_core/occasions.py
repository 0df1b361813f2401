"""Birthdays and anniversaries to come, of customers and their relatives: whose they are to wish, one call a household.

Read from the view ``upcoming_birthdays_anniversaries``, whose today is the transaction's ``cdm_now()``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import deals, duty
from cdm_core.access import visible_to
from cdm_core.clock import local_date
from cdm_core.consents import may_be_called
from cdm_core.duty import Roster
from cdm_core.staff import Staff
from cdm_core.tables import customers
from cdm_core.tables.views import upcoming_birthdays_anniversaries
from cdm_core.thresholds import Thresholds
from cdm_core.words import CustomerType, EventType, Gender, LifecycleStage, Relationship, Role


@dataclass(frozen=True, slots=True)
class Found:
    """An occasion as the view has it; ``years`` is the age or years it completes, None where the year is unknown."""

    customer_id: int
    relative_id: int | None
    household_id: int
    owner_id: int | None
    event: EventType
    day: date
    years: int | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """A day of ``customer``, or of a relative (``relationship`` set, ``relative`` the name).

    At a customer's own anniversary ``relative`` is the spouse, where known.
    """

    customer_id: int
    customer: str
    event: EventType
    day: date
    years: int | None
    relative: str | None = None
    relationship: Relationship | None = None
    gender: Gender | None = None


@dataclass(frozen=True, slots=True)
class OccasionCall:
    """One household, one call: to ``customer_id``, who has the first of its ``occasions`` or a relative who has.

    ``phone`` is the customer's as E.164, else the relative's; ``lifetime_value`` is in the shop's currency.
    ``last_order_at`` is None where they have not bought yet.
    """

    customer_id: int
    customer: str
    owner_id: int | None
    phone: str | None
    type: CustomerType
    stage: LifecycleStage
    lifetime_value: Decimal
    last_contact_at: datetime | None
    last_order_at: datetime | None
    occasions: tuple[Occasion, ...]

    @property
    def day(self) -> date:
        return self.occasions[0].day


Household = tuple[Found, ...]
"""The occasions of one household, the earliest first."""

_DETAILS = text(
    """
    SELECT f.place, c.id AS customer_id, c.owner_id,
           cdm_name(c.first_name, c.last_name) AS customer,
           coalesce(c.phone_e164, k.phone_e164, nullif(c.phone, ''), nullif(k.phone, '')) AS phone,
           coalesce(s.customer_type, c.customer_type) AS customer_type,
           coalesce(s.lifecycle_stage, c.lifecycle_stage) AS lifecycle_stage,
           coalesce(s.lifetime_value, 0) AS lifetime_value, s.last_contact_at, s.last_order_date,
           k.name AS relative, k.relationship, k.gender, p.name AS spouse, p.gender AS spouse_gender
    FROM unnest(CAST(:customers AS bigint[]), CAST(:relatives AS bigint[]))
         WITH ORDINALITY AS f (customer_id, relative_id, place)
    JOIN customers c ON c.id = f.customer_id
    LEFT JOIN customer_summary s ON s.customer_id = c.id
    LEFT JOIN customer_family_members k ON k.customer_id = f.customer_id AND k.id = f.relative_id
    LEFT JOIN LATERAL (
        SELECT name, gender FROM customer_family_members
        WHERE customer_id = c.id AND relationship = 'spouse'
        ORDER BY anniversary_md IS NOT DISTINCT FROM c.anniversary_md DESC, id LIMIT 1
    ) p ON true
    """
)


async def upcoming(
    session: AsyncSession, person: Staff | None, thresholds: Thresholds, *, first: date, days: int, now: datetime
) -> tuple[Household, ...]:
    """The households with an occasion on one of the ``days`` from ``first`` on (today or later, within a year).

    ``person``'s are those of customers they own, and of unowned ones those that the deal of the day gives them; a
    manager's and an admin's all they may see; with None all are given. The earliest first, and of one day those who
    bought for most. Nobody who wants no calls is among them.
    """
    view = upcoming_birthdays_anniversaries.c
    ahead = (first - local_date(now, thresholds.zone)).days
    statement: Select[Any] = select(
        view.customer_id,
        view.family_member_id,
        view.owner_id,
        view.household_id,
        view.event_type,
        view.event_date,
        view.age_or_years,
    ).where(
        view.days_until_event.between(ahead, ahead + days - 1),
        text(may_be_called(upcoming_birthdays_anniversaries.name, "customer_id")),
    )
    if person is not None:
        statement = _of(person, thresholds, statement)
    found = [
        Found(
            customer_id=row.customer_id,
            relative_id=row.family_member_id,
            household_id=row.household_id or row.customer_id,
            owner_id=row.owner_id,
            event=EventType(row.event_type),
            day=row.event_date,
            years=row.age_or_years,
        )
        for row in await session.execute(statement)
    ]
    if person is not None and person.role is Role.AGENT:
        found = await _dealt_to(session, person, found, local_date(now, thresholds.zone), thresholds)
    return await _in_order(session, found)


def mine(person: Staff) -> Callable[[Household], bool]:
    """Whether a household is ``person``'s own to wish, also where they may see more (as managers do)."""
    return lambda household: person.role is Role.AGENT or any(found.owner_id == person.id for found in household)


async def details(session: AsyncSession, households: Sequence[Household]) -> tuple[OccasionCall, ...]:
    """What one needs to know to make these calls, in the same order."""
    flat = [found for household in households for found in household]
    rows = {
        row.place - 1: row
        for row in await session.execute(
            _DETAILS,
            {
                "customers": [found.customer_id for found in flat],
                "relatives": [found.relative_id for found in flat],
            },
        )
    }
    calls = []
    place = 0
    for household in households:
        row = rows[place]
        calls.append(
            OccasionCall(
                customer_id=row.customer_id,
                customer=row.customer,
                owner_id=row.owner_id,
                phone=row.phone,
                type=CustomerType(row.customer_type),
                stage=LifecycleStage(row.lifecycle_stage),
                lifetime_value=row.lifetime_value,
                last_contact_at=row.last_contact_at,
                last_order_at=row.last_order_date,
                occasions=tuple(_occasion(found, rows[place + n]) for n, found in enumerate(household)),
            )
        )
        place += len(household)
    return tuple(calls)


def _occasion(found: Found, row: Any) -> Occasion:
    own = found.relative_id is None
    couple = own and found.event is EventType.ANNIVERSARY and row.spouse is not None
    relationship = Relationship.SPOUSE if couple else row.relationship and Relationship(row.relationship)
    gender = row.spouse_gender if couple else row.gender
    return Occasion(
        customer_id=found.customer_id,
        customer=row.customer,
        event=found.event,
        day=found.day,
        years=found.years,
        relative=row.spouse if couple else row.relative,
        relationship=relationship or None,
        gender=Gender(gender) if gender else None,
    )


def _of(person: Staff, thresholds: Thresholds, statement: Select[Any]) -> Select[Any]:
    view = upcoming_birthdays_anniversaries.c
    if person.role is Role.AGENT:
        return statement.where(or_(view.owner_id == person.id, view.owner_id.is_(None)))
    seen: ColumnElement[bool] = visible_to(person, thresholds)
    if seen.compare(true()):
        return statement
    return statement.join(customers, customers.c.id == view.customer_id).where(seen)


async def _dealt_to(
    session: AsyncSession, person: Staff, found: Sequence[Found], today: date, thresholds: Thresholds
) -> list[Found]:
    """Those of the person's own customers, and of the unowned their part.

    An occasion belongs to the deal of its day; of a day when nobody works, to that of the last day before when
    somebody does, whose morning list brings it.
    """
    unowned = [one for one in found if one.owner_id is None]
    if not unowned:
        return list(found)
    roster = await duty.roster(session, today, max(one.day for one in unowned), thresholds)
    # Days to come with the same people on duty are foretold together: nothing is dealt for them yet.
    together: dict[tuple[bool, tuple[int, ...]], tuple[date, list[Found]]] = {}
    duty_days = {day: _duty_day(day, today, roster) for day in {one.day for one in unowned}}
    on_duty_on = {day: tuple(agent.id for agent in roster.on(day)) for day in duty_days.values()}
    for one in unowned:
        day = duty_days[one.day]
        together.setdefault((day == today, on_duty_on[day]), (day, []))[1].append(one)
    theirs = [one for one in found if one.owner_id is not None]
    for (is_today, on_duty), (day, ones) in together.items():
        ids = sorted({one.customer_id for one in ones})
        whose = await deals.whose(session, day, ids, on_duty, keep=is_today)
        theirs += [one for one in ones if whose.get(one.customer_id) == person.id]
    return theirs


def _duty_day(day: date, today: date, roster: Roster) -> date:
    while day > today and not roster.on(day):
        day -= timedelta(days=1)
    return day


async def _in_order(session: AsyncSession, found: Iterable[Found]) -> tuple[Household, ...]:
    households: dict[int, list[Found]] = {}
    for one in found:
        households.setdefault(one.household_id, []).append(one)
    value = await _values(session, [one.customer_id for ones in households.values() for one in ones])
    for ones in households.values():
        ones.sort(
            key=lambda one: (
                one.day,
                -value.get(one.customer_id, 0.0),
                one.customer_id,
                one.relative_id or 0,
                one.event,
            )
        )
    ordered = sorted(
        households.values(), key=lambda ones: (ones[0].day, -value.get(ones[0].customer_id, 0.0), ones[0].customer_id)
    )
    return tuple(map(tuple, ordered))


async def _values(session: AsyncSession, ids: Sequence[int]) -> dict[int, float]:
    rows = await session.execute(
        text("SELECT customer_id, value FROM call_ranking WHERE customer_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": sorted(set(ids))},
    )
    return {customer_id: value for customer_id, value in rows if value}
