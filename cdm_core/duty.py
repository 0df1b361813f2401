"""Who is on duty: active agents on a working day of theirs."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import staff
from cdm_core.staff import Staff
from cdm_core.words import Role


async def agents_on(session: AsyncSession, day: date) -> tuple[Staff, ...]:
    """The agents who work on ``day``, by name; with nobody working, none."""
    return tuple(p for p in await staff.active(session) if p.role is Role.AGENT and p.works_on(day))
