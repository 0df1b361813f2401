"""Whose numbers who leads is told: a team's, or everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import staff as people
from cdm_core.staff import Staff
from cdm_core.tables import teams
from cdm_core.words import Role


@dataclass(frozen=True, slots=True)
class Scope:
    """A team by id and name; None: everybody."""

    team_id: int | None = None
    team: str | None = None


async def readers(session: AsyncSession) -> tuple[tuple[Staff, Scope], ...]:
    """All active people who are told results of others, with whose they are."""
    led = await _led(session)
    found = [(person, _scope(person, led)) for person in await people.active(session)]
    return tuple((person, scope) for person, scope in found if scope is not None)


async def scope(session: AsyncSession, person: Staff) -> Scope | None:
    """Everybody's for admins and for managers without a team, else those of the team that the person leads, or is a
    manager in; None: nobody's but their own."""
    return _scope(person, await _led(session))


async def day_scopes(session: AsyncSession, person: Staff) -> tuple[Scope, ...]:
    """Whose day they work on: the teams they lead, else the team they are in, else everybody's for who may see all
    others'; none: an agent's without a team, who works on their own."""
    led = tuple(Scope(team_id, name) for lead_id, team_id, name in await _led(session) if lead_id == person.id)
    if led:
        return led
    if person.team_id is not None:
        return (Scope(person.team_id, person.team),)
    return () if person.role is Role.AGENT else (Scope(),)


def _scope(person: Staff, led: Sequence[tuple[int, int, str]]) -> Scope | None:
    if person.role is Role.ADMIN:
        return Scope()
    own = next((Scope(team_id, name) for lead_id, team_id, name in led if lead_id == person.id), None)
    if own is not None or person.role is not Role.MANAGER:
        return own
    return Scope(person.team_id, person.team)


async def _led(session: AsyncSession) -> Sequence[tuple[int, int, str]]:
    """Who leads which team, as lead, id and name."""
    rows = await session.execute(
        select(teams.c.lead_id, teams.c.id, teams.c.name).where(teams.c.lead_id.is_not(None)).order_by(teams.c.id)
    )
    return [(row.lead_id, row.id, row.name) for row in rows]
