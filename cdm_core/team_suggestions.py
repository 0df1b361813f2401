"""What a team made of what was suggested to it: followed, or found bad."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import day_start
from cdm_core.recommend.followed import followed
from cdm_core.report_scope import Scope
from cdm_core.thresholds import Thresholds

_PEOPLE = text("SELECT id FROM staff WHERE CAST(:team AS bigint) IS NULL OR team_id = :team")
_BAD = text(
    """
    SELECT count(*) FROM call_feedback
    WHERE kind = 'bad_suggestion' AND staff_id = ANY(CAST(:people AS bigint[])) AND at >= :first AND at < :end
    """
)


@dataclass(frozen=True, slots=True)
class Suggested:
    """``shown`` suggestions, one a customer and day; after ``followed`` of them somebody was tried since; ``bad`` are
    those that a person called so and did not take back."""

    shown: int
    followed: int
    bad: int


async def suggested(
    session: AsyncSession, scope: Scope, first: date, last: date, limits: Thresholds, *, now: datetime
) -> Suggested:
    """To the people of ``scope``, on the business days from ``first`` to ``last``."""
    people = list((await session.execute(_PEOPLE, {"team": scope.team_id})).scalars())
    begins, ends = day_start(first, limits.zone), day_start(last + timedelta(days=1), limits.zone)
    told = await followed(session, people, begins, ends, now=now, thresholds=limits)
    bad = (await session.execute(_BAD, {"people": people, "first": begins, "end": ends})).scalar_one()
    return Suggested(told.shown, told.followed, bad)
