"""One household is one call, whosever customers they are: who of several is the one to be called."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.absences import AWAY
from cdm_core.db.plans import planned_once

# Who stands first, as in ai_call_recommendations. Of whom an agent looks after who is away, nobody calls but those that
# are covered for: with an order to confirm or a promised call.
_FIRST = text(
    f"""
    SELECT DISTINCT ON (m.household_id) m.household_id, m.id AS customer_id
    FROM call_rules n
    CROSS JOIN customers m
    CROSS JOIN LATERAL (SELECT place FROM cdm_call_entry(m.id, n) OFFSET 0) e
    WHERE m.household_id = ANY(CAST(:households AS bigint[]))
      AND (e.place[1] <= 1 OR m.owner_id IS NULL OR m.owner_id NOT IN ({AWAY}))
    ORDER BY m.household_id, e.place
    """
)


async def first(session: AsyncSession, household_ids: Collection[int]) -> dict[int, int]:
    """Who is to be called of each of these households at the transaction's time, where anybody is; by household."""
    if not household_ids:
        return {}
    async with planned_once(session):
        rows = (await session.execute(_FIRST, {"households": sorted(household_ids)})).all()
    return {row.household_id: row.customer_id for row in rows}
