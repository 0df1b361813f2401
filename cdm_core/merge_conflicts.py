"""What two customers cannot both bring into one: settled before the rows move, and put back when they part again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import follow_ups, row_moves
from cdm_core.merge_fill import relative_filled
from cdm_core.row_moves import Image
from cdm_core.tables import (
    alerts,
    campaign_tasks,
    claims,
    consents,
    customer_behavior,
    customer_dropoff_tracking,
    customer_family_members,
    customer_interactions,
    hand_overs,
    metadata,
)
from cdm_core.tables import follow_ups as promises

_KEYED = (customer_behavior, customer_dropoff_tracking, customer_interactions)
"""Facts of a file, each known by its key: told of both customers, it needs the key but once."""

_OTHERS = "EXISTS (SELECT FROM {table} o WHERE o.customer_id = :target AND {condition})"


async def settle(session: AsyncSession, kept: Row[Any], gone: Row[Any], *, now: datetime) -> dict[str, Any]:
    """Make room for what ``gone`` brings; gives what was changed and taken away, as JSON for ``unsettle``."""
    both = {"source": gone.id, "target": kept.id}
    changed, relatives = await _relatives(session, kept.id, gone.id)
    for table, values, of_source, of_target in _one_of(now):
        condition = f"t.customer_id = :source AND {of_source} AND " + _OTHERS.format(
            table=table.name, condition=of_target
        )
        changed += await row_moves.change(session, table, condition, values, **both)
    forbidden = gone.do_not_call_at is not None
    if forbidden or kept.do_not_call_at is not None:
        ended = {"status": "cancelled", "closed_at": now}
        promised = "t.customer_id IN (:source, :target) AND t.status = 'open'"
        changed += await row_moves.change(session, promises, promised, ended, **both)
    refused = _OTHERS.format(table="consents", condition="o.channel = t.channel AND NOT o.allowed")
    taken = {
        customer_family_members.name: relatives,
        claims.name: await row_moves.take(
            session, claims, "t.customer_id = :target AND t.expires_at <= :now", target=kept.id, now=now
        ),
        consents.name: [
            *await row_moves.take(
                session,
                consents,
                f"t.customer_id = :kept AND t.allowed AND (t.channel = 'call' AND :forbidden OR {refused})",
                kept=kept.id,
                target=gone.id,
                forbidden=forbidden,
            ),
            *await row_moves.take(
                session,
                consents,
                "t.customer_id = :source AND t.allowed AND t.channel = 'call' AND :forbidden",
                source=gone.id,
                forbidden=kept.do_not_call_at is not None,
            ),
        ],
    }
    return {"changed": changed, "taken": taken, "follow_up": await _later_promise(session, kept.id, gone.id, now)}


async def unsettle(session: AsyncSession, moved: Mapping[str, Any], customer_ids: Sequence[int]) -> None:
    """Put back what ``settle`` changed, where it still stands, once the rows are where they were."""
    for name, rows in moved["taken"].items():
        await row_moves.put(session, metadata.tables[name], rows)
    for one in moved["changed"]:
        await row_moves.change_back(session, metadata.tables[one["table"]], one, customer_ids)
    if moved["follow_up"] is not None:
        customer_id, follow_up_id = moved["follow_up"]
        await follow_ups.reopen(session, customer_id, follow_up_id, closed_by=None)


def _one_of(now: datetime) -> list[tuple[Table, dict[str, Any], str, str]]:
    """Tables in which one row is open at most, or a key stands once: what ends the one that comes, if there is one."""
    return [
        (
            alerts,
            {"state": "closed", "next_at": None, "closed_at": now, "closed_why": "stale"},
            "t.state <> 'closed'",
            "o.state <> 'closed'",
        ),
        (campaign_tasks, {"state": "dropped", "settled_at": now}, "t.state = 'open'", "o.state = 'open'"),
        (
            hand_overs,
            {"granted": False, "answered_at": now},
            "t.granted IS NULL",
            "o.granted IS NULL AND o.asked_by = t.asked_by",
        ),
        *((table, {"import_key": None}, "t.import_key IS NOT NULL", "o.import_key = t.import_key") for table in _KEYED),
    ]


async def _relatives(session: AsyncSession, kept_id: int, gone_id: int) -> tuple[list[Image], list[Image]]:
    """Relatives whom both have become one: what was filled in of the one who stays, and who was taken away."""
    kin = customer_family_members
    rows = (await session.execute(select(kin).where(kin.c.customer_id.in_((kept_id, gone_id))))).all()
    known = {(row.relationship, row.name_key): row for row in rows if row.customer_id == kept_id and row.name_key}
    changed: list[Image] = []
    same: list[int] = []
    for row in rows:
        stays = known.get((row.relationship, row.name_key)) if row.customer_id == gone_id else None
        if stays is None:
            continue
        same.append(row.id)
        values = relative_filled(stays, row)
        if values:
            changed += await row_moves.change(
                session, kin, "t.customer_id = :target AND t.id = :id", values, target=kept_id, id=stays.id
            )
    taken = await row_moves.take(
        session, kin, "t.customer_id = :source AND t.id = ANY(CAST(:ids AS bigint[]))", source=gone_id, ids=same
    )
    return changed, taken


async def _later_promise(session: AsyncSession, kept_id: int, gone_id: int, now: datetime) -> tuple[int, int] | None:
    """Of two open follow-ups the earlier stays; whose the other was, and which."""
    ours, theirs = await follow_ups.open_of(session, kept_id), await follow_ups.open_of(session, gone_id)
    if ours is None or theirs is None:
        return None
    later = ours if theirs.due_at < ours.due_at else theirs
    await follow_ups.close(session, later.customer_id, status="replaced", now=now)
    return later.customer_id, later.follow_up_id
