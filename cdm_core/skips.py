"""Leaving a customer out of the call list: for an hour, for the day, or, as a bad suggestion, for a month."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes
from cdm_core.access import CustomerRef
from cdm_core.clock import day_start, local_date
from cdm_core.staff import Staff
from cdm_core.tables import call_feedback, claims
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind


class Skip(StrEnum):
    NOT_NOW = "not_now"
    NOT_TODAY = "not_today"
    BAD_SUGGESTION = "bad_suggestion"


BAD_SUGGESTION_DAYS = 30
OWED_AGAIN = timedelta(hours=1)
"""So long a bad suggestion puts off what is owed; ``cdm_core.call_candidates`` lists it then."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """``staff`` found the suggestion bad: the customer is not to be called ``until`` then.

    ``owed``: but for what is owed to them, or has come up since. ``back_at`` is when that is listed again, None where
    it is already. ``change_id`` takes it back.
    """

    staff: str
    until: datetime
    owed: bool
    back_at: datetime | None
    change_id: int | None

    @property
    def rests(self) -> bool:
        """Whether they are on no list now."""
        return not self.owed or self.back_at is not None


_LEFT_OUT = text(
    """
    SELECT k.at, k.until, p.name AS staff, made.id AS change_id, s.pending_since, f.created_at AS promised,
           CASE WHEN s.dropoff_at > :fresh AND s.dropoff_at <= :now THEN s.dropoff_at END AS left_at,
           t.created_at AS chased
    FROM call_feedback k
    JOIN staff p ON p.id = k.staff_id
    LEFT JOIN customer_summary s ON s.customer_id = k.customer_id
    LEFT JOIN follow_ups f ON f.customer_id = k.customer_id AND f.status = 'open' AND f.due_at < :tomorrow
    LEFT JOIN campaign_tasks t ON t.customer_id = k.customer_id AND t.state = 'open' AND t.local_date <= :today
    LEFT JOIN customer_changes made
        ON made.customer_id = k.customer_id AND made.kind = 'left_out' AND made.staff_id = k.staff_id
        AND made.changed_at = k.at AND made.undone_at IS NULL
    WHERE k.customer_id = :id AND k.kind = 'bad_suggestion' AND k.until > :now
    ORDER BY k.at DESC, k.id DESC, t.created_at DESC LIMIT 1
    """
)


async def skip(
    session: AsyncSession, person: Staff, customer_id: int, why: Skip, *, now: datetime, thresholds: Thresholds
) -> int | None:
    """Leave the customer out of every list; what comes up later, an order or a promise, is listed all the same.

    A bad suggestion puts off for an hour alone what is owed to them: an order to be confirmed, a promised call.
    It can be taken back as long as it lasts (``cdm_core.changes``): gives the change's id.
    """
    today = local_date(now, thresholds.zone)
    until = {
        Skip.NOT_NOW: now + timedelta(hours=1),
        Skip.NOT_TODAY: day_start(today + timedelta(days=1), thresholds.zone),
        Skip.BAD_SUGGESTION: now + timedelta(days=BAD_SUGGESTION_DAYS),
    }[why]
    await session.execute(
        insert(call_feedback).values(customer_id=customer_id, staff_id=person.id, kind=why, at=now, until=until)
    )
    await session.execute(delete(claims).where(claims.c.customer_id == customer_id, claims.c.staff_id == person.id))
    if why is not Skip.BAD_SUGGESTION:
        return None
    after = {"staff_id": person.id, "at": now, "until": until}
    return await changes.record(session, person, customer_id, ChangeKind.LEFT_OUT, before=None, after=after, now=now)


async def left_out(session: AsyncSession, ref: CustomerRef, *, now: datetime, thresholds: Thresholds) -> LeftOut | None:
    """What of the bad suggestions still holds, by the latest of them; None: nothing."""
    today = local_date(now, thresholds.zone)
    asked = {
        "id": ref.customer_id,
        "now": now,
        "today": today,
        "tomorrow": day_start(today + timedelta(days=1), thresholds.zone),
        "fresh": now - timedelta(days=thresholds.dropoff_fresh_days),
    }
    row = (await session.execute(_LEFT_OUT, asked)).one_or_none()
    return None if row is None else _left_out(row, now)


def _left_out(row: Row[Any], now: datetime) -> LeftOut:
    owed = [begun for begun in (row.pending_since, row.promised) if begun is not None]
    since = [begun for begun in (*owed, row.left_at, row.chased) if begun is not None and begun > row.at]
    again = now if since else row.at + OWED_AGAIN
    return LeftOut(
        staff=row.staff,
        until=row.until,
        owed=bool(owed or since),
        back_at=again if again > now and owed else None,
        change_id=row.change_id,
    )


async def bad_since(session: AsyncSession, person: Staff, customer_id: int, *, now: datetime) -> datetime | None:
    """Since when the customer is left out because ``person`` found the suggestion bad; None: they are not."""
    told = call_feedback.c
    since: datetime | None = (
        await session.execute(
            select(func.max(told.at)).where(
                told.customer_id == customer_id,
                told.staff_id == person.id,
                told.kind == Skip.BAD_SUGGESTION,
                told.until > now,
            )
        )
    ).scalar_one()
    return since
