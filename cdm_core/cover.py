"""Covering for colleagues who are away: what they promised for today and the orders they have to confirm.

It is dealt for the day like what nobody owns, a household to one person, among those of the team on duty; who gets it
may see the customer as long as the colleague is away (``cdm_core.access``).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import deals
from cdm_core.absences import AWAY
from cdm_core.access import AWAY_OF_TEAM
from cdm_core.call_signs import CALLED_TO_CONFIRM
from cdm_core.clock import local_date
from cdm_core.consents import may_be_called, not_held
from cdm_core.keepers import NOBODYS, keeper
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

MOST = 200
"""Promises, and orders to confirm, dealt at most at once: the oldest first, but first the orders about
which nobody has tried to call. What is left comes up as they are done."""

TO_CONFIRM = f"""
    SELECT c.id AS customer_id, s.pending_since, s.last_attempt_at
    FROM customer_summary s JOIN customers c ON c.id = s.customer_id
    WHERE s.owner_id = ANY(ARRAY({AWAY_OF_TEAM})) AND s.pending_since IS NOT NULL
      AND NOT s.do_not_call AND {not_held("c.id")}"""
"""The customers with orders to confirm, who may be called, whose owners, of the person's team, are away."""

_TEAM = "SELECT id FROM staff WHERE team_id IS NOT DISTINCT FROM CAST(:team AS bigint)"
_OPEN = text(
    f"""
    WITH found AS (
        (SELECT f.customer_id, f.staff_id AS maker FROM follow_ups f JOIN customers c ON c.id = f.customer_id
         WHERE f.status = 'open' AND {may_be_called("c")}
           AND (f.staff_id IS NULL OR f.staff_id = ANY(ARRAY({AWAY} UNION ALL {_TEAM}))) AND {NOBODYS}
         ORDER BY f.due_at LIMIT :most)
        UNION ALL
        (SELECT customer_id, NULL FROM ({TO_CONFIRM}) s
         ORDER BY {CALLED_TO_CONFIRM}, s.pending_since LIMIT :most)
    )
    SELECT c.id AS customer_id, coalesce(c.household_id, c.id) AS household_id, c.owner_id
    FROM found f JOIN customers c ON c.id = f.customer_id
    WHERE NOT EXISTS (SELECT FROM deals d
                      WHERE d.local_date = cdm_today() AND d.customer_id = coalesce(c.household_id, c.id))
    """
)


async def deal(
    session: AsyncSession, person: Staff, thresholds: Thresholds, on_duty: Sequence[Staff], *, now: datetime
) -> None:
    """Deal what is nobody's today as far as ``person`` may get some of it; ``now`` is the transaction's."""
    rows = (await session.execute(_OPEN, {**keeper(person, thresholds), "most": MOST})).all()
    if not rows:
        return
    today = local_date(now, thresholds.zone)
    for unowned, agents in (
        (True, [agent.id for agent in on_duty]),
        (False, [agent.id for agent in on_duty if agent.team_id == person.team_id]),
    ):
        ids = [row.customer_id for row in rows if (row.owner_id is None) is unowned]
        await deals.whose(session, today, ids, agents)
