"""Putting back what a change by hand replaced: columns of a customer or a relative, what a customer allows, when a
call is promised, whether the call list has them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import consents, family_rows, households, name_index
from cdm_core.phones import to_e164
from cdm_core.tables import call_feedback, customers, follow_ups
from cdm_core.tables import customer_family_members as relatives
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, ConsentChannel

PROMISE = "promise"
"""The name, beside the owner before, of the promised call that moved: its id, whose it was, to whom it went."""

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
    if not await stands(session, customer_id, kind, relative_id, before, after):
        return False
    match kind:
        case ChangeKind.RELATIVE:
            assert relative_id is not None
            await _relative(session, customer_id, relative_id, before, after, now)
        case ChangeKind.FOLLOW_UP:
            promised = update(follow_ups).where(_promised(customer_id, after or {}))
            await session.execute(promised.values(**(before or {})))
        case ChangeKind.LEFT_OUT:
            await session.execute(delete(call_feedback).where(_left_out(customer_id, after or {})))
        case _:
            await _own(session, customer_id, kind, before or {}, now)
    await _index_again(session, customer_id, before or {}, after or {}, thresholds)
    return True


async def stands(
    session: AsyncSession, customer_id: int, kind: ChangeKind, relative_id: int | None, before: Values, after: Values
) -> bool:
    """Whether everything is still as it was ``after`` the change; what nobody sets by hand does not matter."""
    match kind:
        case ChangeKind.RELATIVE if after is None:
            return await _nobody_like(session, customer_id, before or {})
        case ChangeKind.RELATIVE:
            return await _holds(session, relatives, _this(customer_id, relative_id), after or {})
        case ChangeKind.FOLLOW_UP:
            return await _there(session, _promised(customer_id, after or {}))
        case ChangeKind.LEFT_OUT:
            return await _there(session, _left_out(customer_id, after or {}))
    for channel in ConsentChannel:
        name = consents.named(channel)
        if after and name in after and await consents.stored(session, customer_id, channel) != after[name]:
            return False
    return await _holds(session, customers, customers.c.id == customer_id, after or {})


async def _own(
    session: AsyncSession, customer_id: int, kind: ChangeKind, before: Mapping[str, Any], now: datetime
) -> None:
    """The customer's own columns, what they allow, and with the owner the call that had been promised."""
    for channel in ConsentChannel:
        if (name := consents.named(channel)) in before:
            await consents.put(session, customer_id, channel, before[name])
    if own := {column: value for column, value in before.items() if column in customers.c}:
        this = customers.c.id == customer_id
        await session.execute(update(customers).where(this).values({**own, "updated_at": now}))
    if kind is ChangeKind.OWNER and (promise := before.get(PROMISE)) is not None:
        moved = update(follow_ups).where(
            follow_ups.c.customer_id == customer_id,
            follow_ups.c.id == promise["id"],
            follow_ups.c.staff_id.is_not_distinct_from(promise["given_to"]),
        )
        await session.execute(moved.values(staff_id=promise["staff_id"]))


async def _relative(
    session: AsyncSession, customer_id: int, relative_id: int, before: Values, after: Values, now: datetime
) -> None:
    this = _this(customer_id, relative_id)
    if before is None:
        assert after is not None
        await session.execute(delete(relatives).where(this))
        await family_rows.bury_again(session, customer_id, after, after.get(family_rows.BURIED))
        return
    if after is None:
        row = {**before, "customer_id": customer_id, "id": relative_id, "updated_at": now}
        await session.execute(insert(relatives).values(row))
    else:
        await session.execute(update(relatives).where(this).values({**before, "updated_at": now}))
    if {"name", "relationship"} & before.keys():
        row = (await session.execute(select(relatives.c.name, relatives.c.relationship).where(this))).one()._asdict()
        await family_rows.exhume(session, customer_id, row)


async def _nobody_like(session: AsyncSession, customer_id: int, values: Mapping[str, Any]) -> bool:
    return await family_rows.called(session, customer_id, values["relationship"], values["name"]) is None


def _promised(customer_id: int, values: Mapping[str, Any]) -> ColumnElement[bool]:
    """The call of the customer that is promised for then."""
    return and_(
        follow_ups.c.customer_id == customer_id, follow_ups.c.status == "open", follow_ups.c.due_at == values["due_at"]
    )


def _left_out(customer_id: int, values: Mapping[str, Any]) -> ColumnElement[bool]:
    """The note that leaves the customer out of the call list."""
    return and_(
        call_feedback.c.customer_id == customer_id,
        call_feedback.c.staff_id == values["staff_id"],
        call_feedback.c.at == values["at"],
    )


async def _holds(session: AsyncSession, table: Table, this: ColumnElement[bool], values: Mapping[str, Any]) -> bool:
    told = {name: value for name, value in values.items() if name in table.c and name not in _NOT_BY_HAND}
    if not told:
        return True
    row = (await session.execute(select(*(table.c[column] for column in told)).where(this))).one_or_none()
    return row is not None and row._asdict() == told


async def _there(session: AsyncSession, condition: ColumnElement[bool]) -> bool:
    return bool((await session.execute(select(exists().where(condition)))).scalar_one())


def _this(customer_id: int, relative_id: int | None) -> ColumnElement[bool]:
    return and_(relatives.c.customer_id == customer_id, relatives.c.id == relative_id)


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
