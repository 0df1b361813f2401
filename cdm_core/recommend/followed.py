"""How many of the suggestions of some days were followed, as the facts are now.

``recommendation_log`` tells it of itself only when the window of each is over, weeks later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.recommend.shown import TRIED
from cdm_core.thresholds import Thresholds

_FOLLOWED = text(
    f"""
    WITH shown AS MATERIALIZED (
        SELECT id, customer_id, others, shown_at, least(shown_at + make_interval(days => :window), :now) AS until
        FROM recommendation_log
        WHERE NOT held_out AND staff_id = ANY(CAST(:people AS bigint[])) AND shown_at >= :first AND shown_at < :end
    ), due AS (
        SELECT id, customer_id, shown_at, until FROM shown
        UNION ALL
        SELECT s.id, coalesce(stayed.customer_id, other.id), s.shown_at, s.until
        FROM shown s
        CROSS JOIN LATERAL unnest(s.others) other (id)
        LEFT JOIN merges stayed ON stayed.gone_id = other.id AND stayed.undone_at IS NULL
        WHERE s.others <> '{{}}'
    )
    SELECT (SELECT count(*) FROM shown) AS shown,
           (SELECT count(DISTINCT due.id) FROM due JOIN customer_interactions i ON i.customer_id = due.customer_id
            WHERE {TRIED} AND i.occurred_at > :first AND i.occurred_at <= :now) AS followed
    """
)


@dataclass(frozen=True, slots=True)
class Followed:
    """``shown`` suggestions, one a customer and day; after ``followed`` of them somebody of the household was tried."""

    shown: int
    followed: int


async def followed(
    session: AsyncSession,
    people: Sequence[int],
    first: datetime,
    end: datetime,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> Followed:
    """Of what was shown to these people (ids of staff) from ``first`` on and before ``end``, what was tried up to
    ``now`` and within ``uplift_window_days``, by whomever."""
    row = (
        await session.execute(
            _FOLLOWED,
            {
                "people": list(people),
                "first": first,
                "end": end,
                "now": now,
                "window": thresholds.uplift_window_days,
            },
        )
    ).one()
    return Followed(row.shown, row.followed)
