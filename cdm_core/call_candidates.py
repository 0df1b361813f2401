"""Who might be called today: the candidates of each kind, found by index, before advice weighs them.

A person's pool is the customers they own and the unowned ones, of which the daily deal leaves them their part. Each
kind is cut at ``limit`` (more for the unowned, which are shared), so the list costs the same however many customers
there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import deals
from cdm_core.clock import local_date
from cdm_core.month_days import month_days
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

LIMIT = 60
"""Candidates of each kind from a person's own customers, and from each on-duty agent's part of the unowned."""


@dataclass(frozen=True, slots=True)
class Candidate:
    customer_id: int
    household_id: int
    name: str
    phone_e164: str | None
    owner_id: int | None


_POOLS = ("c.owner_id = :person", "c.owner_id IS NULL")
_KINDS = (
    # Orders to confirm, the oldest first.
    """
    SELECT o.customer_id FROM sales_orders o JOIN customers c ON c.id = o.customer_id
    WHERE o.status = 'pending' AND o.confirmed_at IS NULL AND {pool}
    ORDER BY o.ordered_at LIMIT :{limit}
    """,
    # Follow-ups due by the end of today. Those of the person's own making count, whoever owns the customer.
    """
    SELECT f.customer_id FROM follow_ups f JOIN customers c ON c.id = f.customer_id
    WHERE f.status = 'open' AND f.due_at < :tomorrow AND ({pool} OR f.staff_id = :person)
    ORDER BY f.due_at LIMIT :{limit}
    """,
    # Fresh drop-offs with intent.
    """
    SELECT d.customer_id FROM customer_dropoff_tracking d JOIN customers c ON c.id = d.customer_id
    WHERE NOT d.recovered AND d.stage <> 'product_view' AND d.occurred_at > :fresh AND d.occurred_at <= :now
      AND {pool}
    ORDER BY d.occurred_at DESC LIMIT :{limit}
    """,
    # Birthdays of today.
    """
    SELECT c.id FROM customers c WHERE c.birthday_md = ANY(CAST(:today_md AS smallint[])) AND {pool}
    ORDER BY c.id LIMIT :{limit}
    """,
    # Money, lately.
    """
    SELECT c.customer_id FROM customer_summary c
    WHERE {pool} AND NOT c.do_not_call AND (c.last_contact_at IS NULL OR c.last_contact_at <= :cooled)
      AND c.decayed_revenue > 0
    ORDER BY c.decayed_revenue DESC LIMIT :{limit}
    """,
    # New leads, the newest first.
    """
    SELECT c.id FROM customers c WHERE c.lifecycle_stage IN ('lead', 'prospect') AND c.created_at > :new AND {pool}
    ORDER BY c.created_at DESC LIMIT :{limit}
    """,
)
_CANDIDATES = text(
    "WITH found AS ("
    + " UNION ".join(
        f"({kind.format(pool=pool, limit=limit)})"
        for kind in _KINDS
        for pool, limit in zip(_POOLS, ("own", "shared"), strict=True)
    )
    + """
    )
    SELECT c.id AS customer_id, coalesce(c.household_id, c.id) AS household_id, c.phone_e164, c.owner_id,
           btrim(concat_ws(' ', nullif(c.first_name, ''), nullif(c.last_name, ''))) AS name
    FROM found f (customer_id)
    JOIN customers c ON c.id = f.customer_id
    LEFT JOIN claims k ON k.customer_id = c.id AND k.staff_id <> :person AND k.expires_at > :now
    WHERE c.do_not_call_at IS NULL AND k.customer_id IS NULL
      AND NOT EXISTS (SELECT FROM call_feedback b WHERE b.customer_id = c.id AND b.until > :now)
    """
)


async def find(
    session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime, on_duty: Sequence[Staff]
) -> list[Candidate]:
    """The person's candidates at ``now``: neither do-not-call, nor claimed by another, nor skipped for now."""
    today = local_date(now, thresholds.zone)
    tomorrow = datetime.combine(today + timedelta(days=1), datetime.min.time(), thresholds.zone)
    rows = await session.execute(
        _CANDIDATES,
        {
            "person": person.id,
            "now": now,
            "tomorrow": tomorrow,
            "fresh": now - timedelta(days=thresholds.dropoff_fresh_days),
            "cooled": now - timedelta(days=thresholds.cooldown_days),
            "new": now - timedelta(days=7),
            "today_md": list(month_days(today, 1, thresholds.leap_day)),
            "own": LIMIT,
            "shared": LIMIT * max(1, len(on_duty)),
        },
    )
    found = [
        Candidate(
            customer_id=row.customer_id,
            household_id=row.household_id,
            name=row.name,
            phone_e164=row.phone_e164,
            owner_id=row.owner_id,
        )
        for row in rows
    ]
    unowned = [candidate.customer_id for candidate in found if candidate.owner_id is None]
    whose = await deals.whose(session, today, unowned, [agent.id for agent in on_duty])
    return [c for c in found if c.owner_id is not None or whose.get(c.customer_id) == person.id]
