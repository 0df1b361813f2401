"""A customer's relatives: who they are and their days."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.call_facts import NEAR_DAYS
from cdm_core.clock import local_date
from cdm_core.factors import NearOccasion
from cdm_core.month_days import completed_years, month_days
from cdm_core.tables import customer_family_members, customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType, Gender, Relationship


@dataclass(frozen=True, slots=True)
class Relative:
    """``birthday`` is (month, day), also where the year is not known; ``near`` its next date within a week.

    ``phone`` is E.164, or as typed where it is no valid number; ``same_phone``: the customer's own.
    """

    relative_id: int
    name: str
    relationship: Relationship
    gender: Gender | None
    phone: str | None
    same_phone: bool
    email: str | None
    profession: str | None
    date_of_birth: date | None
    birthday: tuple[int, int] | None
    anniversary: date | None
    near: NearOccasion | None


async def relatives(
    session: AsyncSession, ref: CustomerRef, thresholds: Thresholds, *, now: datetime
) -> tuple[Relative, ...]:
    """All relatives of a customer, in the order they were added."""
    kin = customer_family_members
    near = month_days(local_date(now, thresholds.zone), NEAR_DAYS + 1, thresholds.leap_day)
    rows = await session.execute(
        select(kin, customers.c.phone_e164.label("own_phone"))
        .join(customers, customers.c.id == kin.c.customer_id)
        .where(kin.c.customer_id == ref.customer_id)
        .order_by(kin.c.id)
    )
    return tuple(
        Relative(
            relative_id=row.id,
            name=row.name,
            relationship=Relationship(row.relationship),
            gender=Gender(row.gender) if row.gender else None,
            phone=row.phone_e164 or row.phone or None,
            same_phone=row.phone_e164 is not None and row.phone_e164 == row.own_phone,
            email=row.email,
            profession=row.profession,
            date_of_birth=row.date_of_birth,
            birthday=divmod(row.birthday_md, 100) if row.birthday_md else None,
            anniversary=row.anniversary_date,
            near=NearOccasion(
                EventType.BIRTHDAY, near[row.birthday_md], completed_years(row.date_of_birth, near[row.birthday_md])
            )
            if row.birthday_md in near
            else None,
        )
        for row in rows
    )
