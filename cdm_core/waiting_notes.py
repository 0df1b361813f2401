"""Notes that wait for whose they are: the text is saved as typed before anything is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.staff import Staff
from cdm_core.tables import waiting_notes


@dataclass(frozen=True, slots=True)
class WaitingNote:
    """``origin`` names the message it was said with. ``text`` is empty once the note is ``settled_at``."""

    note_id: int
    text: str
    origin: str
    said_at: datetime
    settled_at: datetime | None


async def keep(session: AsyncSession, person: Staff, text: str, *, origin: str, said_at: datetime) -> WaitingNote:
    """Save what ``person`` wrote; said again with the same message it is the same note, open anew."""
    values = {"staff_id": person.id, "origin": origin, "text": text, "said_at": said_at}
    added = insert(waiting_notes).values(values)
    added = added.on_conflict_do_update(
        index_elements=[waiting_notes.c.staff_id, waiting_notes.c.origin],
        set_={"text": added.excluded.text, "said_at": added.excluded.said_at, "settled_at": None},
    )
    note_id = (await session.execute(added.returning(waiting_notes.c.id))).scalar_one()
    return WaitingNote(note_id, text, origin, said_at, None)


async def find(session: AsyncSession, person: Staff, note_id: int) -> WaitingNote | None:
    """A note of this person, settled or not; None where it is forgotten or another's."""
    found = await _select(session, person, waiting_notes.c.id == note_id)
    return found[0] if found else None


async def reworded(session: AsyncSession, person: Staff, origin: str, text: str) -> WaitingNote | None:
    """The note that waits from the message ``origin``, with the text its writer changed it to; None if none waits."""
    found = await _select(session, person, waiting_notes.c.origin == origin, waiting_notes.c.settled_at.is_(None))
    return await keep(session, person, text, origin=origin, said_at=found[0].said_at) if found else None


async def settle(session: AsyncSession, note: WaitingNote, *, now: datetime) -> None:
    """It is known whose it is, or that it was no note: the text is not needed here any more."""
    await session.execute(
        update(waiting_notes).where(waiting_notes.c.id == note.note_id).values(text=None, settled_at=now)
    )


async def waiting(session: AsyncSession, person: Staff) -> Sequence[WaitingNote]:
    """The person's notes that still wait, the newest first."""
    return await _select(session, person, waiting_notes.c.settled_at.is_(None))


async def _select(session: AsyncSession, person: Staff, *conditions: ColumnElement[bool]) -> Sequence[WaitingNote]:
    told = waiting_notes.c
    rows = await session.execute(
        select(told.id, told.text, told.origin, told.said_at, told.settled_at)
        .where(told.staff_id == person.id, *conditions)
        .order_by(told.said_at.desc(), told.id.desc())
    )
    return [WaitingNote(row.id, row.text or "", row.origin, row.said_at, row.settled_at) for row in rows]
