"""Trying once more, or letting be, what our own machinery could not do: a group of :mod:`cdm_core.troubles`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, inbox, outbox, reminders, runs
from cdm_core.db.notify import CHANNEL
from cdm_core.schedule import JobName, is_planned, person_of
from cdm_core.staff import Staff
from cdm_core.troubles import ABOUT, JOBS_SHOWN_FOR, Trouble
from cdm_core.words import TroubleKind

_SAME_MESSAGES = (
    f"o.state = :kind AND {ABOUT.format('o')} = :about AND o.error IS NOT DISTINCT FROM CAST(:error AS text)"
)
# What was done meanwhile: edits that a later one overtook, alerts that are answered, calls that were made or moved, and
# those of which another ring told, or is to tell.
_OVER = f"""
    EXISTS (SELECT FROM outbox later WHERE later.edits_outbox_id = o.edits_outbox_id AND later.id > o.id)
    OR o.edits_outbox_id IS NULL AND o.kind = 'alert' AND EXISTS (
        SELECT FROM alert_messages m JOIN alerts a ON a.customer_id = m.customer_id AND a.id = m.alert_id
        WHERE m.customer_id = o.customer_id AND m.outbox_id = o.id
          AND (a.state = 'closed' OR a.state = 'claimed' AND a.claimed_by <> o.staff_id))
    OR o.edits_outbox_id IS NULL AND o.kind = 'reminder' AND EXISTS (
        SELECT FROM follow_ups f
        WHERE f.customer_id = o.customer_id AND o.dedup_key LIKE 'followup:' || f.id || ':%'
          AND (f.status <> 'open' OR f.due_at > :now
               OR EXISTS (SELECT FROM outbox ring
                          WHERE ring.dedup_key = ANY({reminders.KEYS}) AND ring.id <> o.id
                            AND (ring.state NOT IN {outbox.LOST} OR ring.id > o.id AND ring.state <> 'cancelled'))))
"""
_RETRY_MESSAGES = text(
    f"""
    WITH same AS (
        SELECT o.id, ({_OVER}) IS TRUE AS over FROM outbox o
        WHERE o.payload IS NOT NULL AND {_SAME_MESSAGES} FOR UPDATE OF o)
    UPDATE outbox o
    SET state = CASE WHEN over THEN 'cancelled' ELSE 'queued' END, next_attempt_at = clock_timestamp(),
        retried_at = clock_timestamp(), expires_at = NULL,
        error = CASE WHEN over THEN 'over before it was tried again' END,
        payload = CASE
            WHEN over THEN NULL
            WHEN o.state = 'unknown' AND o.payload ? '$again' AND o.method NOT LIKE 'edit%' THEN {outbox.MARKED}
            ELSE o.payload END
    FROM same
    WHERE o.id = same.id AND o.state = :kind
    RETURNING over, pg_notify(:channel, :bell)
    """
)
_DROP_MESSAGES = text(
    f"""
    UPDATE outbox o SET state = 'cancelled', payload = NULL, error = 'dropped by hand'
    WHERE {_SAME_MESSAGES}
    RETURNING o.id
    """
)
_SAME_UPDATES = "i.state = 'quarantined' AND i.error IS NOT DISTINCT FROM CAST(:error AS text)"
_RETRY_UPDATES = text(
    f"""
    UPDATE inbox i
    SET state = 'received', attempts = 0, orphaned = 0, next_attempt_at = clock_timestamp(),
        retried_at = clock_timestamp()
    WHERE {_SAME_UPDATES}
    RETURNING i.update_id, pg_notify(:channel, :bell)
    """
)
_DROP_UPDATES = text(
    f"""
    UPDATE inbox i SET state = 'done', done_at = clock_timestamp(), body = NULL
    WHERE {_SAME_UPDATES}
    RETURNING i.update_id
    """
)
_SLOTS_OF = text(
    """
    UPDATE schedule_runs SET detail = detail || '{"dropped": true}'
    WHERE job = :job AND state IN ('failed', 'expired') AND ran_at > :since AND NOT (detail ? 'dropped')
    RETURNING key, slot_at
    """
)


@dataclass(frozen=True, slots=True)
class Retried:
    """How many are tried again, and how many were let be because what they tell of is over."""

    number: int
    over: int


async def retry(session: AsyncSession, person: Staff | str, group: Trouble, *, now: datetime) -> Retried:
    """Try all of the group once more, but for what is over. A message that may have arrived before says so.

    A slot is asked for from the clock, which runs it within a minute.
    """
    over = 0
    match group.kind:
        case TroubleKind.JOB:
            number = await _retry_slots(session, person, group, now=now)
        case TroubleKind.QUARANTINED:
            bell = {"channel": CHANNEL, "bell": inbox.BELL}
            number = len((await session.execute(_RETRY_UPDATES, {"error": group.error, **bell})).all())
        case _:
            facts = {**_same(group), "now": now, "channel": CHANNEL, "bell": outbox.BELL}
            fates = (await session.execute(_RETRY_MESSAGES, facts)).scalars().all()
            over = sum(fates)
            number = len(fates) - over
    await audit.record(session, now, person, "retried", kind=group.kind, of=group.cause, number=number, over=over)
    return Retried(number, over)


async def drop(session: AsyncSession, person: Staff | str, group: Trouble, *, now: datetime) -> int:
    """Let all of the group be; how many."""
    match group.kind:
        case TroubleKind.JOB:
            number = len(await _take_slots(session, group, now=now))
        case TroubleKind.QUARANTINED:
            number = len((await session.execute(_DROP_UPDATES, {"error": group.error})).all())
        case _:
            number = len((await session.execute(_DROP_MESSAGES, _same(group))).all())
    await audit.record(session, now, person, "dropped", kind=group.kind, of=group.cause, number=number)
    return number


async def _retry_slots(session: AsyncSession, person: Staff | str, group: Trouble, *, now: datetime) -> int:
    job = JobName(group.about or "")
    slots = await _take_slots(session, group, now=now)
    asked_by = person.id if isinstance(person, Staff) else None
    missed = [row for row in slots if row.key != runs.BROKEN]
    if len(missed) < len(slots):
        await runs.mended(session, job)  # the next tick tries it, and tells again if it still breaks
    asked = dict.fromkeys((row.slot_at, person_of(row.key), not is_planned(row.key)) for row in missed)
    for slot_at, staff_id, beside in asked:
        await runs.request(session, job, slot_at, staff_id=staff_id, requested_by=asked_by, beside=beside)
    return len(slots)


async def _take_slots(session: AsyncSession, group: Trouble, *, now: datetime) -> Sequence[Row[Any]]:
    facts = {"job": group.about, "since": now - JOBS_SHOWN_FOR}
    return sorted((await session.execute(_SLOTS_OF, facts)).all(), key=lambda row: (row.slot_at, row.key))


def _same(group: Trouble) -> dict[str, Any]:
    return {"kind": group.kind, "about": group.about, "error": group.error, "jobs": list(JobName)}
