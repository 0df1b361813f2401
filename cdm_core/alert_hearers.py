"""Who has heard of an urgent alert, and of how many each has heard lately."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.outbox import LOST


@dataclass(frozen=True, slots=True)
class Told:
    """By staff id: who has a copy of an alert, or one under way, in its present round; who of them was told at first,
    before it went up; whom none reaches."""

    heard: frozenset[int]
    first: frozenset[int]
    deaf: frozenset[int]


async def told(session: AsyncSession, customer_id: int, alert_id: int, *, since: datetime | None = None) -> Told:
    """Who has been told of it, as far as is known; before ``since`` nobody counts as told."""
    rows = await session.execute(
        text(
            f"""
            SELECT m.staff_id, bool_or(o.state NOT IN {LOST}) AS reached, bool_or(o.state = 'failed') AS failed,
                   bool_or(now_is.counts) AS heard, bool_or(now_is.counts AND m.level = 0) AS first
            FROM alert_messages m JOIN outbox o ON o.id = m.outbox_id
            CROSS JOIN LATERAL (
                SELECT o.state NOT IN {LOST} AND m.told_at >= coalesce(:since, m.told_at) AS counts) now_is
            WHERE m.customer_id = :customer AND m.alert_id = :alert
            GROUP BY m.staff_id
            """
        ),
        {"customer": customer_id, "alert": alert_id, "since": since},
    )
    found = rows.all()
    return Told(
        heard=frozenset(row.staff_id for row in found if row.heard),
        first=frozenset(row.staff_id for row in found if row.first),
        deaf=frozenset(row.staff_id for row in found if row.failed and not row.reached),
    )


async def spent(session: AsyncSession, *, since: datetime) -> dict[int, int]:
    """How many alerts each person was told of first since then, lost copies and failed payments apart, which anybody
    must hear of."""
    rows = await session.execute(
        text(
            f"""
            SELECT m.staff_id, count(*) AS number
            FROM alert_messages m
            JOIN alerts a ON a.customer_id = m.customer_id AND a.id = m.alert_id
            JOIN outbox o ON o.id = m.outbox_id
            WHERE m.told_at > :since AND m.level = 0 AND a.sign <> 'payment_failed' AND o.state NOT IN {LOST}
            GROUP BY m.staff_id
            """
        ),
        {"since": since},
    )
    return {row.staff_id: row.number for row in rows}
