"""Where in the whole shop's call list somebody may stand at most, as the numbers that are kept of them say.

It is read for many, so that all that advice rests on is read for few (``cdm_core.calls.list_of_everybody``).
"""

from datetime import time
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from cdm_core.call_hours import holds, stated_hours

COLUMNS = """
    s.pending_since, s.hot_until > :now AS hot, promised.due_at AS promised_at, chase.local_date AS chase_day,
    CASE WHEN s.dropoff_at > :fresh AND s.dropoff_at <= :now THEN s.dropoff_at END AS dropoff_at,
    c.birthday_md IN (:today_md, :leap_md) AS birthday, c.available_time IS NOT NULL AS stated,
    r.best_call_time, coalesce(r.value, 0) AS value
"""
"""What ``soonest`` reads, of customers called ``c``; they need ``JOINS``."""

JOINS = """
    LEFT JOIN customer_summary s ON s.customer_id = c.id
    LEFT JOIN call_ranking r ON r.customer_id = c.id
    LEFT JOIN follow_ups promised
        ON promised.customer_id = c.id AND promised.status = 'open' AND promised.due_at < :tomorrow
    LEFT JOIN campaign_tasks chase
        ON chase.customer_id = c.id AND chase.state = 'open' AND chase.local_date <= :today
"""


def soonest(row: Row[Any], at: time) -> tuple[float, ...]:
    """The place before which no entry of the customer can stand, at the local time ``at``: the first part of the list
    that there is a sign of, and the place in it, as ``cdm_core.calls`` orders entries."""
    later = not row.stated and not _now_best(row.best_call_time, at)  # what was stated may be of another day
    if row.pending_since is not None:
        return 0, row.pending_since.timestamp()
    if row.promised_at is not None:
        return 1, row.promised_at.timestamp()
    if row.dropoff_at is not None:
        return 2, later and not row.hot, -row.dropoff_at.timestamp()
    if row.chase_day is not None:
        return 3, later, row.chase_day.toordinal(), -row.value
    return 4 if row.birthday else 5, later, -row.value


@lru_cache(maxsize=1024)
def _now_best(hours: str | None, at: time) -> bool:
    known = stated_hours(hours)
    return known is not None and holds(known, at)
