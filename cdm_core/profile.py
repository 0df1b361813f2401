"""Who a customer is, and what nobody has asked yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import consents, duplicates, typed_hours
from cdm_core.access import CustomerRef, full_name, visible_to
from cdm_core.call_hours import Hours
from cdm_core.duplicates import Duplicate
from cdm_core.profile_values import columns_of
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customers, staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import ConsentChannel, Gender, InteractionType, Language, MaritalStatus, ProfileField

_MOST_SHARERS = 2

FIELDS = (
    "name",
    "phone",
    "email",
    "address",
    "city",
    "district",
    "gender",
    "date_of_birth",
    "marital_status",
    "profession",
    "available_time",
    "preferred_channel",
    "preferred_language",
)
"""What a full profile holds; ``missing`` names those that are empty, in this order."""


@dataclass(frozen=True, slots=True)
class Sharer:
    """Another customer with the phone, or with a relative who has it; ``owner``: the colleague who looks after them,
    where the asking person may not see them."""

    customer_id: int
    name: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Sharers:
    """The first few; ``more`` how many besides."""

    shown: tuple[Sharer, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """``phone`` is E.164, or as typed where it is no valid number; ``birthday`` is (month, day).

    ``consents``: what they said of each channel, ``sharers``: who else has the phone, ``double``:
    who may be the same person.
    """

    name: str
    phone: str | None
    email: str | None
    address: str | None
    city: str | None
    district: str | None
    gender: Gender | None
    date_of_birth: date | None
    birthday: tuple[int, int] | None
    anniversary: date | None
    marital_status: MaritalStatus | None
    profession: str | None
    stated_hours: str | None
    hours: Hours | None
    channel: InteractionType | None
    language: Language | None
    owner: str | None
    source: str | None
    tags: tuple[str, ...]
    do_not_call_at: datetime | None
    consents: Mapping[ConsentChannel, bool]
    sharers: Sharers
    missing: tuple[str, ...]
    double: Duplicate | None = None


async def profile(session: AsyncSession, person: Staff, thresholds: Thresholds, ref: CustomerRef) -> Profile:
    """The profile of a customer, as ``person`` may see it."""
    doubles = await duplicates.of(session, person, thresholds, ref.customer_id)
    row = (
        await session.execute(
            select(customers, staff.c.name.label("owner"))
            .select_from(customers.outerjoin(staff, staff.c.id == customers.c.owner_id))
            .where(customers.c.id == ref.customer_id)
        )
    ).one()
    values = {
        "name": ref.name,
        "phone": row.phone_e164 or row.phone,
        "email": row.email,
        "address": row.address,
        "city": row.city,
        "district": row.district,
        "gender": row.gender,
        "date_of_birth": row.birthday_md,
        "marital_status": row.marital_status,
        "profession": row.profession,
        "available_time": row.available_time,
        "preferred_channel": row.preferred_channel,
        "preferred_language": row.preferred_language,
    }
    return Profile(
        name=ref.name,
        phone=values["phone"] or None,
        email=row.email or None,
        address=row.address or None,
        city=row.city or None,
        district=row.district or None,
        gender=Gender(row.gender) if row.gender else None,
        date_of_birth=row.date_of_birth,
        birthday=divmod(row.birthday_md, 100) if row.birthday_md else None,
        anniversary=row.anniversary_date,
        marital_status=MaritalStatus(row.marital_status) if row.marital_status else None,
        profession=row.profession or None,
        stated_hours=row.available_time or None,
        hours=typed_hours.said_hours(row.available_time, thresholds),
        channel=InteractionType(row.preferred_channel) if row.preferred_channel in set(InteractionType) else None,
        language=Language(row.preferred_language) if row.preferred_language else None,
        owner=row.owner,
        source=row.source or None,
        tags=tuple(row.tags),
        do_not_call_at=row.do_not_call_at,
        consents=await consents.said(session, ref.customer_id),
        sharers=await _sharers(session, person, thresholds, ref, row.phone_e164) if row.phone_e164 else Sharers(),
        missing=tuple(field for field in FIELDS if not values[field]),
        double=doubles[0] if doubles else None,
    )


async def values(session: AsyncSession, ref: CustomerRef, field: ProfileField) -> dict[str, Any]:
    """What the columns of one field hold."""
    columns = [customers.c[name] for name in columns_of(field)]
    return (await session.execute(select(*columns).where(customers.c.id == ref.customer_id))).one()._asdict()


async def _sharers(
    session: AsyncSession, person: Staff, thresholds: Thresholds, ref: CustomerRef, phone: str
) -> Sharers:
    sharing = union(
        select(customers.c.id).where(customers.c.phone_e164 == phone),
        select(relatives.c.customer_id).where(relatives.c.phone_e164 == phone),
    )
    rows = (
        await session.execute(
            select(
                customers.c.id,
                customers.c.first_name,
                customers.c.last_name,
                staff.c.name.label("owner"),
                visible_to(person, thresholds).label("visible"),
                func.count().over().label("total"),
            )
            .select_from(customers.outerjoin(staff, staff.c.id == customers.c.owner_id))
            .where(customers.c.id.in_(sharing), customers.c.id != ref.customer_id)
            .order_by(customers.c.id)
            .limit(_MOST_SHARERS)
        )
    ).all()
    shown = tuple(
        Sharer(row.id, full_name(row.first_name, row.last_name), None if row.visible else row.owner) for row in rows
    )
    return Sharers(shown, rows[0].total - len(rows) if rows else 0)
