"""How much each agent of a team has to call now, for who leads it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calls, duty, report_scope
from cdm_core.calls import LIST_SIZE, CallList, Part
from cdm_core.clock import local_date
from cdm_core.report_scope import Scope
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

MOST = 12
"""Agents whose lists are made at once: each costs nearly what /calls does."""


@dataclass(frozen=True, slots=True)
class AgentList:
    """``number`` calls on the agent's list, of them ``confirm``, ``due`` and ``carts``; ``full``: there may be more."""

    name: str
    number: int
    confirm: int
    due: int
    carts: int
    full: bool


@dataclass(frozen=True, slots=True)
class TeamLists:
    """Of the agents on duty, by name; ``others`` more are not looked at."""

    scope: Scope
    agents: tuple[AgentList, ...]
    others: int


async def gather(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> TeamLists | None:
    """As each of them would see it at ``now``, which is the transaction's; None where nobody led is on duty."""
    scope = await report_scope.scope(session, person)
    if scope is None:
        return None
    on_duty = await duty.agents_on(session, local_date(now, thresholds.zone), thresholds)
    theirs = [one for one in on_duty if one.id != person.id and scope.team_id in (None, one.team_id)]
    if not theirs:
        return None
    looked_at = theirs[:MOST]
    lists = await calls.lists_of(session, looked_at, thresholds, now=now, on_duty=on_duty)
    agents = tuple(_counted(agent, listed) for agent, listed in zip(looked_at, lists, strict=True))
    return TeamLists(scope, agents, len(theirs[MOST:]))


def _counted(agent: Staff, listed: CallList) -> AgentList:
    number, counts = len(listed.entries), listed.counts
    carts = len(listed.of(Part.CART, Part.WIN_BACK))
    return AgentList(agent.name, number, counts[Part.CONFIRM], counts[Part.DUE], carts, full=number >= LIST_SIZE)
