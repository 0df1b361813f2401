"""The day of a team, or of who has none, as a group may read it: how much of it there is, of nobody in particular."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import digest, dropoffs, due, occasions, report_scope, team_day
from cdm_core import staff as people
from cdm_core.clock import local_date
from cdm_core.occasions import Household
from cdm_core.report_scope import Scope
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType


@dataclass(frozen=True, slots=True)
class GroupDay:
    """Of these ``teams`` (one without a name is everybody), else of ``person`` alone.

    - ``birthdays`` and ``anniversaries``: the households that have one on ``day``
    - ``due``: promised calls, overdue or for today
    - ``urgent``: alerts that nobody has taken
    - ``carts``: drop-offs to win back
    """

    teams: tuple[Scope, ...]
    person: str
    day: date
    birthdays: int
    anniversaries: int
    due: int
    urgent: int
    carts: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.birthdays or self.anniversaries or self.due or self.urgent or self.carts)


async def gather(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> GroupDay:
    """Today's of ``person``'s teams, or their own, as of ``now``, which is the transaction's.

    Of a team it counts, as the morning of who leads it does, what is its people's and what is nobody's.
    """
    day = local_date(now, thresholds.zone)
    teams = await report_scope.day_scopes(session, person)
    if not teams:
        households = await occasions.upcoming(session, person, thresholds, first=day, days=1, now=now)
        urgent = await digest.urgent(session, person)
        carts = len(await dropoffs.open_ones(session, person, thresholds, now=now))
        members: Collection[Staff] = (person,)
    else:
        everybody = any(team.team_id is None for team in teams)
        in_teams = {team.team_id for team in teams}
        members = [one for one in await people.active(session) if everybody or one.team_id in in_teams]
        theirs = _of({one.id for one in members}, everybody=everybody)
        of_all = await occasions.upcoming(session, None, thresholds, first=day, days=1, now=now)
        households = tuple(household for household in of_all if theirs(household))
        work = await team_day.open_work(session, None if everybody else members, thresholds, now=now)
        urgent, carts = work.unclaimed, work.carts
    return GroupDay(
        teams=teams,
        person=person.name,
        day=day,
        birthdays=_with(EventType.BIRTHDAY, households),
        anniversaries=_with(EventType.ANNIVERSARY, households),
        due=await _due(session, members, thresholds, now),
        urgent=urgent,
        carts=carts,
    )


def _of(ids: Collection[int], *, everybody: bool) -> Callable[[Household], bool]:
    return lambda household: everybody or any(one.owner_id is None or one.owner_id in ids for one in household)


def _with(event: EventType, households: Collection[Household]) -> int:
    return sum(any(one.event is event for one in household) for household in households)


async def _due(session: AsyncSession, members: Collection[Staff], thresholds: Thresholds, now: datetime) -> int:
    """A call that one covers for another of them is one call: nobody is promised two at a time."""
    customers: set[int] = set()
    for one in members:
        kept = await due.promises(session, one, thresholds, now=now)
        customers |= {promise.customer_id for promise in kept.all if promise.overdue or promise.today}
    return len(customers)
