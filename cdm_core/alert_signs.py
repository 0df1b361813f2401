"""Signs that a customer is about to buy, or about to be lost, right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.orders import STANDING, ordered_since
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertSign

MISSED = timedelta(hours=24)
"""After a standstill signs so old are still taken up."""

LEFT_OR_WROTE = """
    SELECT d.customer_id, d.occurred_at AS sign_at, d.id AS sign_id, d.cart_value AS amount,
           CASE d.stage WHEN 'payment_failed' THEN 'payment_failed' WHEN 'checkout_initiated' THEN 'checkout'
                        ELSE 'cart' END AS sign
    FROM customer_dropoff_tracking d
    WHERE NOT d.recovered AND d.occurred_at > {since} AND d.occurred_at <= :now
      AND (d.stage IN ('payment_failed', 'checkout_initiated')
           OR d.stage = 'add_to_cart' AND d.cart_value >= cdm_setting('alert_cart_value')::numeric)
    UNION ALL
    SELECT i.customer_id, i.occurred_at, i.id, NULL, 'inbound'
    FROM customer_interactions i
    WHERE i.interaction_direction = 'inbound' AND i.undone_at IS NULL AND i.staff_id IS NULL
      AND i.occurred_at > {since} AND i.occurred_at <= :now"""
"""As SQL, what customers left behind or wrote after ``{since}``, with the ``sign`` that it is."""

# A VIP's visit: the summary's index on warm_until finds those with a sign just now, whoever they are.
_FRESH = f"""
    {LEFT_OR_WROTE.format(since=":fresh")}
    UNION ALL
    SELECT s.customer_id, visit.occurred_at, NULL, NULL, 'vip_back'
    FROM customer_summary s
    CROSS JOIN LATERAL (
        SELECT b.occurred_at FROM customer_behavior b
        WHERE b.customer_id = s.customer_id AND b.occurred_at <= :now
        ORDER BY b.occurred_at DESC LIMIT 1) visit
    WHERE s.warm_until > CAST(:fresh AS timestamptz) + make_interval(days => :warm_days)
      AND s.customer_type = 'vip' AND visit.occurred_at > :fresh
      AND (s.last_order_date IS NULL OR s.last_order_date <= :away)
      AND (s.last_contact_at IS NULL OR s.last_contact_at <= :away)
      AND NOT EXISTS (SELECT FROM customer_behavior b
                      WHERE b.customer_id = s.customer_id AND b.occurred_at > :away AND b.occurred_at <= :fresh)
"""
# What came after the sign and makes it void: an order, a contact by one of us.
ORDERED = f"""sales_orders o
    WHERE o.customer_id = {{customer}} AND o.status IN {STANDING} AND {ordered_since("{since}")}
      AND o.ordered_at <= :now"""
CONTACTED = """customer_interactions i
    WHERE i.customer_id = {customer} AND i.undone_at IS NULL
      AND (i.staff_id IS NOT NULL OR i.source = 'api' AND i.interaction_direction = 'outbound'
                                     AND (i.interaction_type IN ('call', 'meeting') OR i.outcome IS NOT NULL))
      AND i.occurred_at >= {since} AND i.occurred_at <= :now AND cdm_unanswered(i.outcome_code) IS NOT TRUE
      AND (i.interaction_type <> 'other' OR i.outcome IS NOT NULL)"""
_OF_SIGN = {"customer": "f.customer_id", "since": "f.sign_at"}
UNANSWERED = f"""
    NOT EXISTS (SELECT FROM {ORDERED.format(**_OF_SIGN)})
    AND NOT EXISTS (SELECT FROM {CONTACTED.format(**_OF_SIGN)})"""
"""Whether nothing has made a sign ``f`` void, as SQL."""

_SIGNS = text(
    f"""
    SELECT DISTINCT ON (f.customer_id) f.customer_id, f.sign, f.sign_at, f.sign_id, f.amount
    FROM ({_FRESH}) f
    JOIN customers c ON c.id = f.customer_id AND c.do_not_call_at IS NULL
    WHERE {UNANSWERED}
      AND NOT EXISTS (SELECT FROM alerts a
                      WHERE a.customer_id = f.customer_id
                        AND (a.state <> 'closed' AND array_position(CAST(:urgency AS text[]), a.sign)
                                                     <= array_position(CAST(:urgency AS text[]), f.sign)
                             OR a.state = 'closed' AND (a.raised_at > :cooled OR a.sign_at >= f.sign_at)))
    ORDER BY f.customer_id, array_position(CAST(:urgency AS text[]), f.sign), f.sign_at DESC
    """
)


@dataclass(frozen=True, slots=True)
class Sign:
    """``sign_id`` is the drop-off or the interaction it was seen in; ``amount`` what is in the cart."""

    customer_id: int
    sign: AlertSign
    sign_at: datetime
    sign_id: int | None
    amount: Decimal | None


async def new_signs(
    session: AsyncSession, limits: Thresholds, *, now: datetime, looked_at: datetime | None = None
) -> Sequence[Sign]:
    """Fresh signs, the most urgent one a customer, that no alert tells of yet.

    Void are those answered since by an order or a contact, those of who is not to be called, and those within the
    customer's cooldown. Of a customer whose alert is open only a more urgent sign counts. Fresh is also what came after
    signs were last ``looked_at``, before a standstill.
    """
    fresh = now - timedelta(minutes=limits.alert_fresh_minutes)
    if looked_at is not None:
        fresh = min(fresh, max(looked_at, now - MISSED))
    rows = await session.execute(
        _SIGNS,
        {
            "now": now,
            "fresh": fresh,
            "cooled": now - timedelta(hours=limits.alert_cooldown_hours),
            "away": now - timedelta(days=limits.alert_vip_away_days),
            "warm_days": limits.warm_days,
            "urgency": list(AlertSign),
        },
    )
    return [
        Sign(
            customer_id=row.customer_id,
            sign=AlertSign(row.sign),
            sign_at=row.sign_at,
            sign_id=row.sign_id,
            amount=row.amount,
        )
        for row in rows
    ]
