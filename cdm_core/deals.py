"""The daily deal: each household without an owner goes to exactly one on-duty agent, for digest and list alike.

Who gets a household is decided when it is first needed that day and stored, so digest and call list agree all day
though people come and go. The choice is by rendezvous hashing: even over the agents, and the same whoever asks.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.absences import AWAY

_HOUSEHOLDS = text(
    f"""
    WITH away AS MATERIALIZED ({AWAY})
    SELECT c.id AS customer_id, coalesce(c.household_id, c.id) AS household_id,
           CASE WHEN c.owner_id IS NOT NULL THEN c.owner_id IN (SELECT id FROM away)
                ELSE EXISTS (SELECT FROM follow_ups f
                             WHERE f.customer_id = c.id AND f.status = 'open'
                               AND (f.staff_id IS NULL OR f.staff_id IN (SELECT id FROM away))) END AS covered,
           coalesce(
               (SELECT c.owner_id WHERE c.owner_id NOT IN (SELECT id FROM away)),
               (SELECT f.staff_id FROM follow_ups f
                WHERE f.customer_id = c.id AND f.status = 'open' AND f.staff_id NOT IN (SELECT id FROM away)),
               (SELECT min(m.owner_id) FROM customers m
                WHERE c.household_id IS NOT NULL AND m.household_id = c.household_id
                  AND m.owner_id NOT IN (SELECT id FROM away)),
               (SELECT f.staff_id
                FROM customers m
                JOIN follow_ups f ON f.customer_id = m.id AND f.status = 'open'
                WHERE c.household_id IS NOT NULL AND m.household_id = c.household_id
                  AND f.staff_id NOT IN (SELECT id FROM away)
                ORDER BY f.due_at, f.id LIMIT 1),
               (SELECT t.staff_id FROM campaign_tasks t
                WHERE t.customer_id = c.id AND t.state = 'open' AND t.local_date <= :day
                  AND t.staff_id NOT IN (SELECT id FROM away)),
               (SELECT t.staff_id
                FROM customers m
                JOIN campaign_tasks t ON t.customer_id = m.id AND t.state = 'open' AND t.local_date <= :day
                WHERE c.household_id IS NOT NULL AND m.household_id = c.household_id
                  AND t.staff_id NOT IN (SELECT id FROM away)
                ORDER BY t.local_date, t.id LIMIT 1)
           ) AS taken,
           (SELECT d.staff_id FROM deals d
            WHERE d.local_date = :day AND d.customer_id = coalesce(c.household_id, c.id)) AS dealt
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
    household a call, else who is to win the customer or the household back that day, else the deal; who is away today
    (``absences.AWAY``) counts for none of them. A customer whose owner, or without an owner who promised them a call,
    is away is always dealt, to one of those if on duty: the deal says who covers for whom is away.

    Customers without an owner are missing where nobody is on duty and nothing was dealt before. Without ``keep`` the
    deal of a day to come is foretold, not made.
    """
    if not customer_ids:
        return {}
    rows = (await session.execute(_HOUSEHOLDS, {"ids": list(customer_ids), "day": day})).all()
    result: dict[int, int] = {}
    households: dict[int, list[int]] = {}
    wanted: dict[int, int] = {}
    for row in rows:
        first = (row.dealt or row.taken) if row.covered else (row.taken or row.dealt)
        if first is not None and not (row.covered and row.dealt is None):
            result[row.customer_id] = first
            continue
        households.setdefault(row.household_id, []).append(row.customer_id)
        if first in on_duty:
            wanted.setdefault(row.household_id, first)
    if households and on_duty:
        dealt = {one: wanted.get(one) or _first(one, tuple(on_duty)) for one in sorted(households)}
        if keep:
            dealt = await _deal(session, day, dealt)
        result |= {customer_id: person for one, person in dealt.items() for customer_id in households[one]}
    return result


async def _deal(session: AsyncSession, day: date, wanted: dict[int, int]) -> dict[int, int]:
    """Store who gets which household. Another transaction may have dealt one of them first: what is stored counts."""
    await session.execute(_DEAL, {"day": day, "households": list(wanted), "people": list(wanted.values())})
    rows = await session.execute(_DEALT, {"day": day, "households": list(wanted)})
    return {row.household_id: row.staff_id for row in rows}


def ranked(household_id: int, people: Iterable[int]) -> list[int]:
    """Staff ids by rendezvous hashing: whom the household falls to, then to whom if that one is missing, and so on."""

    def weight(person: int) -> bytes:
        return hashlib.blake2b(b"%d:%d" % (household_id, person), digest_size=8).digest()

    return sorted(people, key=weight, reverse=True)


@lru_cache(maxsize=65_536)
def _first(household_id: int, on_duty: tuple[int, ...]) -> int:
    return ranked(household_id, on_duty)[0]
