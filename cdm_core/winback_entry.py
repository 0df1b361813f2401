"""Who may enter a win-back campaign now, or be called again in one: found by SQL, the most valuable first.

Never somebody who bought since, who is not to be called, whom the cooldown or the attempt cap protects, who was
promised a call, or of whom an urgent alert is open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.consents import may_be_called
from cdm_core.orders import STANDING, ordered_since
from cdm_core.resting import RESTED, rest
from cdm_core.thresholds import Thresholds

FRESH = timedelta(days=14)
"""A cause older than this makes nobody enter any more, so that a new campaign does not dig up the whole past."""

MOST = 20_000
"""Customers looked at for one day."""

_FREE = f"""
    {may_be_called("c")}
    AND NOT EXISTS (SELECT FROM consents r
                    WHERE r.customer_id = c.id AND r.channel = 'call' AND NOT r.allowed)
    AND NOT EXISTS (SELECT FROM follow_ups f WHERE f.customer_id = c.id AND f.status = 'open')
    AND NOT EXISTS (SELECT FROM alerts a WHERE a.customer_id = c.id AND a.state <> 'closed')
    AND {RESTED}
"""
# Neither one of the kind just ended, nor one that is to be tried again.
_UNCHASED = """
    NOT EXISTS (SELECT FROM campaign_tasks t JOIN campaigns of ON of.id = t.campaign_id
                WHERE t.customer_id = c.id
                  AND (t.state = 'open'
                       OR t.settled_at > CAST(:now AS timestamptz) - make_interval(days => of.days_apart)))
"""
_BOUGHT = f"""
    EXISTS (SELECT FROM sales_orders o
            WHERE o.customer_id = c.id AND o.status IN {STANDING} AND {{since}})
"""
_DROPOFFS = f"""
    SELECT DISTINCT ON (c.id) c.id AS customer_id, c.owner_id, k.id AS campaign_id, 1 AS try_no, d.stage, d.reason,
           d.cart_value, d.id AS cause_id, d.occurred_at AS caused_at, coalesce(d.cart_value, 0) AS worth
    FROM customer_dropoff_tracking d
    JOIN customers c ON c.id = d.customer_id
    JOIN customer_summary s ON s.customer_id = d.customer_id
    CROSS JOIN LATERAL (
        SELECT k.id FROM campaigns k
        WHERE k.active AND k.cause = 'dropoff' AND (k.stage IS NULL OR k.stage = d.stage)
          AND (k.min_value IS NULL OR d.cart_value >= k.min_value)
        ORDER BY k.stage IS NULL, k.min_value DESC NULLS LAST, k.id DESC LIMIT 1) k
    WHERE NOT d.recovered AND d.stage <> 'product_view' AND d.occurred_at > :oldest AND d.occurred_at <= :no_alert
      AND NOT EXISTS (SELECT FROM campaign_tasks t JOIN campaigns of ON of.id = t.campaign_id
                      WHERE t.customer_id = c.id AND of.cause = 'dropoff' AND t.caused_at >= d.occurred_at)
      AND NOT {_BOUGHT.format(since=ordered_since("d.occurred_at"))} AND {_UNCHASED} AND {_FREE}
    ORDER BY c.id, d.occurred_at DESC, d.id DESC
"""
# Quiet for just so long: a campaign takes nobody who passed its mark before FRESH.
_INACTIVE = f"""
    SELECT DISTINCT ON (c.id) c.id AS customer_id, c.owner_id, k.id AS campaign_id, 1 AS try_no,
           coalesce(became.from_stage, s.lifecycle_stage) AS stage, CAST(NULL AS varchar) AS reason,
           CAST(NULL AS numeric) AS cart_value, coalesce(became.id, last.id) AS cause_id,
           s.last_order_date AS caused_at, s.avg_order_value AS worth
    FROM campaigns k
    CROSS JOIN LATERAL (
        SELECT make_interval(days => coalesce(k.days_quiet, CAST(:inactive_days AS integer))) AS long) quiet
    JOIN customer_summary s
        ON s.last_order_date <= CAST(:now AS timestamptz) - quiet.long
        AND s.last_order_date > CAST(:oldest AS timestamptz) - quiet.long
    JOIN customers c ON c.id = s.customer_id
    JOIN LATERAL (SELECT o.id FROM sales_orders o WHERE o.customer_id = c.id ORDER BY o.ordered_at DESC, o.id DESC
                  LIMIT 1) last ON true
    LEFT JOIN LATERAL (
        SELECT l.id, l.from_stage FROM lifecycle_transitions l
        WHERE k.days_quiet IS NULL AND l.customer_id = c.id AND l.to_stage = 'inactive'
          AND l.from_stage IS DISTINCT FROM 'inactive' AND l.at > s.last_order_date
        ORDER BY l.at DESC, l.id DESC LIMIT 1) became ON true
    WHERE k.active AND k.cause = 'inactive' AND (k.days_quiet IS NOT NULL OR became.id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM campaign_tasks t
                      WHERE t.customer_id = c.id AND t.campaign_id = k.id AND t.caused_at >= s.last_order_date)
      AND NOT {_BOUGHT.format(since="o.ordered_at > s.last_order_date")} AND {_UNCHASED} AND {_FREE}
    ORDER BY c.id, quiet.long DESC, k.id
"""
_AGAIN = f"""
    SELECT c.id AS customer_id, c.owner_id, k.id AS campaign_id, t.try_no + 1 AS try_no, t.stage, t.reason,
           t.cart_value, t.cause_id, t.caused_at, coalesce(t.cart_value, s.avg_order_value, 0) AS worth
    FROM campaign_tasks t
    JOIN campaigns k ON k.id = t.campaign_id AND k.active AND t.try_no < k.tries
    JOIN customers c ON c.id = t.customer_id
    JOIN customer_summary s ON s.customer_id = t.customer_id
    WHERE t.state IN ('tried', 'contacted') AND t.created_at > :tried_since
      AND t.settled_at <= CAST(:now AS timestamptz) - make_interval(days => k.days_apart)
      AND NOT EXISTS (SELECT FROM campaign_tasks n WHERE n.customer_id = t.customer_id AND n.id > t.id)
      AND NOT cdm_bought_since_cause(t.customer_id, t.campaign_id, t.caused_at) AND {_FREE}
"""
_ENTRANTS = text(
    f"""
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY owner_id ORDER BY worth DESC, customer_id) AS place
        FROM (
            SELECT DISTINCT ON (customer_id) *
            FROM (({_AGAIN}) UNION ALL ({_DROPOFFS}) UNION ALL ({_INACTIVE})) found
            ORDER BY customer_id, try_no DESC, cart_value DESC NULLS LAST
        ) one_each
    ) placed
    WHERE owner_id IS NULL OR place <= :own
    ORDER BY worth DESC, customer_id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Entrant:
    """A customer who may be called for ``campaign_id``, the ``try_no``-th time for this cause.

    ``worth`` is the cart, else the customer's usual order; see ``campaign_tasks`` for the rest.
    """

    customer_id: int
    owner_id: int | None
    campaign_id: int
    try_no: int
    stage: str | None
    reason: str | None
    cart_value: Decimal | None
    cause_id: int
    caused_at: datetime
    worth: Decimal


async def entrants(session: AsyncSession, limits: Thresholds, *, now: datetime, own: int = MOST) -> list[Entrant]:
    """At most ``MOST``, of one owner ``own``; once each, the most valuable first."""
    rows = await session.execute(
        _ENTRANTS,
        {
            **rest(now, limits),
            "now": now,
            "oldest": now - FRESH,
            "no_alert": now - timedelta(minutes=limits.alert_fresh_minutes),
            "tried_since": now - 6 * FRESH,
            "inactive_days": limits.inactive_after_days,
            "own": own,
            "most": MOST,
        },
    )
    return [
        Entrant(
            customer_id=row.customer_id,
            owner_id=row.owner_id,
            campaign_id=row.campaign_id,
            try_no=row.try_no,
            stage=row.stage,
            reason=row.reason,
            cart_value=row.cart_value,
            cause_id=row.cause_id,
            caused_at=row.caused_at,
            worth=row.worth,
        )
        for row in rows
    ]
