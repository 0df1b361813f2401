"""What win-back brought: chases, contacts, orders won back and their share, by campaign, stage, reason or agent.

All tries for one cause are one chase. An order is won back by who made the last contact before it
(``cdm_core.winback_outcomes``), never by a click. A call counts on the day of what came of it, for an order maybe days
after the contact; one of which nothing came yet, on the day it is planned for.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.winback_outcomes import REACHED
from cdm_core.words import RecoveryBy

_KEYS = {
    RecoveryBy.CAMPAIGN: "k.name",
    RecoveryBy.STAGE: "chase.stage",
    RecoveryBy.REASON: "nullif(trim(chase.reason), '')",
    RecoveryBy.AGENT: "p.name",
}
# A chase belongs to who won it, else to who reached the customer last, else to who tried or is to call: so agents and
# teams add up to the whole.
_FIGURES = f"""
    SELECT {{key}} AS key,
           count(*) AS chased,
           count(*) FILTER (WHERE chase.reached) AS contacted,
           count(*) FILTER (WHERE chase.recovered) AS recovered,
           count(*) FILTER (WHERE chase.bought) AS bought,
           coalesce(sum(chase.amount), 0) AS amount
    FROM (
        SELECT one.campaign_id, min(one.stage) AS stage, min(one.reason) AS reason,
               bool_or(one.reached) AS reached, bool_or(one.state = 'recovered') AS recovered,
               bool_or(one.state = 'bought') AS bought,
               sum(one.amount) FILTER (WHERE one.state = 'recovered') AS amount,
               (array_agg(coalesce(one.contacted_by, one.staff_id) ORDER BY
                    one.state = 'recovered' DESC, one.reached DESC, one.contacted_by IS NULL, one.id DESC))[1] AS person
        FROM (
            SELECT t.*,
                   t.state IN ('contacted', 'recovered')
                       OR t.state = 'dropped' AND t.interaction_id IS NOT NULL AND {REACHED} AS reached
            FROM campaign_tasks t
            LEFT JOIN customer_interactions i ON i.customer_id = t.customer_id AND i.id = t.interaction_id
            WHERE (t.interaction_id IS NOT NULL OR t.order_id IS NOT NULL)
                  AND t.settled_at >= CAST(:first AS date)::timestamp AT TIME ZONE cdm_setting('timezone')
                  AND t.settled_at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE cdm_setting('timezone')
               OR t.interaction_id IS NULL AND t.order_id IS NULL
                  AND t.local_date BETWEEN :first AND :last AND t.local_date <= cdm_today()
        ) one
        GROUP BY one.customer_id, one.campaign_id, one.cause_id
    ) chase
    JOIN campaigns k ON k.id = chase.campaign_id
    LEFT JOIN staff p ON p.id = chase.person
    WHERE CAST(:team AS bigint) IS NULL OR p.team_id = :team
"""
_GROUPED = {
    by: text(_FIGURES.format(key=key) + " GROUP BY 1 ORDER BY recovered DESC, chased DESC, 1 NULLS LAST")
    for by, key in _KEYS.items()
}
_TOTAL = text(_FIGURES.format(key="CAST(NULL AS text)"))


@dataclass(frozen=True, slots=True)
class Figures:
    """``key`` names the group (None: not said, or the total). Of the customers ``chased``, ``contacted`` were reached,
    ``recovered`` bought within the window after it for ``amount``, ``bought`` did so by themselves.
    """

    key: str | None
    chased: int
    contacted: int
    recovered: int
    bought: int
    amount: Decimal

    @property
    def rate(self) -> float | None:
        """The part of those reached that was won back, 0 to 1; None where nobody was reached."""
        return self.recovered / self.contacted if self.contacted else None


async def figures(
    session: AsyncSession, by: RecoveryBy, first: date, last: date, *, team_id: int | None = None
) -> tuple[Figures, ...]:
    """The groups of the calls that count from ``first`` to ``last``, the most won back first.

    With ``team_id`` those of that team's people alone.
    """
    rows = await session.execute(_GROUPED[by], {"first": first, "last": last, "team": team_id})
    return tuple(_figures(row) for row in rows)


async def total(session: AsyncSession, first: date, last: date, *, team_id: int | None = None) -> Figures:
    """All together, as ``figures`` counts."""
    row = (await session.execute(_TOTAL, {"first": first, "last": last, "team": team_id})).one()
    return _figures(row)


def _figures(row: Row[Any]) -> Figures:
    return Figures(row.key, row.chased, row.contacted, row.recovered, row.bought, Decimal(row.amount))
