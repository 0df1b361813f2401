"""The daily deal: each household without an owner goes to exactly one on-duty agent, for digest and list alike.

Who gets a household is decided when it is first needed that day and stored, so digest and call list agree all day
though people come and go. The choice is by rendezvous hashing: even over the agents, and the same whoever asks.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_HOUSEHOLDS = text(
    """
    SELECT c.id AS customer_id, coalesce(c.household_id, c.id) AS household_id,
           coalesce(
               c.owner_id,
               (SELECT f.staff_id FROM follow_ups f JOIN staff p ON p.id = f.staff_id AND p.active
                WHERE f.customer_id = c.id AND f.status = 'open'),
               (SELECT min(m.owner_id) FROM customers m
                WHERE c.household_id IS NOT NULL AND m.household_id = c.household_id),
               (SELECT f.staff_id
                FROM customers m
                JOIN follow_ups f ON f.customer_id = m.id AND f.status = 'open'
                JOIN staff p ON p.id = f.staff_id AND p.active
                WHERE c.household_id IS NOT NULL AND m.household_id = c.household_id
                ORDER BY f.due_at, f.id LIMIT 1),
               (SELECT d.staff_id FROM deals d
                WHERE d.local_date = :day AND d.customer_id = coalesce(c.household_id, c.id))
           ) AS taken
    FROM customers c
    WHERE c.id = ANY(CAST(:ids AS bigint[]))
    """
)
_DEAL = text(
    """
    INSERT INTO deals (local_date, customer_id, staff_id)
    SELECT :day, d.household_id, d.staff_id
    FROM unnest(CAST(:households AS bigint[]), CAST(:people AS bigint[])) AS d (household_id, staff_id)
    ON CONFLICT (customer_id, local_date) DO NOTHING
    """
)
_DEALT = text(
    """
    SELECT customer_id AS household_id, staff_id FROM deals
    WHERE local_date = :day AND customer_id = ANY(CAST(:households AS bigint[]))
    """
)


async def whose(
    session: AsyncSession, day: date, customer_ids: Sequence[int], on_duty: Sequence[int], *, keep: bool = True
) -> dict[int, int]:
    """Customer id to the staff id who gets them on ``day``.

    That is the owner, else who promised the customer a call, else the household's owner, else who promised the
    household a call, else the deal.

    Customers without an owner are missing where nobody is on duty and nothing was dealt before. Without ``keep`` the
    deal of a day to come is foretold, not made.
    """
    if not customer_ids:
        return {}
    rows = (await session.execute(_HOUSEHOLDS, {"ids": list(customer_ids), "day": day})).all()
    result: dict[int, int] = {}
    open_households: dict[int, list[int]] = {}
    for row in rows:
        if row.taken is not None:
            result[row.customer_id] = row.taken
        else:
            open_households.setdefault(row.household_id, []).append(row.customer_id)
    if open_households and on_duty:
        households = sorted(open_households)
        people = [_rendezvous(household, tuple(on_duty)) for household in households]
        if not keep:
            foretold = zip(households, people, strict=True)
            return result | {one: person for household, person in foretold for one in open_households[household]}
        await session.execute(_DEAL, {"day": day, "households": households, "people": people})
        # Another transaction may have dealt one of them first: what is stored counts.
        for row in await session.execute(_DEALT, {"day": day, "households": households}):
            for customer_id in open_households[row.household_id]:
                result[customer_id] = row.staff_id
    return result


@lru_cache(maxsize=65_536)
def _rendezvous(household_id: int, on_duty: tuple[int, ...]) -> int:
    return max(on_duty, key=lambda person: hashlib.blake2b(b"%d:%d" % (household_id, person), digest_size=8).digest())
