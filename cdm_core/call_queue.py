"""Giving the call list out: claiming the next customer, and who comes when nobody is left to call now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calls, claims
from cdm_core.access import full_name
from cdm_core.calls import Entry, Part
from cdm_core.keepers import KEPT, keeper
from cdm_core.recommend import shown
from cdm_core.recommend.shown import ShownIn
from cdm_core.staff import Staff
from cdm_core.tables import claims as held
from cdm_core.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Claim:
    """``entry`` is the person's until ``until``; it is the first to call now of the ``total`` that the list holds."""

    entry: Entry
    until: datetime
    total: int


@dataclass(frozen=True, slots=True)
class Coming:
    """A call still ahead: a follow-up, or one that waits for the customer's hours."""

    customer_id: int
    name: str
    due_at: datetime


async def claim_next(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> Claim | None:
    """Claim the first of the list for the person, expiring back after the queue's minutes; None: nobody left.

    Who was promised a call for later today is not called before, and nobody outside the hours they stated; both stay
    on the list. A claim of theirs that still holds is let go first, so that asking for the next is never a way to
    hoard. Noted are who is claimed, and the held out who would have been but for the draw.
    """
    await session.execute(delete(held).where(held.c.staff_id == person.id, held.c.kind == "queue"))
    listed = await calls.call_list(session, person, thresholds, now=now)
    until = now + timedelta(minutes=thresholds.claim_queue_minutes)
    claimed, place = None, len(listed.entries)
    for at, entry in enumerate(listed.entries):
        if _promised_for_later(entry, now) or entry.timing.outside:
            continue
        until_then = await claims.claim(session, person, entry.customer_id, kind="queue", now=now, until=until)
        if until_then is not None:
            claimed, place = Claim(entry=entry, until=until_then, total=len(listed.entries)), at
            break
    met = [
        entry.customer_id
        for before, entry in calls.places(listed.ranked)
        if before <= place and entry.held_out and not entry.timing.outside
    ] + ([claimed.entry.customer_id] if claimed else [])
    ranked = await calls.with_offers(session, listed.ranked, met, now=now, thresholds=thresholds)
    noted = [one for one in calls.suggested(ranked, 0, place + 1) if one.customer_id in met]
    await shown.record(session, person.id, ShownIn.NEXT, noted, now=now, thresholds=thresholds)
    return claimed


async def next_promise(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> Coming | None:
    """The next follow-up after ``now`` that is the person's to keep."""
    row = (
        await session.execute(
            text(
                f"""
                SELECT f.customer_id, f.due_at, c.first_name, c.last_name
                FROM {KEPT} f JOIN customers c ON c.id = f.customer_id
                WHERE f.due_at > :now ORDER BY f.due_at LIMIT 1
                """
            ),
            {**keeper(person, thresholds), "now": now},
        )
    ).one_or_none()
    return Coming(row.customer_id, full_name(row.first_name, row.last_name), row.due_at) if row else None


async def next_coming(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> Coming | None:
    """What comes when nobody is left to call at ``now``: the next promise, or whose hours begin next today."""
    listed = await calls.call_list(session, person, thresholds, now=now)
    ahead = [
        Coming(entry.customer_id, entry.name, opens_at)
        for entry in listed.entries
        if entry.timing.outside and (opens_at := entry.timing.opens_at) is not None
    ]
    promised = await next_promise(session, person, thresholds, now=now)
    return min([*([promised] if promised else []), *ahead], key=lambda coming: coming.due_at, default=None)


def _promised_for_later(entry: Entry, now: datetime) -> bool:
    promised = entry.facts.follow_up_at
    return entry.part is Part.DUE and promised is not None and promised > now
