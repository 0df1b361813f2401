"""Making one customer of two that were one person, and two again.

Everything known of the one who goes moves to the one who stays; the id that went leads there from then on (``access``,
``search``). The merge keeps what it moved and changed, so that taking it back restores both. What came to the customer
after the merge stays with the one who stayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, households, merge_conflicts, merge_fill, merge_pointers, row_moves, summary
from cdm_core import staff as people
from cdm_core.access import CustomerRef, full_name
from cdm_core.errors import CdmError
from cdm_core.kept_values import plain
from cdm_core.row_moves import Image
from cdm_core.staff import Staff
from cdm_core.tables import (
    alert_messages,
    alerts,
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
    customer_summary,
    customers,
    deals,
    follow_ups,
    hand_overs,
    interaction_files,
    lifecycle_transitions,
    merges,
    order_keys,
    recommendation_log,
    removed_relatives,
    sales_order_items,
    sales_orders,
    stale_customers,
)
from cdm_core.thresholds import Thresholds
from cdm_core.words import ProfileField, Role

MOVED = row_moves.in_order(
    (
        alert_messages,
        alerts,
        call_feedback,
        campaign_tasks,
        customer_behavior,
        customer_changes,
        customer_dropoff_tracking,
        customer_family_members,
        customer_interactions,
        follow_ups,
        hand_overs,
        interaction_files,
        lifecycle_transitions,
        merges,
        sales_order_items,
        sales_orders,
        stale_customers,
    )
)
"""Facts that move with their ids."""

CARRIED = (claims, consents, deals, recommendation_log, removed_relatives)
"""What is one a customer and key: moves where the other has none."""

DERIVED = (customer_summary, call_ranking)
"""Summed up and ranked anew."""

POINTED = (customer_keys, order_keys)
"""Keys of other systems, which are pointed at the other."""


@dataclass(frozen=True, slots=True)
class Merged:
    """``customer`` is who stayed, as called now. ``orders``, ``contacts`` and ``relatives`` count what came over,
    ``filled`` names what had been empty of the profile. ``other_owner_id`` looked after who went, where that is another
    than who looks after the customer now."""

    merge_id: int
    customer: CustomerRef
    gone_id: int
    gone_name: str
    orders: int
    contacts: int
    relatives: int
    filled: tuple[ProfileField, ...]
    other_owner_id: int | None


async def merge(
    session: AsyncSession,
    actor: Staff | str,
    keep: CustomerRef,
    gone: CustomerRef,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Merged:
    """Make ``gone`` a part of ``keep``, who keeps owner, name and all that is filled in. One core write.

    A ban on calls of either stays, of two open follow-ups the earlier. The caller has checked access to both. Raises
    ``CdmError("one_customer", customer_id=…)`` where they are one already, or became one meanwhile,
    ``CdmError("erased_customer", …)`` as ``access_customer`` does, and ``CdmError("colleagues_merge", owner=…)`` where
    one is a colleague's: seeing them for a day gives nothing away.
    """
    if keep.customer_id == gone.customer_id:
        raise CdmError("one_customer", customer_id=keep.customer_id)
    person = actor if isinstance(actor, Staff) else None
    for owner_id in (keep.owner_id, gone.owner_id):
        if person and person.role is Role.AGENT and owner_id is not None and owner_id != person.id:
            raise CdmError("colleagues_merge", owner=(await people.get(session, owner_id)).name)
    source, target = gone.customer_id, keep.customer_id
    ids = await summary.begin_write(session, (source, target), whole=True)
    kept_row, gone_row = await row(session, target), await row(session, source)
    if kept_row is None or gone_row is None:
        raise CdmError("one_customer", customer_id=target)
    for one in (kept_row, gone_row):
        if one.erased_at is not None:
            raise CdmError("erased_customer", customer_id=one.id, at=one.erased_at)
    moved = await merge_conflicts.settle(session, kept_row, gone_row, now=now)
    moved |= await merge_pointers.point(session, source, target)
    moved["rows"] = await row_moves.move_all(session, MOVED, source, target)
    moved["carried"] = {table.name: await _carry(session, table, source, target) for table in CARRIED}
    for table in DERIVED:
        await session.execute(delete(table).where(table.c.customer_id == source))
    (moved["gone"],) = await row_moves.take(session, customers, "t.id = :source", source=source)
    after = merge_fill.filled(kept_row, gone_row)
    moved["set"] = await _set(session, kept_row, {**after, "updated_at": now})
    former = [phone for phone in (gone_row.phone_e164, kept_row.phone_e164) if phone]
    await households.update_around(session, [target], placeholder=thresholds.placeholder_phone_customers, former=former)
    staged = await summary.refresh(session, [target])
    moved["stage"] = await _stage(session, kept_row) if staged else None
    merge_id: int = (
        await session.execute(
            insert(merges)
            .values(
                customer_id=target,
                gone_id=source,
                gone_phone=gone_row.phone_e164,
                moved=moved,
                merged_by=person.id if person else None,
                merged_at=now,
            )
            .returning(merges.c.id)
        )
    ).scalar_one()
    await audit.record_all(session, now, actor, "merged", ids, merge_id=merge_id, kept=target, gone=source)
    return _merged(merge_id, kept_row, gone_row, after, moved["rows"])


async def _carry(session: AsyncSession, table: Table, source: int, target: int) -> dict[str, list[Image]]:
    """Rows as they were ``taken``, and those of them that could be ``put``."""
    taken = await row_moves.take(session, table, "t.customer_id = :source", source=source)
    return {"taken": taken, "put": await row_moves.put(session, table, taken, customer_id=target)}


async def _set(session: AsyncSession, kept: Row[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    await session.execute(update(customers).where(customers.c.id == kept.id).values(values))
    return {"before": plain({column: getattr(kept, column) for column in values}), "after": plain(values)}


async def _stage(session: AsyncSession, kept: Row[Any]) -> dict[str, Any]:
    """The transition that the merge brought about."""
    past = lifecycle_transitions
    row = (
        await session.execute(
            select(past.c.id, past.c.to_stage, past.c.to_type)
            .where(past.c.customer_id == kept.id)
            .order_by(past.c.id.desc())
            .limit(1)
        )
    ).one()
    return {
        "before": [kept.lifecycle_stage, kept.customer_type],
        "after": [row.to_stage, row.to_type],
        "transition": row.id,
    }


def _merged(
    merge_id: int, kept: Row[Any], gone: Row[Any], filled: Mapping[str, Any], rows: Mapping[str, list[int]]
) -> Merged:
    owner_id = filled.get("owner_id", kept.owner_id)
    name = full_name(filled.get("first_name", kept.first_name), filled.get("last_name", kept.last_name))
    return Merged(
        merge_id=merge_id,
        customer=CustomerRef(kept.id, name, owner_id),
        gone_id=gone.id,
        gone_name=full_name(gone.first_name, gone.last_name),
        orders=len(rows.get(sales_orders.name, ())),
        contacts=len(rows.get(customer_interactions.name, ())),
        relatives=len(rows.get(customer_family_members.name, ())),
        filled=merge_fill.fields(filled),
        other_owner_id=gone.owner_id if gone.owner_id != owner_id else None,
    )


async def row(session: AsyncSession, customer_id: int) -> Row[Any] | None:
    """The row of ``customers``; None: there is none, perhaps no more."""
    return (await session.execute(select(customers).where(customers.c.id == customer_id))).one_or_none()
