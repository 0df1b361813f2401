"""Changes made by hand, each of which can be taken back the same day while what it set still stands.

What leaves a customer out of the call list can be as long as it lasts, by whoever may see them.

A change holds the columns it set with their values before and after: of ``customers`` (``profile``, ``owner``), of a
relative, of what the customer allows, of what leaves them out of the call list. Under names of their own are kept a
consent, whole, as ``consents`` stores it (``consents.named``), the promised call that moved with the customer
(``restores.PROMISE``), the earlier removal of a relative who was added (``family_rows.BURIED``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Table, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, restores, summary
from cdm_core.access import CustomerRef, access_written, full_name
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.kept_values import plain, typed
from cdm_core.staff import Staff
from cdm_core.tables import call_feedback, customer_changes, customers, follow_ups
from cdm_core.tables import customer_family_members as relatives
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, ProfileField

_DAY = timedelta(days=1)
_LOOK_BACK = 50
"""Changes; of so many the last that stands can be taken back without its button."""

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
    told = {"kind": kind, "change_id": change_id, "fields": _fields(before, after)}
    await audit.record(session, now, person, "changed", customer_id=customer_id, **told)
    return change_id


async def note(
    session: AsyncSession,
    actor: Staff | str,
    customer_id: int,
    kind: ChangeKind,
    *,
    before: Values,
    after: Values,
    now: datetime,
    relative_id: int | None = None,
) -> tuple[int, ...]:
    """``record`` for whoever writes: the change made. Of a program's none, for nobody takes it back; it is audited."""
    if isinstance(actor, Staff):
        change_id = await record(
            session, actor, customer_id, kind, before=before, after=after, now=now, relative_id=relative_id
        )
        return (change_id,)
    fields = _fields(before, after)
    await audit.record(session, now, actor, "changed", customer_id=customer_id, kind=kind, fields=fields)
    return ()


async def change(session: AsyncSession, customer_id: int, change_id: int) -> Change:
    """What was changed. Raises ``CdmError("nothing_to_undo")`` where there is no such change."""
    return _change(await _row(session, customer_id, change_id))


async def last_change_of(session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo) -> Change | None:
    """What ``person`` changed last today, has not taken back, and still stands."""
    rows = await session.execute(
        select(customer_changes)
        .where(
            customer_changes.c.staff_id == person.id,
            customer_changes.c.undone_at.is_(None),
            customer_changes.c.changed_at > now - _DAY,
        )
        .order_by(customer_changes.c.changed_at.desc(), customer_changes.c.id.desc())
        .limit(_LOOK_BACK)
    )
    for row in rows.all():
        if local_date(row.changed_at, zone) != local_date(now, zone):
            return None
        found = _change(row)
        facts = (found.customer_id, found.kind, found.relative_id, found.before, found.after)
        if await restores.stands(session, *facts):
            return found
    return None


async def customer_of(
    session: AsyncSession, person: Staff, thresholds: Thresholds, customer_id: int, change_id: int
) -> CustomerRef:
    """The customer of a change, whom its own author may see to take it back even where it gave them away.

    Raises as ``access_customer`` does.
    """
    gave_away = exists().where(
        customer_changes.c.customer_id == customer_id,
        customer_changes.c.id == change_id,
        customer_changes.c.kind == ChangeKind.OWNER,
        customer_changes.c.staff_id == person.id,
    )
    return await access_written(session, person, thresholds, customer_id, gave_away)


async def undo_change(
    session: AsyncSession,
    person: Staff,
    customer: CustomerRef,
    change_id: int,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> UndoneChange:
    """Take back what ``person`` changed today, or whoever left the customer out of the call list, as long as it lasts.

    Raises ``CdmError("nothing_to_undo")`` where it is not theirs or not today's, ``CdmError("already_undone", at=…)``,
    ``CdmError("changed_since", customer_id=…)`` where something else stands there by now, ``CdmError("listed_again",
    at=…)`` where the call list has them again by itself.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    row = await _row(session, customer.customer_id, change_id)
    theirs = row.staff_id == person.id and local_date(row.changed_at, thresholds.zone) == local_date(
        now, thresholds.zone
    )
    if not theirs and row.kind != ChangeKind.LEFT_OUT:
        raise CdmError("nothing_to_undo")
    if row.undone_at is not None:
        raise CdmError("already_undone", at=row.undone_at)
    found = _change(row)
    if found.kind is ChangeKind.LEFT_OUT and found.after is not None and found.after["until"] <= now:
        raise CdmError("listed_again", at=found.after["until"])
    facts = (found.customer_id, found.kind, found.relative_id, found.before, found.after)
    if not await restores.put_back(session, *facts, now=now, thresholds=thresholds):
        raise CdmError("changed_since", customer_id=customer.customer_id)
    await session.execute(
        update(customer_changes)
        .where(customer_changes.c.customer_id == customer.customer_id, customer_changes.c.id == change_id)
        .values(undone_at=now)
    )
    await summary.refresh(session, ids)
    await audit.record(
        session, now, person, "change_undone", customer_id=customer.customer_id, kind=found.kind, change_id=change_id
    )
    return UndoneChange(await _ref(session, customer.customer_id), replace(found, undone_at=now))


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


def _fields(before: Values, after: Values) -> list[str]:
    return sorted((after if after is not None else before) or ())


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
    others = {
        ChangeKind.RELATIVE: relatives,
        ChangeKind.FOLLOW_UP: follow_ups,
        ChangeKind.LEFT_OUT: call_feedback,
    }
    return others.get(kind, customers)
