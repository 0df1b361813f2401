"""A colleague's customer, as far as the person who asks may know, and who answers for it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences
from cdm_core import staff as people
from cdm_core.access import access_customer
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import customers, teams
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role


@dataclass(frozen=True, slots=True)
class ColleaguesCustomer:
    """``name`` is to be masked for whoever asked."""

    customer_id: int
    name: str
    owner: Staff


async def with_colleague(
    session: AsyncSession, person: Staff, thresholds: Thresholds, customer_id: int
) -> ColleaguesCustomer | None:
    """The customer and its owner, or None: ``person`` may see it. Raises ``CdmError("no_such_customer", …)``."""
    try:
        await access_customer(session, person, thresholds, customer_id)
    except CdmError as refusal:
        if refusal.code != "colleagues_customer":
            raise
        known = refusal.facts
        owner = select(customers.c.owner_id).where(customers.c.id == known["customer_id"])
        staff_id = (await session.execute(owner)).scalar_one()
        return ColleaguesCustomer(known["customer_id"], known["name"], await people.get(session, staff_id))
    return None


async def answering(session: AsyncSession, owner: Staff, *, asker: Staff) -> tuple[Staff, ...]:
    """Who is to read what ``asker`` wants of one of ``owner``'s customers.

    That is the owner. Where the owner is away today (``cdm_today()``), gone or without a chat, also who leads the team,
    else the team's managers, else the admins.
    """
    everybody = {person.id: person for person in await people.active(session) if person.id != asker.id}
    reachable = await people.private_chats(session, everybody)
    first = everybody.get(owner.id)
    here = first is not None and first.id in reachable and not await absences.away(session, [owner.id])
    told = [first] if first is not None and first.id in reachable else []
    if here:
        return tuple(told)
    others = [person for person in everybody.values() if person.id != owner.id and person.id in reachable]
    lead = (await session.execute(select(teams.c.lead_id).where(teams.c.id == owner.team_id))).scalar_one_or_none()
    above = (
        [person for person in others if person.id == lead]
        or [person for person in others if person.role is Role.MANAGER and person.team_id == owner.team_id]
        or [person for person in others if person.role is Role.ADMIN]
    )
    return (*told, *above)
