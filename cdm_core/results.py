"""What people get done: their calls, answers and orders, by business day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import day_start
from cdm_core.orders import STANDING

DAYS = (
    "unnest(CAST(:days AS date[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))"
    " AS d (day, starts_at, ends_at)"
)
"""The days of ``bounds`` as a table."""

_RESULTS = text(
    f"""
    SELECT p.staff_id, d.day, c.calls, c.answered, o.orders, o.amount
    FROM unnest(CAST(:people AS bigint[])) AS p (staff_id)
    CROSS JOIN {DAYS}
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS calls, (count(*) FILTER (WHERE cdm_answered(outcome_code)))::integer AS answered
        FROM customer_interactions i
        WHERE i.staff_id = p.staff_id AND undone_at IS NULL AND occurred_at >= d.starts_at AND occurred_at < d.ends_at
          AND interaction_type = 'call' AND interaction_direction = 'outbound'
    ) c
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS orders, coalesce(sum(total_amount), 0) AS amount
        FROM sales_orders
        WHERE confirmed_by = p.staff_id AND confirmed_at >= d.starts_at AND confirmed_at < d.ends_at
          AND status IN {STANDING}
    ) o
    ORDER BY d.day DESC
    """
)


@dataclass(frozen=True, slots=True)
class Result:
    """One day's result: outbound ``calls``, those ``answered``, orders confirmed that stand and what they come to."""

    day: date
    calls: int
    answered: int
    orders: int
    amount: Decimal

    @property
    def share(self) -> float | None:
        """The part of the calls that was answered, 0 to 1; None without calls."""
        return self.answered / self.calls if self.calls else None


async def results(session: AsyncSession, staff_id: int, *, last: date, days: int, zone: ZoneInfo) -> tuple[Result, ...]:
    """The results of ``days`` days up to ``last``, the newest first, by the business days of ``zone``."""
    wanted = [last - timedelta(days=back) for back in range(days)]
    return (await of_people(session, [staff_id], wanted, zone))[staff_id]


async def of_people(
    session: AsyncSession, staff_ids: Collection[int], days: Iterable[date], zone: ZoneInfo
) -> dict[int, tuple[Result, ...]]:
    """Each person's results of these days, the newest first."""
    rows = await session.execute(_RESULTS, {"people": list(staff_ids), **bounds(list(days), zone)})
    found: dict[int, list[Result]] = {staff_id: [] for staff_id in staff_ids}
    for row in rows:
        found[row.staff_id].append(Result(row.day, row.calls, row.answered, row.orders, Decimal(row.amount)))
    return {staff_id: tuple(of_one) for staff_id, of_one in found.items()}


def bounds(days: Sequence[date], zone: ZoneInfo) -> dict[str, Sequence[date]]:
    """``days`` with their ``starts`` and ``ends`` as moments, for queries that take several days at once."""
    return {
        "days": list(days),
        "starts": [day_start(day, zone) for day in days],
        "ends": [day_start(day + timedelta(days=1), zone) for day in days],
    }
