"""Who is at a customer now: one claim a customer, for the queue or for an urgent alert, until it expires."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.staff import Staff
from cdm_core.tables import claims as held
from cdm_core.tables import staff

AT_HOUSEHOLD = """
    (SELECT k.staff_id, k.expires_at
     FROM customers m JOIN claims k ON k.customer_id = m.id AND k.expires_at > :now
     WHERE m.household_id = c.household_id AND m.id <> c.id
       AND NOT EXISTS (SELECT FROM claims here
                       WHERE here.customer_id = c.id AND here.expires_at > :now AND here.staff_id = k.staff_id)
     OFFSET 0)  -- of each customer by itself
"""
"""The claims on others of the household of customer ``c``, but of who is at ``c`` too, as SQL: one phone rings once."""


@dataclass(frozen=True, slots=True)
class Held:
    """A customer that somebody has claimed."""

    staff_id: int
    name: str
    until: datetime


async def claim(
    session: AsyncSession, person: Staff, customer_id: int, *, kind: str, now: datetime, until: datetime
) -> datetime | None:
    """Take the customer for ``person``, until the moment given back; None where another holds it.

    Of two at once exactly one wins. What the person holds already is never shortened, and an alert stays one.
    """
    won = await session.execute(
        text(
            """
            INSERT INTO claims (customer_id, staff_id, kind, claimed_at, expires_at)
            VALUES (:customer, :person, :kind, :now, :until)
            ON CONFLICT (customer_id) DO UPDATE
            SET staff_id = EXCLUDED.staff_id, claimed_at = EXCLUDED.claimed_at,
                kind = CASE WHEN claims.expires_at > EXCLUDED.claimed_at AND claims.kind = 'alert'
                            THEN claims.kind ELSE EXCLUDED.kind END,
                expires_at = CASE WHEN claims.expires_at > EXCLUDED.claimed_at
                                  THEN greatest(claims.expires_at, EXCLUDED.expires_at) ELSE EXCLUDED.expires_at END
            WHERE claims.expires_at <= EXCLUDED.claimed_at OR claims.staff_id = EXCLUDED.staff_id
            RETURNING expires_at
            """
        ),
        {"customer": customer_id, "person": person.id, "kind": kind, "now": now, "until": until},
    )
    return won.scalar_one_or_none()


async def holder(session: AsyncSession, customer_id: int, *, now: datetime) -> Held | None:
    """Who has the customer now, if anybody."""
    row = (
        await session.execute(
            select(held.c.staff_id, staff.c.name, held.c.expires_at)
            .join(staff, staff.c.id == held.c.staff_id)
            .where(held.c.customer_id == customer_id, held.c.expires_at > now)
        )
    ).one_or_none()
    return None if row is None else Held(row.staff_id, row.name, row.expires_at)
