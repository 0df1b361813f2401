"""Customers as other programs tell of them: made, or brought up to date, by the program's own key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import (
    access,
    audit,
    customer_keys,
    households,
    leads,
    name_index,
    profile_writes,
    summary,
    tables,
    tombstones,
)
from cdm_core.access import CustomerRef
from cdm_core.db.away import OvertakenError
from cdm_core.errors import CdmError
from cdm_core.imports.patience import briefly
from cdm_core.phones import to_e164
from cdm_core.profile_writes import Told
from cdm_core.tables import customers, merges
from cdm_core.thresholds import Thresholds
from cdm_core.words import ProfileField


@dataclass(frozen=True, slots=True)
class Key:
    """What ``source`` calls a customer."""

    source: str
    external_id: str


async def put(
    session: AsyncSession,
    program: str,
    key: Key,
    told: Mapping[ProfileField, Told],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> tuple[int, bool]:
    """The customer of this key with what is told of them, and whether they are new. Of two at once, a file among them,
    one makes them.

    Raises ``OvertakenError`` where others have just made them (run it again), as ``profile_writes.values_of`` and
    ``access_customer`` do, and ``CdmError("erased_customer", …)`` too where the phone of somebody new was that of
    somebody erased.
    """
    known = await _known(session, key)
    if known is None:
        return await _make(session, program, told, key, now=now, thresholds=thresholds), True
    ref = await access.access_customer(session, None, thresholds, known)
    await profile_writes.set_fields(session, program, ref, told, now=now, thresholds=thresholds)
    return ref.customer_id, False


async def add(
    session: AsyncSession,
    program: str,
    told: Mapping[ProfileField, Told],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> int:
    """A customer without a key, told apart by the phone.

    Raises ``CdmError("phone_missing")``, ``CdmError("phone_known", customer_id=…)`` where a customer has it, and as
    ``put`` does.
    """
    phone = to_e164(str(told.get(ProfileField.PHONE) or ""), thresholds.country)
    if phone is None:
        profile_writes.values_of(told, now=now, thresholds=thresholds)
        raise CdmError("phone_missing")
    await _refuse_known(session, phone)
    return await _make(session, program, told, None, now=now, thresholds=thresholds)


async def change(
    session: AsyncSession,
    program: str,
    customer: CustomerRef,
    told: Mapping[ProfileField, Told],
    *,
    phone_shared: bool,
    now: datetime,
    thresholds: Thresholds,
) -> None:
    """Set fields of a customer; a phone of somebody else is theirs too where ``phone_shared`` says so.

    Raises ``CdmError("phone_taken", customer_id=…)`` where it does not, and as ``profile_writes.set_fields`` does.
    """
    phone = to_e164(str(told.get(ProfileField.PHONE) or ""), thresholds.country)
    if phone is not None and not phone_shared:
        await _refuse_known(session, phone, besides=customer.customer_id)
    await profile_writes.set_fields(session, program, customer, told, now=now, thresholds=thresholds)


async def _refuse_known(session: AsyncSession, phone: str, besides: int | None = None) -> None:
    """Keep the phone (E.164) for this transaction. Raises ``CdmError`` where a customer has it, or had when they were
    merged into another: ``phone_known``, or ``phone_taken`` where it is told of ``besides``, who has another."""
    await leads.lock(session, phone)
    own = select(customers.c.id).where(customers.c.phone_e164 == phone)
    went = select(merges.c.customer_id).where(merges.c.gone_phone == phone, merges.c.undone_at.is_(None))
    known = set((await session.execute(own.union_all(went))).scalars())
    if known and besides not in known:
        raise CdmError("phone_known" if besides is None else "phone_taken", customer_id=min(known))


async def _known(session: AsyncSession, key: Key) -> int | None:
    try:
        return await customer_keys.customer_of(session, key.source, key.external_id)
    except CdmError:
        return None


async def _make(
    session: AsyncSession,
    program: str,
    told: Mapping[ProfileField, Told],
    key: Key | None,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> int:
    values: dict[str, Any] = profile_writes.values_of(told, now=now, thresholds=thresholds)
    phone = to_e164(values.get("phone") or "", thresholds.country)
    if phone is not None and (erased := await tombstones.leads_to(session, tombstones.of_phone(phone))) is not None:
        raise CdmError("erased_customer", customer_id=erased)
    await summary.begin_write(session, ())  # nobody else can know the id yet
    values.setdefault("source", key.source if key else program.removeprefix("key:")[:50])
    added = insert(customers).values(**values, created_at=now, updated_at=now).returning(customers.c.id)
    customer_id: int = (await session.execute(added)).scalar_one()
    if key is not None:
        keyed = {"source": key.source, "external_id": key.external_id, "customer_id": customer_id}
        kept = insert(tables.customer_keys).values(keyed).on_conflict_do_nothing()
        async with briefly(session):
            made = (await session.execute(kept.returning(tables.customer_keys.c.customer_id))).first()
        if made is None:
            raise OvertakenError
    await name_index.derive(session, [customer_id], country=thresholds.country)
    if phone is not None:
        await households.update_around(session, [customer_id], placeholder=thresholds.placeholder_phone_customers)
    await audit.record(session, now, program, "created", customer_id=customer_id)
    await summary.refresh(session, [customer_id])
    return customer_id
