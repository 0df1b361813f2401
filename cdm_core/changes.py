"""Changes made by hand, each of which can be taken back the same day while what it set still stands.

A change holds the columns it set with their values before and after: of ``customers`` (``profile``, ``owner``), of a
relative, of what the customer allows. A consent is kept whole, as ``consents`` stores it, under the name that
``consent`` gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Table, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, consents, households, name_index, summary
from cdm_core.access import CustomerRef, access_customer, full_name
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.kept_values import plain, typed
from cdm_core.names import name_key
from cdm_core.phones import to_e164
from cdm_core.staff import Staff
from cdm_core.tables import customer_changes, customers, follow_ups, removed_relatives
from cdm_core.tables import customer_family_members as relatives
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, ConsentChannel, ProfileField

_DAY = timedelta(days=1)
_NOT_BY_HAND = frozenset({"created_at", "updated_at", "imported"})
_INDEXED = frozenset({"first_name", "last_name", "name", "phone"})

Values = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` and ``after`` are columns and values, None where the relative was not, or is no more, there.

    Dates and moments are such; a consent is None or a mapping with ``allowed``.
    """

    change_id: int
    customer_id: int
    kind: ChangeKind
    relative_id: int | None
    before: Values
    after: Values
    at: datetime
    undone_at: datetime | None

    @property
    def field(self) -> ProfileField:
        """Which field of the profile it was. ValueError for a change of another kind."""
        columns = (self.after or {}).keys() - {"phone_e164", "birth_month", "birth_day"}
        return ProfileField.NAME if len(columns) > 1 else ProfileField(*columns)


@dataclass(frozen=True, slots=True)
class UndoneChange:
    """``customer`` as it is called now, ``change`` as undone."""

    customer: CustomerRef
    change: Change


def consent(channel: ConsentChannel) -> str:
    """What a change calls the consent to a channel, beside the columns it sets."""
    return f"consent_{channel}"


async def record(
    session: AsyncSession,
    person: Staff,
    customer_id: int,
    kind: ChangeKind,
    *,
    before: Values,
    after: Values,
    now: datetime,
    relative_id: int | None = None,
) -> int:
    """Note in the same core write what ``person`` changed; gives the change's id. Audited.

    ``before`` and ``after`` name the same columns; the row of a relative is whole where the other is None. What
    follows from a name or a phone (E.164, keys) need not be in them.
    """
    change_id: int = (
        await session.execute(
            insert(customer_changes)
            .values(
                customer_id=customer_id,
                kind=kind,
                relative_id=relative_id,
                before=_kept(kind, before),
                after=_kept(kind, after),
                staff_id=person.id,
                changed_at=now,
            )
            .returning(customer_changes.c.id)
        )
    ).scalar_one()
    await audit.record(
        session,
        now,
        person,
        "changed",
        customer_id=customer_id,
        kind=kind,
        change_id=change_id,
        fields=sorted((after if after is not None else before) or ()),
    )
    return change_id


async def change(session: AsyncSession, customer_id: int, change_id: int) -> Change:
    """What was changed. Raises ``CdmError("nothing_to_undo")`` where there is no such change."""
    return _change(await _row(session, customer_id, change_id))


async def last_change_of(session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo) -> Change | None:
    """What ``person`` changed last today and has not taken back."""
    row = (
        await session.execute(
            select(customer_changes)
            .where(
                customer_changes.c.staff_id == person.id,
                customer_changes.c.undone_at.is_(None),
                customer_changes.c.changed_at > now - _DAY,
            )
            .order_by(customer_changes.c.changed_at.desc(), customer_changes.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None or local_date(row.changed_at, zone) != local_date(now, zone):
        return None
    return _change(row)


async def customer_of(
    session: AsyncSession, person: Staff, thresholds: Thresholds, customer_id: int, change_id: int
) -> CustomerRef:
    """The customer of a change, whom its own author may see to take it back even where it gave them away.

    Raises as ``access_customer`` does.
    """
    try:
        return await access_customer(session, person, thresholds, customer_id)
    except CdmError as error:
        gave_away = exists().where(
            customer_changes.c.customer_id == customer_id,
            customer_changes.c.id == change_id,
            customer_changes.c.kind == ChangeKind.OWNER,
            customer_changes.c.staff_id == person.id,
        )
        if error.code != "colleagues_customer" or not (await session.execute(select(gave_away))).scalar_one():
            raise
        return await _ref(session, customer_id)


async def undo_change(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    change_id: int,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> UndoneChange:
    """Take back what ``person`` changed today.

    Raises ``CdmError("nothing_to_undo")`` where it is not theirs or not today's, ``CdmError("already_undone", at=…)``,
    ``CdmError("changed_since", customer_id=…)`` where something else stands there by now.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    row = await _row(session, customer.customer_id, change_id)
    if row.staff_id != person.id or local_date(row.changed_at, thresholds.zone) != local_date(now, thresholds.zone):
        raise CdmError("nothing_to_undo")
    if row.undone_at is not None:
        raise CdmError("already_undone", at=row.undone_at)
    found = _change(row)
    if not await _restore(session, found, now=now):
        raise CdmError("changed_since", customer_id=customer.customer_id)
    await session.execute(
        update(customer_changes)
        .where(customer_changes.c.customer_id == customer.customer_id, customer_changes.c.id == change_id)
        .values(undone_at=now)
    )
    await _index_again(session, found, thresholds)
    await summary.refresh(session, ids)
    await audit.record(
        session, now, person, "change_undone", customer_id=customer.customer_id, kind=found.kind, change_id=change_id
    )
    return UndoneChange(await _ref(session, customer.customer_id), replace(found, undone_at=now))


async def _restore(session: AsyncSession, found: Change, *, now: datetime) -> bool:
    """Put back what was there; False, and nothing done, where it is not as the change left it."""
    if found.kind is ChangeKind.RELATIVE:
        return await _restore_relative(session, found, now=now)
    before, after = dict(found.before or {}), dict(found.after or {})
    said = {one: before.pop(consent(one)) for one in ConsentChannel if consent(one) in before}
    for channel in said:
        if await consents.stored(session, found.customer_id, channel) != after.pop(consent(channel)):
            return False
    if after and not await _set(session, customers, customers.c.id == found.customer_id, after, before, now):
        return False
    for channel, what in said.items():
        await consents.put(session, found.customer_id, channel, what)
    if found.kind is ChangeKind.OWNER:
        await session.execute(
            update(follow_ups)
            .where(
                follow_ups.c.customer_id == found.customer_id,
                follow_ups.c.status == "open",
                follow_ups.c.staff_id == after["owner_id"],
            )
            .values(staff_id=before["owner_id"])
        )
    return True


async def _restore_relative(session: AsyncSession, found: Change, *, now: datetime) -> bool:
    this = (relatives.c.customer_id == found.customer_id) & (relatives.c.id == found.relative_id)
    if found.before is not None and found.after is not None:
        return await _set(session, relatives, this, found.after, found.before, now)
    if found.after is not None:
        stands = await _stands(session, relatives, this, found.after)
        if stands:
            await session.execute(delete(relatives).where(this))
        return stands
    assert found.before is not None
    key, relationship = name_key(found.before["name"]), found.before["relationship"]
    namesake = exists().where(
        relatives.c.customer_id == found.customer_id,
        relatives.c.relationship == relationship,
        relatives.c.name_key == key,
    )
    if (await session.execute(select(namesake))).scalar_one():
        return False
    row = {**found.before, "customer_id": found.customer_id, "id": found.relative_id, "updated_at": now}
    await session.execute(insert(relatives).values(row))
    await session.execute(
        delete(removed_relatives).where(
            removed_relatives.c.customer_id == found.customer_id,
            removed_relatives.c.relationship == relationship,
            removed_relatives.c.name_key == key,
        )
    )
    return True


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


async def _index_again(session: AsyncSession, found: Change, thresholds: Thresholds) -> None:
    """What is found by name and phone follows what was put back."""
    columns = {**(found.before or {}), **(found.after or {})}
    if not _INDEXED & columns.keys():
        return
    await name_index.derive(session, [found.customer_id], country=thresholds.country)
    if "phone" in columns:
        left = to_e164((found.after or {}).get("phone") or "", thresholds.country)
        await households.update_around(
            session,
            [found.customer_id],
            placeholder=thresholds.placeholder_phone_customers,
            former=[left] if left else (),
        )


async def _row(session: AsyncSession, customer_id: int, change_id: int) -> Row[Any]:
    row = (
        await session.execute(
            select(customer_changes).where(
                customer_changes.c.customer_id == customer_id, customer_changes.c.id == change_id
            )
        )
    ).one_or_none()
    if row is None:
        raise CdmError("nothing_to_undo")
    return row


async def _ref(session: AsyncSession, customer_id: int) -> CustomerRef:
    row = (
        await session.execute(
            select(customers.c.first_name, customers.c.last_name, customers.c.owner_id).where(
                customers.c.id == customer_id
            )
        )
    ).one()
    return CustomerRef(customer_id, full_name(row.first_name, row.last_name), row.owner_id)


def _kept(kind: ChangeKind, values: Values) -> Values:
    """As JSON, without the columns that the database computes and the keys of the row."""
    if values is None:
        return None
    table = _table(kind)
    computed = {column.name for column in table.columns if column.name.endswith("_md")} | {"customer_id", "id"}
    return plain({column: value for column, value in values.items() if column not in computed})


def _change(row: Row[Any]) -> Change:
    kind = ChangeKind(row.kind)
    before, after = (None if values is None else typed(_table(kind), values) for values in (row.before, row.after))
    return Change(row.id, row.customer_id, kind, row.relative_id, before, after, row.changed_at, row.undone_at)


def _table(kind: ChangeKind) -> Table:
    return relatives if kind is ChangeKind.RELATIVE else customers
