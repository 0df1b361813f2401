"""A customer's master data as stored, for programs that keep their own in step."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import consents, phones
from cdm_core.access import CustomerRef
from cdm_core.tables import customer_keys, customers
from cdm_core.words import (
    ConsentChannel,
    CustomerType,
    Gender,
    InteractionType,
    Language,
    LifecycleStage,
    MaritalStatus,
)


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """``keys`` is what other systems call the customer, as ``source:key``; ``birthday`` "MM-DD", also without a year.

    ``phone`` is as people dial it, or as typed where it is no valid number. ``updated_at`` moves with changes of the
    profile, not with what follows of orders and contacts: stage, type, owner, household, consents.
    """

    customer_id: int
    keys: tuple[str, ...]
    first_name: str
    last_name: str
    phone: str | None
    phone_e164: str | None
    email: str | None
    address: str | None
    city: str | None
    district: str | None
    gender: Gender | None
    date_of_birth: date | None
    birthday: str | None
    marital_status: MaritalStatus | None
    anniversary_date: date | None
    profession: str | None
    available_time: str | None
    preferred_channel: InteractionType | None
    preferred_language: Language | None
    source: str | None
    tags: tuple[str, ...]
    customer_type: CustomerType
    lifecycle_stage: LifecycleStage
    owner_id: int | None
    household_id: int | None
    do_not_call_at: datetime | None
    consents: dict[ConsentChannel, bool]
    created_at: datetime
    updated_at: datetime


async def record(session: AsyncSession, ref: CustomerRef, *, country: str) -> CustomerRecord:
    """Of a customer to whom access was given."""
    row = (await session.execute(select(customers).where(customers.c.id == ref.customer_id))).one()
    keyed = select(customer_keys.c.source, customer_keys.c.external_id).where(
        customer_keys.c.customer_id == ref.customer_id
    )
    keys = (await session.execute(keyed.order_by(customer_keys.c.source, customer_keys.c.external_id))).all()
    return CustomerRecord(
        customer_id=row.id,
        keys=tuple(f"{key.source}:{key.external_id}" for key in keys),
        first_name=row.first_name,
        last_name=row.last_name,
        phone=phones.national(row.phone_e164, country) if row.phone_e164 else row.phone,
        phone_e164=row.phone_e164,
        email=row.email,
        address=row.address,
        city=row.city,
        district=row.district,
        gender=row.gender and Gender(row.gender),
        date_of_birth=row.date_of_birth,
        birthday="{:02}-{:02}".format(*divmod(row.birthday_md, 100)) if row.birthday_md else None,
        marital_status=row.marital_status and MaritalStatus(row.marital_status),
        anniversary_date=row.anniversary_date,
        profession=row.profession,
        available_time=row.available_time,
        preferred_channel=row.preferred_channel and InteractionType(row.preferred_channel),
        preferred_language=row.preferred_language and Language(row.preferred_language),
        source=row.source,
        tags=tuple(row.tags),
        customer_type=CustomerType(row.customer_type),
        lifecycle_stage=LifecycleStage(row.lifecycle_stage),
        owner_id=row.owner_id,
        household_id=row.household_id,
        do_not_call_at=row.do_not_call_at,
        consents=await consents.said(session, ref.customer_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
