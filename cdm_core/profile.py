"""Who a customer is, and what nobody has asked yet."""

from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.call_hours import stated_hours
from cdm_core.tables import customers, staff
from cdm_core.words import Gender, InteractionType, Language, MaritalStatus

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
class Profile:
    """``phone`` is E.164, or as typed where it is no valid number; ``birthday`` is (month, day)."""

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
    hours: tuple[time, time] | None
    channel: InteractionType | None
    language: Language | None
    owner: str | None
    source: str | None
    tags: tuple[str, ...]
    missing: tuple[str, ...]


async def profile(session: AsyncSession, ref: CustomerRef) -> Profile:
    """The profile of a customer."""
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
        hours=stated_hours(row.available_time),
        channel=InteractionType(row.preferred_channel) if row.preferred_channel in set(InteractionType) else None,
        language=Language(row.preferred_language) if row.preferred_language else None,
        owner=row.owner,
        source=row.source or None,
        tags=tuple(row.tags),
        missing=tuple(field for field in FIELDS if not values[field]),
    )
