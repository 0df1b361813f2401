"""What win-back brought: chases, contacts, orders won back and their share, by campaign, stage, reason or agent.

All tries for one cause are one chase. An order is won back by who made the last contact before it
(``cdm_core.winback_outcomes``), never by a click.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.words import RecoveryBy

_KEYS = {
    RecoveryBy.CAMPAIGN: "k.name",
    RecoveryBy.STAGE: "t.stage",
    RecoveryBy.REASON: "nullif(trim(t.reason), '')",
    RecoveryBy.AGENT: "p.name",
}
_CHASE = "(t.customer_id, t.campaign_id, t.cause_id)"
_FIGURES = f"""
    SELECT {{key}} AS key,
           count(DISTINCT {_CHASE}) AS chased,
           count(DISTINCT {_CHASE}) FILTER (
               WHERE t.state IN ('contacted', 'recovered') OR t.state = 'dropped' AND t.interaction_id IS NOT NULL
           ) AS contacted,
           count(DISTINCT {_CHASE}) FILTER (WHERE t.state = 'recovered') AS recovered,
           count(DISTINCT {_CHASE}) FILTER (WHERE t.state = 'bought') AS bought,
           coalesce(sum(t.amount) FILTER (WHERE t.state = 'recovered'), 0) AS amount
    FROM campaign_tasks t
    JOIN campaigns k ON k.id = t.campaign_id
    LEFT JOIN staff p ON p.id = coalesce(t.contacted_by, t.staff_id)
    WHERE t.local_date BETWEEN :first AND :last AND t.local_date <= cdm_today()
      AND (CAST(:team AS bigint) IS NULL OR p.team_id = :team)
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
    """The groups of the calls planned from ``first`` to ``last`` (at most today), the most won back first.

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
