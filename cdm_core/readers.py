"""Who can be told something unasked: people with a private chat that takes our messages, and who of them is here."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, duty
from cdm_core import staff as people
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who can be told: a person with a chat that takes messages."""

    person: Staff
    chat_id: int


async def reachable(session: AsyncSession, role: Role | None = None) -> tuple[Reader, ...]:
    """All active people with such a chat, of one role if asked, by name."""
    everybody = await people.active(session)
    chat_of = await people.private_chats(session)
    return tuple(
        Reader(person, chat_of[person.id])
        for person in everybody
        if person.id in chat_of and role in (None, person.role)
    )


async def here(session: AsyncSession, limits: Thresholds, day: date) -> dict[int, Reader]:
    """Those who work on ``day`` and are not away, by staff id, in the order of their names."""
    away = await absences.of(session, day)
    return {
        reader.person.id: reader
        for reader in await reachable(session)
        if reader.person.id not in away and duty.works(reader.person, day, limits)
    }
