"""Who looks after a customer today in place of the owner: those of the owner's team first, then who leads them."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, deals
from cdm_core.readers import Reader
from cdm_core.staff import Staff
from cdm_core.words import Role


def agents(here: Mapping[int, Reader], owner: Staff | None) -> list[int]:
    """The agents ``here`` who stand in for ``owner``: those of the owner's team; for nobody's customers all."""
    return [
        staff_id
        for staff_id, reader in here.items()
        if reader.person.role is Role.AGENT and (owner is None or reader.person.team_id == owner.team_id)
    ]


async def covering(
    session: AsyncSession, here: Mapping[int, Reader], owner: Staff | None, customer_ids: Collection[int], *, day: date
) -> dict[int, int]:
    """By customer, all of ``owner``'s, the agent here who covers on ``day``, today; whom nobody covers is missing.

    That is the daily deal: of nobody's customers among all agents, of those of who is on leave or gone among their
    team, for whom it is the right to see them too. An owner who is neither needs no cover.
    """
    if owner is not None and not await absences.away(session, [owner.id]):
        return {}
    among = agents(here, owner)
    whose = await deals.whose(session, day, sorted(set(customer_ids)), among)
    return {customer: agent for customer, agent in whose.items() if agent in among}


def leader(here: Mapping[int, Reader], owner: Staff | None, household_id: int) -> int | None:
    """Who is here and may see the owner's customers besides agents: one of the owner's managers, else of the admins."""
    for role in (Role.MANAGER, Role.ADMIN):
        may = [
            staff_id
            for staff_id, reader in here.items()
            if reader.person.role is role and (role is Role.ADMIN or owner is None or _manages(reader.person, owner))
        ]
        if may:
            return deals.ranked(household_id, may)[0]
    return None


def _manages(manager: Staff, owner: Staff) -> bool:
    return manager.team_id is not None and manager.team_id == owner.team_id
