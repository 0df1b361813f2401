"""Making two customers again of one that they were merged into: what moved goes back as it is by now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, households, merge_conflicts, merge_pointers, row_moves, summary
from cdm_core.access import CustomerRef, full_name
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.kept_values import typed
from cdm_core.merges import CARRIED, MOVED, row
from cdm_core.staff import Staff
from cdm_core.tables import customers, lifecycle_transitions, merges
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LastMerge:
    customer_id: int
    merge_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Unmerged:
    """The two there are again."""

    kept: CustomerRef
    back: CustomerRef


async def undo(
    session: AsyncSession, person: Staff, customer: CustomerRef, merge_id: int, *, now: datetime, thresholds: Thresholds
) -> Unmerged:
    """Make two customers again of the one. ``person`` merged them today, or is an admin.

    Raises ``CdmError("nothing_to_undo")`` where it is not theirs or not today's, ``CdmError("already_undone", at=…)``,
    and ``CdmError("merged_since", customer_id=…, merge_id=…, gone_name=…)``: a later merge is to be undone first.
    """
    kept_id = customer.customer_id
    gone_id = (await _undoable(session, person, kept_id, merge_id, now=now, thresholds=thresholds)).gone_id
    ids = await summary.begin_write(session, (kept_id, gone_id), whole=True)
    moved = (await _undoable(session, person, kept_id, merge_id, now=now, thresholds=thresholds)).moved
    await row_moves.put(session, customers, [moved["gone"]])
    await row_moves.move_back(session, MOVED, moved["rows"], kept_id, gone_id)
    for table in CARRIED:
        carried = moved["carried"][table.name]
        await row_moves.take_equal(session, table, carried["put"])
        await row_moves.put(session, table, carried["taken"])
    await merge_conflicts.unsettle(session, moved, ids)
    await merge_pointers.point_back(session, moved, kept_id, gone_id)
    await _unset(session, kept_id, moved)
    former = [phone for phone in (moved["gone"]["phone_e164"], moved["set"]["after"].get("phone_e164")) if phone]
    await households.update_around(session, ids, placeholder=thresholds.placeholder_phone_customers, former=former)
    await summary.refresh(session, ids)
    await session.execute(
        update(merges)
        .where(merges.c.customer_id == kept_id, merges.c.id == merge_id)
        .values(undone_at=now, undone_by=person.id)
    )
    await audit.record_all(session, now, person, "unmerged", ids, merge_id=merge_id, kept=kept_id, back=gone_id)
    return Unmerged(await _ref(session, kept_id), await _ref(session, gone_id))


async def last_of(session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo) -> LastMerge | None:
    """The merge that ``person`` made last today and that stands."""
    found = (
        await session.execute(
            select(merges.c.customer_id, merges.c.id, merges.c.merged_at)
            .join(customers, customers.c.id == merges.c.customer_id)
            .where(customers.c.erased_at.is_(None))
            .where(merges.c.merged_by == person.id, merges.c.undone_at.is_(None), merges.c.merged_at > now - _DAY)
            .order_by(merges.c.merged_at.desc(), merges.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if found is None or local_date(found.merged_at, zone) != local_date(now, zone):
        return None
    return LastMerge(found.customer_id, found.id, found.merged_at)


async def _unset(session: AsyncSession, kept_id: int, moved: Mapping[str, Any]) -> None:
    """Put back what the merge filled in, and the stage it led to, where these still stand."""
    kept = await row(session, kept_id)
    assert kept is not None
    before, after = typed(customers, moved["set"]["before"]), typed(customers, moved["set"]["after"])
    values = {column: before[column] for column, value in after.items() if getattr(kept, column) == value}
    stage = moved["stage"]
    if stage and [kept.lifecycle_stage, kept.customer_type] == stage["after"]:
        values |= dict(zip(("lifecycle_stage", "customer_type"), stage["before"], strict=True))
        await session.execute(
            delete(lifecycle_transitions).where(
                lifecycle_transitions.c.customer_id == kept_id, lifecycle_transitions.c.id == stage["transition"]
            )
        )
    if values:
        await session.execute(update(customers).where(customers.c.id == kept_id).values(values))


async def _undoable(
    session: AsyncSession, person: Staff, kept_id: int, merge_id: int, *, now: datetime, thresholds: Thresholds
) -> Row[Any]:
    found = (
        await session.execute(select(merges).where(merges.c.customer_id == kept_id, merges.c.id == merge_id))
    ).one_or_none()
    if found is None:
        raise CdmError("nothing_to_undo")
    if found.undone_at is not None:
        raise CdmError("already_undone", at=found.undone_at)
    today = local_date(found.merged_at, thresholds.zone) == local_date(now, thresholds.zone)
    if person.role is not Role.ADMIN and not (found.merged_by == person.id and today):
        raise CdmError("nothing_to_undo")
    later = (
        await session.execute(
            select(merges.c.id, merges.c.moved["gone"].label("gone"))
            .where(merges.c.customer_id == kept_id, merges.c.id > merge_id, merges.c.undone_at.is_(None))
            .order_by(merges.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if later is not None:
        name = full_name(later.gone["first_name"], later.gone["last_name"])
        raise CdmError("merged_since", customer_id=kept_id, merge_id=later.id, gone_name=name)
    return found


async def _ref(session: AsyncSession, customer_id: int) -> CustomerRef:
    found = await row(session, customer_id)
    assert found is not None
    return CustomerRef(customer_id, full_name(found.first_name, found.last_name), found.owner_id)
