"""Alerts that are over though nobody noted so in the chat: answered elsewhere, won back, or no longer urgent."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.alert_signs import CONTACTED, LEFT_OR_WROTE, MISSED, ORDERED, UNANSWERED
from cdm_core.alerts import COUNTS_FROM, LASTS, close
from cdm_core.consents import not_held
from cdm_core.words import AlertEnd, AlertSign

UNTOLD = timedelta(days=14)
"""Nor is one urgent that nobody could be told of in so long a time."""

_OF_ALERT = {"customer": "a.customer_id", "since": "a.sign_at"}
_RECOVERED = """(
    a.sign IN ('payment_failed', 'checkout', 'cart')
    AND EXISTS (SELECT FROM customer_dropoff_tracking left_behind
                WHERE left_behind.customer_id = a.customer_id AND left_behind.id = a.sign_id
                  AND left_behind.recovered))"""
# What an alert tells of is won back: it tells of the next sign, which it had kept from ringing.
_NEXT_SIGN = text(
    f"""
    UPDATE alerts
    SET sign = next.sign, sign_at = next.sign_at, sign_id = next.sign_id, amount = next.amount,
        version = alerts.version + 1
    FROM (
        SELECT a.id, sign.*
        FROM alerts a
        CROSS JOIN LATERAL (
            SELECT f.* FROM ({LEFT_OR_WROTE.format(since="a.sign_at - CAST(:missed AS interval)")}) f
            WHERE f.customer_id = a.customer_id AND {UNANSWERED}
            ORDER BY array_position(CAST(:urgency AS text[]), f.sign), f.sign_at DESC LIMIT 1) sign
        WHERE a.state <> 'closed' AND (CAST(:customer AS bigint) IS NULL OR a.customer_id = :customer) AND {_RECOVERED}
    ) next
    WHERE alerts.customer_id = next.customer_id AND alerts.id = next.id
    """
)
# Told of by nobody's note: an order from the shop, a contact another system wrote, an imported do-not-call.
_ANSWERED = text(
    f"""
    SELECT a.customer_id,
           CASE WHEN c.do_not_call_at IS NOT NULL THEN 'do_not_call' WHEN ordered.id IS NOT NULL THEN 'ordered'
                WHEN contact.id IS NOT NULL THEN 'contacted' ELSE 'recovered' END AS why,
           ordered.id AS order_id, contact.id AS interaction_id, contact.staff_id
    FROM alerts a
    JOIN customers c ON c.id = a.customer_id
    LEFT JOIN LATERAL (
        SELECT o.id FROM {ORDERED.format(**_OF_ALERT)}
        ORDER BY o.ordered_at DESC LIMIT 1) ordered ON true
    LEFT JOIN LATERAL (
        SELECT i.id, i.staff_id FROM {CONTACTED.format(**_OF_ALERT)}
        ORDER BY i.occurred_at DESC LIMIT 1) contact ON true
    WHERE a.state <> 'closed' AND (CAST(:customer AS bigint) IS NULL OR a.customer_id = :customer)
      AND (c.do_not_call_at IS NOT NULL OR ordered.id IS NOT NULL OR contact.id IS NOT NULL OR {_RECOVERED})
    """
)
_OPEN = text("SELECT EXISTS (SELECT FROM alerts WHERE customer_id = :customer AND state <> 'closed')")
_FORGOTTEN = text(
    f"""
    SELECT a.customer_id FROM alerts a
    WHERE a.state <> 'closed' AND a.raised_at <= :lasts AND ({COUNTS_FROM} <= :lasts OR a.raised_at <= :untold)
      AND {not_held("a.customer_id")}
    FOR UPDATE OF a SKIP LOCKED
    """
)


async def close_over(session: AsyncSession, *, now: datetime) -> int:
    """Close what was answered outside the chat, and what is stale, though not while calls are held; how many."""
    answered = await close_answered(session, now=now)
    forgotten = list((await session.execute(_FORGOTTEN, {"lasts": now - LASTS, "untold": now - UNTOLD})).scalars())
    for customer_id in forgotten:
        await close(session, customer_id, AlertEnd.STALE, now=now)
    return answered + len(forgotten)


async def close_answered(session: AsyncSession, *, now: datetime, customer_id: int | None = None) -> int:
    """Close what was answered outside the chat or won back, of one customer or of all; how many.

    Where the customer gave another sign that nothing has answered, the alert of what was won back tells of that.
    """
    if customer_id is not None and not (await session.execute(_OPEN, {"customer": customer_id})).scalar_one():
        return 0
    whose = {"now": now, "customer": customer_id}
    await session.execute(_NEXT_SIGN, {**whose, "missed": MISSED, "urgency": list(AlertSign)})
    answered = (await session.execute(_ANSWERED, whose)).all()
    for row in answered:
        await close(
            session,
            row.customer_id,
            AlertEnd(row.why),
            now=now,
            person_id=row.staff_id if row.why == AlertEnd.CONTACTED else None,
            interaction_id=row.interaction_id if row.why == AlertEnd.CONTACTED else None,
            order_id=row.order_id if row.why == AlertEnd.ORDERED else None,
        )
    return len(answered)
