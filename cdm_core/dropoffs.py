"""Drop-offs: carts, checkouts and payments that customers left; those still to be won back, and winning them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_ends, deals, duty, summary, winback_outcomes
from cdm_core.access import CustomerRef
from cdm_core.clock import local_date
from cdm_core.consents import may_be_called
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.winback_outcomes import CONTACT, REACHED
from cdm_core.words import DropoffStage, Temperature

MOST = 200
"""Drop-offs shown at most, of the person's own customers and of all the unowned."""

_OPEN = text(
    f"""
    WITH latest AS (
        (SELECT customer_id, dropoff_at FROM customer_summary
         WHERE owner_id = :person AND dropoff_at > :fresh AND dropoff_at <= :now AND NOT do_not_call
         ORDER BY dropoff_at DESC LIMIT :most)
        UNION ALL
        (SELECT customer_id, dropoff_at FROM customer_summary
         WHERE owner_id IS NULL AND dropoff_at > :fresh AND dropoff_at <= :now AND NOT do_not_call
         ORDER BY dropoff_at DESC LIMIT :most)
    )
    SELECT d.id, d.customer_id, d.stage, d.cart_value, d.reason, d.occurred_at,
           p.name AS product, c.phone_e164, c.owner_id,
           cdm_name(c.first_name, c.last_name) AS name,
           cdm_temperature(s.hot_until, s.warm_until, :now) AS temperature
    FROM latest l
    JOIN customers c ON c.id = l.customer_id
    JOIN customer_summary s ON s.customer_id = l.customer_id
    CROSS JOIN LATERAL (
        SELECT id, customer_id, stage, cart_value, reason, occurred_at, product_id
        FROM customer_dropoff_tracking
        WHERE customer_id = l.customer_id AND occurred_at = l.dropoff_at AND NOT recovered AND stage <> 'product_view'
        ORDER BY id DESC LIMIT 1
    ) d
    LEFT JOIN products p ON p.id = d.product_id
    WHERE {may_be_called("c")}
      AND (c.owner_id = :person OR c.owner_id IS NULL)
    """
)
# By a press alone nobody wins anything back.
_RECOVER = text(
    f"""
    UPDATE customer_dropoff_tracking d SET recovered = true, recovered_at = :now, recovered_by = (
        SELECT i.staff_id FROM customer_interactions i
        WHERE i.customer_id = d.customer_id AND {CONTACT} AND {REACHED}
          AND i.occurred_at >= d.occurred_at AND i.occurred_at <= :now
          AND i.occurred_at >= CAST(:now AS timestamptz)
                               - make_interval(days => CAST(cdm_setting('recovery_window_days') AS integer))
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT 1)
    WHERE d.customer_id = :customer AND NOT d.recovered AND d.stage <> 'product_view' AND d.occurred_at <= :now
    RETURNING d.id
    """
)


@dataclass(frozen=True, slots=True)
class Dropoff:
    """The latest open drop-off of a customer. ``cart_value`` is in the shop's currency."""

    dropoff_id: int
    customer_id: int
    name: str
    phone_e164: str | None
    temperature: Temperature
    stage: DropoffStage
    cart_value: Decimal | None
    product: str | None
    reason: str | None
    at: datetime


async def open_ones(
    session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime
) -> tuple[Dropoff, ...]:
    """What ``person`` may win back today, own and dealt, the latest first; one a customer, none bought since."""
    rows = (
        await session.execute(
            _OPEN,
            {
                "person": person.id,
                "now": now,
                "fresh": now - timedelta(days=thresholds.dropoff_fresh_days),
                "most": MOST,
            },
        )
    ).all()
    today = local_date(now, thresholds.zone)
    on_duty = [agent.id for agent in await duty.agents_on(session, today, thresholds)]
    unowned = [row.customer_id for row in rows if row.owner_id is None]
    whose = await deals.whose(session, today, unowned, on_duty)
    found = [
        Dropoff(
            dropoff_id=row.id,
            customer_id=row.customer_id,
            name=row.name,
            phone_e164=row.phone_e164,
            temperature=Temperature(row.temperature),
            stage=DropoffStage(row.stage),
            cart_value=row.cart_value,
            product=row.product,
            reason=row.reason,
            at=row.occurred_at,
        )
        for row in rows
        if row.owner_id is not None or whose.get(row.customer_id) == person.id
    ]
    return tuple(sorted(found, key=lambda dropoff: dropoff.at, reverse=True)[:MOST])


async def recover(session: AsyncSession, customer: CustomerRef, *, now: datetime) -> int:
    """Close all open drop-offs of the customer as won back, and the alert of one; how many there were.

    Won back by who reached the customer last since, within ``recovery_window_days``; by nobody where nobody did.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    won = await session.execute(_RECOVER, {"customer": customer.customer_id, "now": now})
    number = len(won.all())
    if number:
        await winback_outcomes.settle(session, ids, now=now)
        await summary.refresh(session, ids)
        await alert_ends.close_answered(session, now=now, customer_id=customer.customer_id)
    return number
