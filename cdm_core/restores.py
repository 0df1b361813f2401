"""Putting back what a change by hand replaced: columns of a customer or a relative, what a customer allows, when a
call is promised."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import consents, households, name_index
from cdm_core.names import name_key
from cdm_core.phones import to_e164
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customers, follow_ups, removed_relatives
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, ConsentChannel

_NOT_BY_HAND = frozenset({"created_at", "updated_at", "imported"})
_INDEXED = frozenset({"first_name", "last_name", "name", "phone"})

Values = Mapping[str, Any] | None


async def put_back(
    session: AsyncSession,
    customer_id: int,
    kind: ChangeKind,
    relative_id: int | None,
    before: Values,
    after: Values,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> bool:
    """Put back what was there ``before``, within a core write.

    False, and nothing done, where it is not as ``after`` any more.
    """
    if kind is ChangeKind.RELATIVE:
        assert relative_id is not None
        stood = await _relative(session, customer_id, relative_id, before, after, now)
    elif kind is ChangeKind.FOLLOW_UP:
        stood = await _follow_up(session, customer_id, dict(before or {}), dict(after or {}))
    else:
        stood = await _own(session, customer_id, kind, dict(before or {}), dict(after or {}), now)
    if stood:
        await _index_again(session, customer_id, before or {}, after or {}, thresholds)
    return stood


async def _own(
    session: AsyncSession,
    customer_id: int,
    kind: ChangeKind,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> bool:
    """The customer's own columns, what they allow, and with the owner the call promised."""
    said = {one: before.pop(consents.named(one)) for one in ConsentChannel if consents.named(one) in before}
    for channel in said:
        if await consents.stored(session, customer_id, channel) != after.pop(consents.named(channel)):
            return False
    if after and not await _set(session, customers, customers.c.id == customer_id, after, before, now):
        return False
    for channel, what in said.items():
        await consents.put(session, customer_id, channel, what)
    if kind is ChangeKind.OWNER:
        await session.execute(
            update(follow_ups)
            .where(
                follow_ups.c.customer_id == customer_id,
                follow_ups.c.status == "open",
                follow_ups.c.staff_id == after["owner_id"],
            )
            .values(staff_id=before["owner_id"])
        )
    return True


async def _relative(
    session: AsyncSession, customer_id: int, relative_id: int, before: Values, after: Values, now: datetime
) -> bool:
    this = (relatives.c.customer_id == customer_id) & (relatives.c.id == relative_id)
    if before is not None and after is not None:
        return await _set(session, relatives, this, after, before, now)
    if after is not None:
        stands = await _stands(session, relatives, this, after)
        if stands:
            await session.execute(delete(relatives).where(this))
        return stands
    assert before is not None
    key, relationship = name_key(before["name"]), before["relationship"]
    namesake = exists().where(
        relatives.c.customer_id == customer_id,
        relatives.c.relationship == relationship,
        relatives.c.name_key == key,
    )
    if (await session.execute(select(namesake))).scalar_one():
        return False
    row = {**before, "customer_id": customer_id, "id": relative_id, "updated_at": now}
    await session.execute(insert(relatives).values(row))
    await session.execute(
        delete(removed_relatives).where(
            removed_relatives.c.customer_id == customer_id,
            removed_relatives.c.relationship == relationship,
            removed_relatives.c.name_key == key,
        )
    )
    return True


async def _follow_up(session: AsyncSession, customer_id: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """The time of the promised call, while it is still promised."""
    moved = await session.execute(
        update(follow_ups)
        .where(
            follow_ups.c.customer_id == customer_id,
            follow_ups.c.status == "open",
            follow_ups.c.due_at == after["due_at"],
        )
        .values(**before)
        .returning(follow_ups.c.id)
    )
    return moved.one_or_none() is not None


async def _set(
    session: AsyncSession, table: Table, this: Any, after: Mapping[str, Any], before: Mapping[str, Any], now: datetime
) -> bool:
    """Whether the row was as it was ``after`` and so is as ``before``."""
    if not await _stands(session, table, this, after):
        return False
    await session.execute(update(table).where(this).values({**before, "updated_at": now}))
    return True


async def _stands(session: AsyncSession, table: Table, this: Any, values: Mapping[str, Any]) -> bool:
    """Whether the row holds these values still; what nobody sets by hand does not matter."""
    told = {column: value for column, value in values.items() if column not in _NOT_BY_HAND}
    row = (await session.execute(select(*(table.c[column] for column in told)).where(this))).one_or_none()
    return row is not None and row._asdict() == told


async def _index_again(
    session: AsyncSession,
    customer_id: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    thresholds: Thresholds,
) -> None:
    """What is found by name and phone follows what was put back."""
    columns = {**before, **after}
    if not _INDEXED & columns.keys():
        return
    await name_index.derive(session, [customer_id], country=thresholds.country)
    if "phone" in columns:
        left = to_e164(after.get("phone") or "", thresholds.country)
        await households.update_around(
            session,
            [customer_id],
            placeholder=thresholds.placeholder_phone_customers,
            former=[left] if left else (),
        )
