"""Adding, changing and removing relatives. Each change by hand can be taken back (``cdm_core.changes``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes, family_rows, summary
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.family_fields import new_values, values_of
from cdm_core.family_line import FamilyLine
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, Gender, Relationship

_TOLD_APART_BY = ("relationship", "name", "phone_e164", "date_of_birth")


@dataclass(frozen=True, slots=True)
class Written:
    """The relative after it (before it, where removed), and the ``changes`` that were made, to be undone together.

    A program's are none: nobody takes them back.
    """

    relative_id: int
    name: str
    relationship: Relationship
    gender: Gender | None
    changes: tuple[int, ...]


async def add(
    session: AsyncSession,
    actor: Staff | str,
    customer: CustomerRef,
    line: FamilyLine,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Written:
    """Add the relative of ``line``, which has a relationship and a name.

    Raises ``CdmError("relative_known", relative_id=…)`` where that relative is there already, and what ``values_of``
    raises.
    """
    values = values_of(line, now=now, thresholds=thresholds)
    return await add_values(session, actor, customer, values, now=now, thresholds=thresholds)


async def add_values(
    session: AsyncSession,
    actor: Staff | str,
    customer: CustomerRef,
    values: Mapping[str, Any],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Written:
    """Add a relative of these columns, relationship and name among them, as ``values_of`` and ``read_field`` give them.

    Raises ``CdmError("relative_known", relative_id=…)``.
    """
    values = dict(values)
    ids = await summary.begin_write(session, [customer.customer_id])
    known = await family_rows.same(session, customer.customer_id, values)
    if known is not None:
        raise CdmError("relative_known", customer_id=customer.customer_id, relative_id=known)
    couples: tuple[int, ...] = ()
    if await _is_couples(session, customer.customer_id, None, values):
        couples = await _keep_couples(session, actor, customer, values.pop("anniversary_date"), now=now)
    relative_id, burial = await family_rows.insert_row(session, customer.customer_id, values, now=now)
    row = await family_rows.row_of(session, customer.customer_id, relative_id)
    after = {**row._asdict(), family_rows.BURIED: burial} if burial else row._asdict()
    made = await _note(session, actor, row, before=None, after=after, now=now)
    if row.phone_e164:
        await family_rows.phones_changed(session, customer.customer_id, thresholds, former=())
    await summary.refresh(session, ids)
    return _written(row, (*made, *couples))


async def put(
    session: AsyncSession,
    actor: Staff | str,
    customer: CustomerRef,
    values: Mapping[str, Any],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> tuple[Written, bool]:
    """``add_values``, or ``change`` where that relative is there already; and whether they are new."""
    await summary.begin_write(session, [customer.customer_id])
    known = await family_rows.same(session, customer.customer_id, values)
    if known is None:
        return await add_values(session, actor, customer, values, now=now, thresholds=thresholds), True
    return await change(session, actor, customer, known, values, now=now, thresholds=thresholds), False


async def change(
    session: AsyncSession,
    actor: Staff | str,
    customer: CustomerRef,
    relative_id: int,
    values: Mapping[str, Any],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Written:
    """Set columns of a relative, as ``values_of`` and ``read_field`` give them; what stands already is no change.

    Raises ``CdmError("no_such_relative")``, and ``CdmError("relative_known", relative_id=…)`` where another relative
    would be the same.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    row = await family_rows.row_of(session, customer.customer_id, relative_id)
    new = dict(values)
    if any(column in new and new[column] != row._mapping[column] for column in _TOLD_APART_BY):
        told = {column: new.get(column, row._mapping[column]) for column in _TOLD_APART_BY}
        known = await family_rows.same(session, customer.customer_id, told, besides=relative_id)
        if known is not None and known != await family_rows.same(
            session, customer.customer_id, row._asdict(), besides=relative_id
        ):
            raise CdmError("relative_known", customer_id=customer.customer_id, relative_id=known)
    made: tuple[int, ...] = ()
    if await _is_couples(session, customer.customer_id, row, new):
        made = await _keep_couples(session, actor, customer, new["anniversary_date"], now=now)
        new["anniversary_date"] = None
    after = new_values(row._mapping, new)
    before = {column: row._mapping[column] for column in after}
    if after:
        await family_rows.update_row(session, row, after, actor, now=now)
        made = (*await _note(session, actor, row, before=before, after=after, now=now), *made)
    if "phone_e164" in before:
        former = (before["phone_e164"],)
        await family_rows.phones_changed(session, customer.customer_id, thresholds, former=former)
    await summary.refresh(session, ids)
    return _written(await family_rows.row_of(session, customer.customer_id, relative_id), made)


async def remove(
    session: AsyncSession,
    actor: Staff | str,
    customer: CustomerRef,
    relative_id: int,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Written:
    """Take a relative away; no import brings it back. Raises ``CdmError("no_such_relative")``."""
    ids = await summary.begin_write(session, [customer.customer_id])
    row = await family_rows.row_of(session, customer.customer_id, relative_id)
    await family_rows.delete_row(session, row, actor, now=now)
    made = await _note(session, actor, row, before=row._asdict(), after=None, now=now)
    if row.phone_e164:
        await family_rows.phones_changed(session, customer.customer_id, thresholds, former=(row.phone_e164,))
    await summary.refresh(session, ids)
    return _written(row, made)


async def same(
    session: AsyncSession, customer: CustomerRef, line: FamilyLine, *, now: datetime, thresholds: Thresholds
) -> int | None:
    """The relative that ``line`` tells of, if known, as ``family_rows.same`` has it; raises what ``values_of`` does.

    Without a name that is only the one spouse, father or mother: of others one may have several.
    """
    if line.relationship is None:
        return None
    if line.name:
        told = values_of(line, now=now, thresholds=thresholds)
        return await family_rows.same(session, customer.customer_id, told)
    if not (line.relationship is Relationship.SPOUSE or (line.relationship is Relationship.PARENT and line.gender)):
        return None
    query = select(relatives.c.id).where(
        relatives.c.customer_id == customer.customer_id, relatives.c.relationship == line.relationship
    )
    if line.gender is not None:
        query = query.where(func.coalesce(relatives.c.gender, line.gender) == line.gender)
    found = list((await session.execute(query.limit(2))).scalars())
    return found[0] if len(found) == 1 else None


async def _is_couples(session: AsyncSession, customer_id: int, row: Row[Any] | None, values: Mapping[str, Any]) -> bool:
    """Whether ``values`` tell the anniversary of customer and spouse, which is kept as the customer's own."""
    relationship = values.get("relationship", row.relationship if row else None)
    if "anniversary_date" not in values or relationship != Relationship.SPOUSE:
        return False
    return await family_rows.first_spouse(session, customer_id) in (None, row.id if row else None)


async def _keep_couples(
    session: AsyncSession, actor: Staff | str, customer: CustomerRef, day: date | None, *, now: datetime
) -> tuple[int, ...]:
    """Set the customer's own anniversary; the change made, if it was another."""
    this = customers.c.id == customer.customer_id
    was = (await session.execute(select(customers.c.anniversary_date).where(this))).scalar_one()
    if was == day:
        return ()
    await session.execute(update(customers).where(this).values(anniversary_date=day, updated_at=now))
    return await changes.note(
        session,
        actor,
        customer.customer_id,
        ChangeKind.PROFILE,
        before={"anniversary_date": was},
        after={"anniversary_date": day},
        now=now,
    )


async def _note(
    session: AsyncSession,
    actor: Staff | str,
    row: Row[Any],
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> tuple[int, ...]:
    return await changes.note(
        session, actor, row.customer_id, ChangeKind.RELATIVE, before=before, after=after, now=now, relative_id=row.id
    )


def _written(row: Row[Any], made: tuple[int, ...]) -> Written:
    return Written(
        relative_id=row.id,
        name=row.name,
        relationship=Relationship(row.relationship),
        gender=Gender(row.gender) if row.gender else None,
        changes=made,
    )
