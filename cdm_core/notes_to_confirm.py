"""The notes of everybody that wait for whose they are, for another system that lists them and says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_ends, interactions, listed, summary, waiting_notes
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.note_contacts import contact_of_note, read
from cdm_core.tables import staff, waiting_files
from cdm_core.tables import waiting_notes as notes
from cdm_core.thresholds import Thresholds
from cdm_core.waiting_notes import WaitingNote

_OLDEST = Order("oldest", (Key(notes.c.said_at), Key(notes.c.id)))


@dataclass(frozen=True, slots=True)
class NoteToConfirm:
    """``text`` as ``staff`` wrote it at ``said_at``; ``with_files``: it came with files, which are in the chat."""

    id: int
    text: str
    staff_id: int
    staff: str
    said_at: datetime
    with_files: bool


async def page(session: AsyncSession, *, staff_id: int | None = None, window: Window = FIRST) -> Listed[NoteToConfirm]:
    """The notes that wait, of one writer or of all, the oldest first."""
    wanted = _rows()
    if staff_id is not None:
        wanted = wanted.where(notes.c.staff_id == staff_id)
    return await listed.page(session, wanted, _OLDEST, window, _note)


async def confirm(
    session: AsyncSession, note_id: int, customer: CustomerRef, *, now: datetime, thresholds: Thresholds
) -> int:
    """The note is this customer's: logged as its writer's contact, as in chat; gives the contact's id.

    Raises ``CdmError`` ``no_such_note`` where none of that id waits, or ``note_with_files``.
    """
    note, writer_id = await _waiting(session, note_id)
    writer = await people.get(session, writer_id)
    understood = read(note.text, note.said_at, thresholds)
    contact = contact_of_note(understood, note.text, said_at=note.said_at, origin=note.origin)
    await summary.begin_write(session, [customer.customer_id])
    await waiting_notes.settle(session, note, now=now)
    logged = await interactions.log(session, writer, customer, contact, now=now)
    await alert_ends.close_answered(session, now=now, customer_id=customer.customer_id)
    return logged.interaction_id


async def discard(session: AsyncSession, note_id: int, *, now: datetime) -> None:
    """It is no note of any customer. Raises as ``confirm`` does."""
    note, _ = await _waiting(session, note_id)
    await waiting_notes.settle(session, note, now=now)


async def _waiting(session: AsyncSession, note_id: int) -> tuple[WaitingNote, int]:
    """The note, locked, and who wrote it."""
    row = (await session.execute(_rows().where(notes.c.id == note_id).with_for_update(of=notes))).one_or_none()
    if row is None:
        raise CdmError("no_such_note", note_id=note_id)
    if row.with_files:
        raise CdmError("note_with_files", note_id=note_id)
    return WaitingNote(row.id, row.text, row.origin, row.said_at, None), row.staff_id


def _rows() -> Select[Any]:
    files = exists().where(waiting_files.c.note_id == notes.c.id)
    told = (notes.c.id, notes.c.text, notes.c.origin, notes.c.said_at, notes.c.staff_id)
    return (
        select(*told, staff.c.name.label("staff"), files.label("with_files"))
        .select_from(notes.join(staff, staff.c.id == notes.c.staff_id))
        .where(notes.c.settled_at.is_(None))
    )


def _note(row: Row[Any]) -> NoteToConfirm:
    return NoteToConfirm(
        id=row.id, text=row.text, staff_id=row.staff_id, staff=row.staff, said_at=row.said_at, with_files=row.with_files
    )
