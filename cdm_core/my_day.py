"""What a person got done: calls, answers, orders and promises of a day, against the day before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import day_start, local_date
from cdm_core.keepers import KEPT, keeper
from cdm_core.results import Result, results
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

_HOURS = text(
    """
    SELECT extract(hour FROM occurred_at AT TIME ZONE :zone)::integer AS hour,
           count(*) FILTER (WHERE occurred_at >= :today)::integer AS calls,
           count(*) FILTER (WHERE occurred_at >= :today AND cdm_answered(outcome_code))::integer AS answered,
           count(*) FILTER (WHERE occurred_at < :today)::integer AS before
    FROM customer_interactions
    WHERE staff_id = :staff_id AND undone_at IS NULL AND occurred_at >= :yesterday AND occurred_at < :tomorrow
      AND interaction_type = 'call' AND interaction_direction = 'outbound'
    GROUP BY 1 ORDER BY 1
    """
)
_OPEN = text(
    f"""
    SELECT count(*) FILTER (WHERE due_at < :now)::integer AS overdue, count(*)::integer AS due,
           (SELECT count(*) FROM customer_interactions i
            WHERE i.staff_id = :person AND i.undone_at IS NULL AND i.occurred_at >= :today AND i.occurred_at < :tomorrow
              AND EXISTS (SELECT FROM follow_ups p WHERE p.customer_id = i.customer_id AND p.interaction_id = i.id)
           )::integer AS promised
    FROM {KEPT} f WHERE due_at < :tomorrow
    """
)


@dataclass(frozen=True, slots=True)
class MyDay:
    """``promised`` counts today's contacts that promised another; ``due`` the open follow-ups until the end of today,
    the ``overdue`` among them."""

    today: Result
    yesterday: Result
    promised: int
    overdue: int
    due: int


@dataclass(frozen=True, slots=True)
class Hour:
    """Outbound calls of today within this hour of the day (0 to 23), those ``answered``, and yesterday's."""

    hour: int
    calls: int
    answered: int
    before: int


async def my_day(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> MyDay:
    zone = thresholds.zone
    today, yesterday = await results(session, person.id, last=local_date(now, zone), days=2, zone=zone)
    edges = {"today": day_start(today.day, zone), "tomorrow": day_start(today.day + timedelta(days=1), zone)}
    row = (await session.execute(_OPEN, {**keeper(person, thresholds), "now": now, **edges})).one()
    return MyDay(today, yesterday, promised=row.promised, overdue=row.overdue, due=row.due)


async def by_hour(session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo) -> tuple[Hour, ...]:
    """The hours of today and yesterday in which ``person`` called, in order."""
    today = local_date(now, zone)
    bounds = {
        name: day_start(today + timedelta(days=ahead), zone)
        for name, ahead in (("yesterday", -1), ("today", 0), ("tomorrow", 1))
    }
    rows = await session.execute(_HOURS, {"staff_id": person.id, "zone": zone.key, **bounds})
    return tuple(Hour(*row) for row in rows)
