"""Changing a profile: a field by hand, or what a customer allows, which can be taken back; many fields by a program."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alerts, changes, consents, households, name_index, summary
from cdm_core.access import CustomerRef
from cdm_core.changes import Change
from cdm_core.clock import local_date
from cdm_core.db.away import OvertakenError
from cdm_core.phones import to_e164
from cdm_core.profile_values import cleared, validate
from cdm_core.staff import Staff
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, ConsentChannel, ProfileField

Told = str | date | Sequence[str] | None
"""What a program says of a field; tags are several."""


async def set_field(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    field: ProfileField,
    text: str | None,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Change | None:
    """Set a field to what ``text`` says, or empty it (None); None where it is so already.

    Raises as ``profile_values.validate`` does. A phone that somebody else has is taken: households share them.
    """
    today = local_date(now, thresholds.zone)
    after = cleared(field) if text is None else validate(field, text, today=today, thresholds=thresholds)
    ids = await summary.begin_write(session, [customer.customer_id])
    this = customers.c.id == customer.customer_id
    row = (
        await session.execute(select(*(customers.c[name] for name in after), customers.c.phone_e164).where(this))
    ).one()
    before = {name: getattr(row, name) for name in after}
    same_phone = (
        field is ProfileField.PHONE and text is not None and row.phone_e164 == to_e164(text, thresholds.country)
    )
    if before == after or same_phone:
        return None
    await session.execute(update(customers).where(this).values(**after, updated_at=now))
    if field in (ProfileField.NAME, ProfileField.FIRST_NAME, ProfileField.LAST_NAME, ProfileField.PHONE):
        await name_index.derive(session, ids, country=thresholds.country)
    if field is ProfileField.PHONE:
        await households.update_around(
            session,
            ids,
            placeholder=thresholds.placeholder_phone_customers,
            former=[row.phone_e164] if row.phone_e164 else (),
        )
    return await _recorded(session, person, ids, ChangeKind.PROFILE, before, after, now)


async def set_fields(
    session: AsyncSession,
    program: str,
    customer: CustomerRef,
    told: Mapping[ProfileField, Told],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> bool:
    """Set fields to what ``program`` tells of them; whether anything is new.

    Raises as ``values_of`` does.
    """
    after = values_of(told, now=now, thresholds=thresholds)
    ids = await summary.begin_write(session, [customer.customer_id])
    this = customers.c.id == customer.customer_id
    columns = {*after, "phone_e164", "updated_at"}
    row = (await session.execute(select(*(customers.c[name] for name in columns)).where(this))).one_or_none()
    if row is None:
        raise OvertakenError
    after = {column: value for column, value in after.items() if value != getattr(row, column)}
    if not after:
        return False
    later = func.greatest(now, row.updated_at + timedelta(microseconds=1))
    await session.execute(update(customers).where(this).values(**after, updated_at=later))
    await name_index.derive(session, ids, country=thresholds.country)
    if "phone" in after:
        former = [row.phone_e164] if row.phone_e164 else []
        await households.update_around(session, ids, placeholder=thresholds.placeholder_phone_customers, former=former)
    before = {column: getattr(row, column) for column in after}
    await changes.note(session, program, ids[0], ChangeKind.PROFILE, before=before, after=after, now=now)
    await summary.refresh(session, ids)
    return True


def values_of(told: Mapping[ProfileField, Told], *, now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    """The columns that these fields set; nothing ("", None, no tags) empties a field.

    Raises as ``profile_values.validate`` does.
    """
    today = local_date(now, thresholds.zone)
    values: dict[str, Any] = {}
    for field, value in told.items():
        if not value:
            values |= cleared(field)
            continue
        match value:
            case str():
                text = value
            case date():
                text = f"{value:%d/%m/%Y}"
            case tags:
                text = ",".join(tags)
        values |= validate(field, text, today=today, thresholds=thresholds)
    return values


async def set_consent(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    channel: ConsentChannel,
    allowed: bool | None,
    *,
    now: datetime,
) -> Change | None:
    """Store what the customer says of a channel, None: nothing any more; None where it is so already.

    Calls that are allowed, or not spoken of, are allowed again. ValueError for calls refused: that is a contact,
    which ends promises too (``interactions.log``).
    """
    if channel is ConsentChannel.CALL and allowed is False:
        raise ValueError("who wants no calls said so in a contact")
    ids = await summary.begin_write(session, [customer.customer_id])
    before = {consents.named(channel): await consents.stored(session, customer.customer_id, channel)}
    said = {"allowed": allowed, "changed_at": now, "changed_by": person.id}
    after: dict[str, Any] = {}
    kind = ChangeKind.CONSENT
    if channel is ConsentChannel.CALL:
        kind = ChangeKind.DO_NOT_CALL
        forbidden = await _forbidden(session, customer.customer_id)
        if forbidden["do_not_call_at"] is not None:
            before |= forbidden
            after |= dict.fromkeys(forbidden)
            this = customers.c.id == customer.customer_id
            await session.execute(update(customers).where(this).values(**dict.fromkeys(forbidden), updated_at=now))
    was = before[consents.named(channel)]
    if not after and (was["allowed"] if was else None) is allowed:
        return None
    await consents.put(session, customer.customer_id, channel, None if allowed is None else said)
    after[consents.named(channel)] = await consents.stored(session, customer.customer_id, channel)
    if channel is ConsentChannel.CALL and allowed:
        await alerts.resume(session, customer.customer_id, now=now)
    return await _recorded(session, person, ids, kind, before, after, now)


async def _forbidden(session: AsyncSession, customer_id: int) -> dict[str, Any]:
    row = await session.execute(
        select(customers.c.do_not_call_at, customers.c.do_not_call_by).where(customers.c.id == customer_id)
    )
    return row.one()._asdict()


async def _recorded(
    session: AsyncSession,
    person: Staff,
    ids: list[int],
    kind: ChangeKind,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> Change:
    change_id = await changes.record(session, person, ids[0], kind, before=before, after=after, now=now)
    await summary.refresh(session, ids)
    return await changes.change(session, ids[0], change_id)
