"""Rows of relatives, whoever writes them: within a core write, with what follows from their names and phones."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households, name_index
from cdm_core.errors import CdmError
from cdm_core.kept_values import plain, typed
from cdm_core.names import name_key, name_skeletons
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import removed_relatives as removed
from cdm_core.thresholds import Thresholds
from cdm_core.words import Relationship

BURIED = "buried"
"""The name, beside the columns of an added relative, of what ``insert_row`` gives of an earlier removal."""

Burial = dict[str, Any] | None
"""When and by whom a relative was removed, as JSON; None: they were not."""


async def row_of(session: AsyncSession, customer_id: int, relative_id: int) -> Row[Any]:
    """The whole row. Raises ``CdmError("no_such_relative", customer_id=…)``."""
    row = (await session.execute(select(relatives).where(_this(customer_id, relative_id)))).one_or_none()
    if row is None:
        raise CdmError("no_such_relative", customer_id=customer_id)
    return row


async def owner_of(session: AsyncSession, relative_id: int) -> int:
    """Whose relative it is. Raises ``CdmError("no_relative", relative_id=…)``."""
    found = select(relatives.c.customer_id).where(relatives.c.id == relative_id)
    customer_id: int | None = (await session.execute(found)).scalar_one_or_none()
    if customer_id is None:
        raise CdmError("no_relative", relative_id=relative_id)
    return customer_id


async def called(session: AsyncSession, customer_id: int, relationship: Relationship, name: str) -> int | None:
    """The customer's relative of this relationship whose name sounds like ``name``, the first of several."""
    query = select(relatives.c.id).where(
        relatives.c.customer_id == customer_id,
        relatives.c.relationship == relationship,
        relatives.c.name_key == name_key(name),
    )
    return (await session.execute(query.order_by(relatives.c.id).limit(1))).scalar_one_or_none()


async def same(
    session: AsyncSession, customer_id: int, told: Mapping[str, Any], *, besides: int | None = None
) -> int | None:
    """The customer's relative, another than ``besides``, whom ``told``, columns with relationship and name, tells of.

    That is the one whose name sounds like it; else whose phone or birthday is the same, and whose name is a part of the
    one told or has it as a part: "Sarah" is "Sarah Doe". Of several the first.
    """
    query = select(relatives).where(
        relatives.c.customer_id == customer_id,
        relatives.c.relationship == told["relationship"],
        relatives.c.id.is_distinct_from(besides),
    )
    others = (await session.execute(query.order_by(relatives.c.id))).all()
    key = name_key(told["name"])
    alike = [other for other in others if other.name_key == key]
    sure = [column for column in ("phone_e164", "date_of_birth") if told.get(column)]
    alike += [
        other
        for other in others
        if _part(key, other.name_key) and any(other._mapping[column] == told[column] for column in sure)
    ]
    return int(alike[0].id) if alike else None


def _part(one: str, other: str) -> bool:
    """Whether all words of one of two name keys are in the other."""
    words, others = set(one.split()), set(other.split())
    return bool(words and others) and (words <= others or others <= words)


async def insert_row(
    session: AsyncSession, customer_id: int, values: Mapping[str, Any], *, now: datetime
) -> tuple[int, Burial]:
    """Add a relative with a name and a relationship, who counts as removed no more.

    Gives the id, and when and by whom they had been removed: undoing the addition puts that back (``bury_again``).
    """
    added = insert(relatives).values(
        {**values, "customer_id": customer_id, "created_at": now, "updated_at": now, **_named(values["name"])}
    )
    relative_id: int = (await session.execute(added.returning(relatives.c.id))).scalar_one()
    burial = await exhume(session, customer_id, values)
    await name_index.learn(session, [values["name"]])
    return relative_id, burial


async def exhume(session: AsyncSession, customer_id: int, values: Mapping[str, Any]) -> Burial:
    """A relative of this name and relationship counts as removed no more; how they had been."""
    gone = delete(removed).where(
        removed.c.customer_id == customer_id,
        removed.c.relationship == values["relationship"],
        removed.c.name_key == name_key(values["name"]),
    )
    row = (await session.execute(gone.returning(removed.c.removed_at, removed.c.removed_by))).one_or_none()
    return None if row is None else plain(row._asdict())


async def bury_again(session: AsyncSession, customer_id: int, values: Mapping[str, Any], burial: Burial) -> None:
    """A relative of this name and relationship counts as removed again, if they had been so."""
    if burial is not None:
        await _bury(session, customer_id, values["relationship"], values["name"], typed(removed, burial))


async def update_row(
    session: AsyncSession, row: Row[Any], values: Mapping[str, Any], actor: Staff | str, *, now: datetime
) -> None:
    """Set columns of a relative. Under another name or relationship an import does not bring the former one back."""
    named = _named(values["name"]) if "name" in values else {}
    await session.execute(
        update(relatives).where(_this(row.customer_id, row.id)).values({**values, **named, "updated_at": now})
    )
    if {"name", "relationship"} & values.keys():
        await _forget(session, row, actor, now)
    if named:
        await name_index.learn(session, [values["name"]])


async def delete_row(session: AsyncSession, row: Row[Any], actor: Staff | str, *, now: datetime) -> None:
    """Take a relative away, so that no import brings them back."""
    await session.execute(delete(relatives).where(_this(row.customer_id, row.id)))
    await _forget(session, row, actor, now)


async def first_spouse(session: AsyncSession, customer_id: int) -> int | None:
    """The spouse with whom the customer's own anniversary is kept."""
    query = select(relatives.c.id).where(
        relatives.c.customer_id == customer_id, relatives.c.relationship == Relationship.SPOUSE
    )
    return (await session.execute(query.order_by(relatives.c.id).limit(1))).scalar_one_or_none()


async def phones_changed(
    session: AsyncSession, customer_id: int, thresholds: Thresholds, *, former: Iterable[str | None]
) -> None:
    """The households anew after a phone of the family came or went; ``former`` were theirs before."""
    await households.update_around(
        session,
        [customer_id],
        placeholder=thresholds.placeholder_phone_customers,
        former=[phone for phone in former if phone],
    )


async def _forget(session: AsyncSession, row: Row[Any], actor: Staff | str, now: datetime) -> None:
    told = {"removed_at": now, "removed_by": actor.id if isinstance(actor, Staff) else None}
    await _bury(session, row.customer_id, row.relationship, row.name, told)


async def _bury(session: AsyncSession, customer_id: int, relationship: str, name: str, told: Mapping[str, Any]) -> None:
    buried = upsert(removed).values(customer_id=customer_id, relationship=relationship, name_key=name_key(name), **told)
    await session.execute(buried.on_conflict_do_update(index_elements=removed.primary_key.columns, set_=told))


def _named(name: str) -> dict[str, Any]:
    return {"name_key": name_key(name), "name_skeletons": name_skeletons(name)}


def _this(customer_id: int, relative_id: int) -> ColumnElement[bool]:
    return (relatives.c.customer_id == customer_id) & (relatives.c.id == relative_id)
