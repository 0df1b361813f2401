"""What a person got done: calls, answers, orders and promises of a day, against the day before."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import local_date
from cdm_core.keepers import KEPT, keeper
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

_RESULTS = text(
    """
    SELECT d.day, c.calls, c.answered, c.promised, o.orders, o.amount
    FROM unnest(CAST(:days AS date[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
         AS d (day, starts_at, ends_at)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE interaction_type = 'call' AND interaction_direction = 'outbound')::integer
                   AS calls,
               count(*) FILTER (WHERE interaction_type = 'call' AND interaction_direction = 'outbound'
                   AND cdm_answered(outcome_code))::integer AS answered,
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM follow_ups f WHERE f.customer_id = i.customer_id AND f.interaction_id = i.id)
               )::integer AS promised
        FROM customer_interactions i
        WHERE staff_id = :staff_id AND undone_at IS NULL AND occurred_at >= d.starts_at AND occurred_at < d.ends_at
    ) c
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS orders, coalesce(sum(total_amount), 0) AS amount
        FROM sales_orders
        WHERE confirmed_by = :staff_id AND confirmed_at >= d.starts_at AND confirmed_at < d.ends_at
          AND status <> 'cancelled'
    ) o
    ORDER BY d.day DESC
    """
)
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
    SELECT count(*) FILTER (WHERE due_at < :now)::integer AS overdue, count(*)::integer AS due
    FROM {KEPT} f WHERE due_at < :tomorrow
    """
)


@dataclass(frozen=True, slots=True)
class Result:
    """One day's result: outbound ``calls``, those ``answered``, orders confirmed and what they come to, promises."""

    day: date
    calls: int
    answered: int
    promised: int
    orders: int
    amount: Decimal

    @property
    def share(self) -> float | None:
        """The part of the calls that was answered, 0 to 1; None without calls."""
        return self.answered / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class MyDay:
    """``due`` counts the open follow-ups until the end of today, the ``overdue`` among them."""

    today: Result
    yesterday: Result
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
    tomorrow = _start(today.day + timedelta(days=1), zone)
    row = (await session.execute(_OPEN, {**keeper(person, thresholds), "now": now, "tomorrow": tomorrow})).one()
    return MyDay(today, yesterday, overdue=row.overdue, due=row.due)


async def results(session: AsyncSession, staff_id: int, *, last: date, days: int, zone: ZoneInfo) -> tuple[Result, ...]:
    """The results of ``days`` days up to ``last``, the newest first, by the business days of ``zone``."""
    wanted = [last - timedelta(days=back) for back in range(days)]
    rows = await session.execute(
        _RESULTS,
        {
            "staff_id": staff_id,
            "days": wanted,
            "starts": [_start(day, zone) for day in wanted],
            "ends": [_start(day + timedelta(days=1), zone) for day in wanted],
        },
    )
    return tuple(
        Result(row.day, row.calls, row.answered, row.promised, row.orders, Decimal(row.amount)) for row in rows
    )


async def by_hour(session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo) -> tuple[Hour, ...]:
    """The hours of today and yesterday in which ``person`` called, in order."""
    today = local_date(now, zone)
    bounds = {
        name: _start(today + timedelta(days=ahead), zone)
        for name, ahead in (("yesterday", -1), ("today", 0), ("tomorrow", 1))
    }
    rows = await session.execute(_HOURS, {"staff_id": person.id, "zone": zone.key, **bounds})
    return tuple(Hour(*row) for row in rows)


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
