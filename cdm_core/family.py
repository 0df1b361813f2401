"""A customer's relatives: who they are and their days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef, visible_to
from cdm_core.call_facts import NEAR_DAYS
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.facts import NearOccasion
from cdm_core.family_line import FamilyLine
from cdm_core.month_days import completed_years, month_days
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as kin
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType, Gender, Relationship, RelativeField


@dataclass(frozen=True, slots=True)
class Relative:
    """``birthday`` is (month, day), also where the year is not known; ``near`` its next date within a week.

    ``phone`` is E.164, or as typed where it is no valid number; ``same_phone``: the customer's own. ``also_customer``
    is the id of the customer, visible to the asking person, whom the relative is by phone. The anniversary that the
    customer keeps is the first spouse's too.
    """

    relative_id: int
    name: str
    relationship: Relationship
    gender: Gender | None
    phone: str | None
    same_phone: bool
    also_customer: int | None
    email: str | None
    profession: str | None
    date_of_birth: date | None
    birthday: tuple[int, int] | None
    anniversary: date | None
    near: NearOccasion | None
    updated_at: datetime

    def has(self, field: RelativeField) -> bool:
        match field:
            case RelativeField.DATE_OF_BIRTH:
                return self.birthday is not None
            case RelativeField.ANNIVERSARY_DATE:
                return self.anniversary is not None
        return bool(getattr(self, field))

    def news(self, line: FamilyLine) -> FamilyLine:
        """What ``line`` says of the relative that is not known yet, or known otherwise."""
        born_so = line.birthday == self.birthday and line.date_of_birth in (None, self.date_of_birth)
        return FamilyLine(
            phone=line.phone if line.phone != self.phone else None,
            email=line.email if line.email != self.email else None,
            date_of_birth=None if born_so else line.date_of_birth,
            birthday=None if born_so else line.birthday,
            anniversary=line.anniversary if line.anniversary != self.anniversary else None,
        )


async def relatives(
    session: AsyncSession, person: Staff | None, ref: CustomerRef, thresholds: Thresholds, *, now: datetime
) -> tuple[Relative, ...]:
    """All relatives of a customer, in the order they were added; ``person`` None: for an API key."""
    near = month_days(local_date(now, thresholds.zone), NEAR_DAYS + 1, thresholds.leap_day)
    rows = (await session.execute(_query(person, thresholds).where(kin.c.customer_id == ref.customer_id))).all()
    spouse = next((row.id for row in rows if row.relationship == Relationship.SPOUSE), None)
    return tuple(_relative(row, near, couples=row.id == spouse) for row in rows)


async def relative(
    session: AsyncSession,
    person: Staff | None,
    ref: CustomerRef,
    thresholds: Thresholds,
    relative_id: int,
    *,
    now: datetime,
) -> Relative:
    """One of them. Raises ``CdmError("no_such_relative", customer_id=…)``."""
    for one in await relatives(session, person, ref, thresholds, now=now):
        if one.relative_id == relative_id:
            return one
    raise CdmError("no_such_relative", customer_id=ref.customer_id)


def _query(person: Staff | None, thresholds: Thresholds) -> Select[*tuple[Any, ...]]:
    """Relatives, their customer's own phone and anniversary, and the customer each is by phone.

    A phone that the family shares is its member's alone whose name is the same; one that many share is nobody's.
    """
    own, sharers = customers.alias("own"), customers.alias("sharers")
    sharing = select(func.count()).select_from(sharers).where(sharers.c.phone_e164 == kin.c.phone_e164)
    namesake = customers.c.name_key == kin.c.name_key
    also = (
        select(customers.c.id)
        .where(
            customers.c.phone_e164 == kin.c.phone_e164,
            customers.c.id != kin.c.customer_id,
            or_(namesake, own.c.phone_e164.is_distinct_from(kin.c.phone_e164)),
            visible_to(person, thresholds),
            sharing.correlate(kin).scalar_subquery() <= thresholds.placeholder_phone_customers,
        )
        .order_by(namesake.desc(), customers.c.id)
        .limit(1)
    )
    return (
        select(
            kin,
            own.c.phone_e164.label("own_phone"),
            own.c.anniversary_date.label("own_anniversary"),
            also.correlate(kin, own).scalar_subquery().label("also_customer"),
        )
        .join(own, own.c.id == kin.c.customer_id)
        .order_by(kin.c.id)
    )


def _relative(row: Row[Any], near: Mapping[int, date], *, couples: bool) -> Relative:
    return Relative(
        relative_id=row.id,
        name=row.name,
        relationship=Relationship(row.relationship),
        gender=Gender(row.gender) if row.gender else None,
        phone=row.phone_e164 or row.phone or None,
        same_phone=row.phone_e164 is not None and row.phone_e164 == row.own_phone,
        also_customer=row.also_customer,
        email=row.email or None,
        profession=row.profession or None,
        date_of_birth=row.date_of_birth,
        birthday=divmod(row.birthday_md, 100) if row.birthday_md else None,
        anniversary=(row.own_anniversary if couples else None) or row.anniversary_date,
        near=NearOccasion(
            EventType.BIRTHDAY, near[row.birthday_md], completed_years(row.date_of_birth, near[row.birthday_md])
        )
        if row.birthday_md in near
        else None,
        updated_at=row.updated_at,
    )
