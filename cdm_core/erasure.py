"""Forgetting a person: everything that tells who a customer was goes for good, orders and contacts stay as numbers.

Of each table only the columns named here stay, so that a column that comes later is emptied until somebody says that it
tells nothing of a person. The row stays under its id, marked ``erased_at``: ``access`` refuses it to everybody, figures
go on counting it, nothing more is planned for it. ``erasure_queue`` takes back what is under way; ``tombstones`` keeps
files and forwarded numbers from bringing the person back. What was said in chats already stays there, and in backups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alerts, audit, contact_files, erasure_queue, households, name_index, summary, tombstones
from cdm_core.access import CustomerRef, full_name
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import (
    call_feedback,
    call_ranking,
    campaign_tasks,
    claims,
    consents,
    customer_behavior,
    customer_changes,
    customer_dropoff_tracking,
    customer_family_members,
    customer_interactions,
    customer_keys,
    customers,
    deals,
    follow_ups,
    hand_overs,
    interaction_files,
    merges,
    not_duplicates,
    removed_relatives,
    sales_orders,
)
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertEnd, WinBackState

_DATABASES_OWN = {"birthday_md", "anniversary_md"}
_STAYS = {
    customers: {
        "id", "customer_type", "lifecycle_stage", "owner_id", "household_id", "source", "do_not_call_at",
        "do_not_call_by", "created_at", "came_unknown", "updated_at", "erased_at", *_DATABASES_OWN,
    },
    customer_interactions: {
        "id", "customer_id", "interaction_type", "interaction_direction", "outcome", "outcome_code", "reason",
        "duration_seconds", "follow_up_required", "occurred_at", "staff_id", "source", "origin", "undone_at",
        "created_at",
    },
    customer_behavior: {
        "id", "customer_id", "behavior_type", "product_id", "category_id", "occurred_at", "created_at",
    },
    customer_dropoff_tracking: {
        "id", "customer_id", "stage", "product_id", "cart_value", "recovered", "recovered_at", "recovered_by",
        "occurred_at", "created_at",
    },
    campaign_tasks: {
        "id", "customer_id", "campaign_id", "try_no", "staff_id", "local_date", "stage", "cart_value", "cause_id",
        "caused_at", "state", "interaction_id", "contacted_by", "order_id", "amount", "settled_at", "created_at",
    },
}  # fmt: skip
"""Columns that tell nothing of a person. An outcome in a caller's own words becomes its code."""

_NOTHING: dict[str, Any] = {"first_name": "", "last_name": "", "tags": [], "name_key": "", "name_skeletons": []}
"""What stands in a column that is emptied, where that is not null."""

_GOES: Sequence[Table] = (
    customer_family_members,
    removed_relatives,
    customer_keys,
    consents,
    customer_changes,
    claims,
    deals,
    call_feedback,
    call_ranking,
)
"""Tables that keep nothing of the customer."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to be lost (``relatives``, ``texts`` of contacts, ``files``) and to stay (``orders``,
    ``contacts``); ``pending`` of the orders are not delivered yet."""

    customer: CustomerRef
    relatives: int
    texts: int
    files: int
    contacts: int
    orders: int
    pending: int


@dataclass(frozen=True, slots=True)
class Erased:
    """``withdrawn`` messages were not sent yet and are not sent any more; ``owner_id`` looked after the customer."""

    customer_id: int
    owner_id: int | None
    withdrawn: int
    at: datetime


async def extent(session: AsyncSession, customer: CustomerRef) -> Extent:
    row = (
        await session.execute(
            select(
                _count(customer_family_members, customer),
                _count(customer_interactions, customer, customer_interactions.c.description.is_not(None)),
                _count(interaction_files, customer),
                _count(customer_interactions, customer, customer_interactions.c.undone_at.is_(None)),
                _count(sales_orders, customer),
                _count(sales_orders, customer, sales_orders.c.status == "pending"),
            )
        )
    ).one()
    return Extent(customer, *row)


async def erase(
    session: AsyncSession, actor: Staff | str, customer: CustomerRef, *, now: datetime, thresholds: Thresholds
) -> Erased:
    """Forget who the customer was, for good. One core write, audited without their name.

    ``actor`` may erase: the caller has seen to that, and that they may see the customer. Raises
    ``CdmError("erased_customer", customer_id=…, at=…)`` where another was first, ``CdmError("no_such_customer", …)``
    where the customer was merged meanwhile.
    """
    (customer_id,) = ids = await summary.begin_write(session, [customer.customer_id], whole=True)
    person = await _standing(session, customer_id)
    by = actor.id if isinstance(actor, Staff) else None
    names, phones = await _known_by(session, person)
    await _lay_tombstones(session, customer_id, phones)
    await contact_files.drop_all(session, customer_id)
    for table in _GOES:
        await session.execute(delete(table).where(table.c.customer_id == customer_id))
    await session.execute(
        delete(not_duplicates).where(
            or_(not_duplicates.c.first_id == customer_id, not_duplicates.c.second_id == customer_id)
        )
    )
    await session.execute(
        update(merges)
        .where(or_(merges.c.customer_id == customer_id, merges.c.gone_id == customer_id))
        .values(moved={}, gone_phone=None)
    )
    await _empty(session, customer_id)
    await _stop(session, customer_id, by, now)
    await session.execute(
        update(customers)
        .where(customers.c.id == customer_id)
        .values(
            do_not_call_at=func.coalesce(customers.c.do_not_call_at, now),
            do_not_call_by=func.coalesce(customers.c.do_not_call_by, by),
            erased_at=now,
            updated_at=now,
        )
    )
    await name_index.forget(session, names)
    await households.update_around(session, ids, placeholder=thresholds.placeholder_phone_customers, former=phones)
    name = full_name(person.first_name, person.last_name)
    withdrawn = await erasure_queue.withdraw(session, customer_id, name=name, phones=phones, now=now)
    await summary.refresh(session, ids, erased=True)
    await audit.record(session, now, actor, "erased", customer_id=customer_id, withdrawn=withdrawn)
    return Erased(customer_id, person.owner_id, withdrawn, now)


async def _standing(session: AsyncSession, customer_id: int) -> Row[Any]:
    person = (await session.execute(select(customers).where(customers.c.id == customer_id))).one_or_none()
    if person is None:
        raise CdmError("no_such_customer", customer_id=customer_id)
    if person.erased_at is not None:
        raise CdmError("erased_customer", customer_id=customer_id, at=person.erased_at)
    return person


async def _known_by(session: AsyncSession, person: Row[Any]) -> tuple[list[str], list[str]]:
    """Names and phones (E.164) of the customer, whom was merged into it, and its relatives."""
    kin = customer_family_members.c
    relatives = (await session.execute(select(kin.name, kin.phone_e164).where(kin.customer_id == person.id))).all()
    gone = await session.execute(select(merges.c.gone_phone).where(merges.c.customer_id == person.id))
    names = [full_name(person.first_name, person.last_name), *(one.name for one in relatives)]
    phones = {person.phone_e164, *gone.scalars(), *(one.phone_e164 for one in relatives)}
    return [name for name in names if name], sorted(phone for phone in phones if phone)


async def _lay_tombstones(session: AsyncSession, customer_id: int, phones: Sequence[str]) -> None:
    """By the keys, and by the phones that were the customer's own and are nobody else's."""
    keys = await session.execute(
        select(customer_keys.c.source, customer_keys.c.external_id).where(customer_keys.c.customer_id == customer_id)
    )
    fingerprints = {tombstones.of_key(key.source, key.external_id) for key in keys}
    own = await session.execute(_OWN_PHONES, {"id": customer_id, "phones": list(phones)})
    await tombstones.lay(session, customer_id, fingerprints | {tombstones.of_phone(phone) for phone in own.scalars()})


_OWN_PHONES = text(
    """
    SELECT known.e164 FROM unnest(CAST(:phones AS text[])) AS known (e164)
    WHERE (EXISTS (SELECT FROM customers c WHERE c.id = :id AND c.phone_e164 = known.e164)
           OR EXISTS (SELECT FROM merges m WHERE m.customer_id = :id AND m.gone_phone = known.e164))
      AND NOT EXISTS (SELECT FROM customers c WHERE c.id <> :id AND c.phone_e164 = known.e164)
      AND NOT EXISTS (SELECT FROM customer_family_members f WHERE f.customer_id <> :id AND f.phone_e164 = known.e164)
    """
)


async def _empty(session: AsyncSession, customer_id: int) -> None:
    for table, stays in _STAYS.items():
        this = table.c.id if table is customers else table.c.customer_id
        empty = {column.name: _NOTHING.get(column.name) for column in table.columns if column.name not in stays}
        await session.execute(update(table).where(this == customer_id).values(empty))
    told = customer_interactions
    await session.execute(update(told).where(told.c.customer_id == customer_id).values(outcome=told.c.outcome_code))


async def _stop(session: AsyncSession, customer_id: int, by: int | None, now: datetime) -> None:
    """Nothing is planned, asked or urgent any more."""
    await alerts.close(session, customer_id, AlertEnd.DO_NOT_CALL, now=now, person_id=by)
    await session.execute(
        update(follow_ups)
        .where(follow_ups.c.customer_id == customer_id, follow_ups.c.status == "open")
        .values(status="cancelled", closed_at=now)
    )
    await session.execute(
        update(campaign_tasks)
        .where(campaign_tasks.c.customer_id == customer_id, campaign_tasks.c.state == WinBackState.OPEN)
        .values(state=WinBackState.DROPPED, settled_at=now)
    )
    await session.execute(
        update(hand_overs)
        .where(hand_overs.c.customer_id == customer_id, hand_overs.c.granted.is_(None))
        .values(granted=False, answered_by=by, answered_at=now)
    )


def _count(table: Table, customer: CustomerRef, *conditions: Any) -> Any:
    return (
        select(func.count()).select_from(table).where(table.c.customer_id == customer.customer_id, *conditions)
    ).scalar_subquery()
