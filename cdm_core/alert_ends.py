"""Alerts that are over though nobody noted so in the chat: answered elsewhere, or no longer urgent."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.alert_signs import CONTACTED, ORDERED
from cdm_core.alerts import COUNTS_FROM, LASTS, close
from cdm_core.words import AlertEnd

UNTOLD = timedelta(days=14)
"""Nor is one urgent that nobody could be told of in so long a time."""

_OF_ALERT = {"customer": "a.customer_id", "since": "a.sign_at"}
# Told of by nobody's note: an order from the shop, a contact another system wrote, an imported do-not-call.
_ANSWERED = text(
    f"""
    SELECT a.customer_id,
           CASE WHEN c.do_not_call_at IS NOT NULL THEN 'do_not_call' WHEN ordered.id IS NOT NULL THEN 'ordered'
                ELSE 'contacted' END AS why,
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
      AND (c.do_not_call_at IS NOT NULL OR ordered.id IS NOT NULL OR contact.id IS NOT NULL)
    """
)
_FORGOTTEN = text(
    f"""
    SELECT a.customer_id FROM alerts a
    WHERE a.state <> 'closed' AND a.raised_at <= :lasts AND ({COUNTS_FROM} <= :lasts OR a.raised_at <= :untold)
    FOR UPDATE OF a SKIP LOCKED
    """
)


async def close_over(session: AsyncSession, *, now: datetime) -> int:
    """Close what was answered outside the chat, and what is stale; how many."""
    answered = await close_answered(session, now=now)
    forgotten = list((await session.execute(_FORGOTTEN, {"lasts": now - LASTS, "untold": now - UNTOLD})).scalars())
    for customer_id in forgotten:
        await close(session, customer_id, AlertEnd.STALE, now=now)
    return answered + len(forgotten)


async def close_answered(session: AsyncSession, *, now: datetime, customer_id: int | None = None) -> int:
    """Close what was answered outside the chat, of one customer or of all; how many."""
    answered = (await session.execute(_ANSWERED, {"now": now, "customer": customer_id})).all()
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
