"""Voice notes, pictures and papers that came with a contact: their rows. ``cdm_core.file_copies`` fetches them.

Telegram keeps what was sent, for the bot it was sent to; a copy of our own outlives both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, file_copies, summary
from cdm_core.access import CustomerRef
from cdm_core.clock import local_date
from cdm_core.db.notify import notify
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions, files_to_delete, interaction_files, waiting_files
from cdm_core.words import FileKind, FileState

MOST_BYTES = 20 * 1024 * 1024
"""The Bot API gives back no larger file."""
SAME_TALK = timedelta(minutes=15)
"""A file without words belongs to a contact logged within this time."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """As Telegram tells it; the id is good for the bot ``bot_id`` alone. ``file_size`` in bytes, where known."""

    kind: FileKind
    bot_id: int
    file_id: str
    file_unique_id: str
    file_name: str | None = None
    mime_type: str | None = None
    file_size: int | None = None
    duration_seconds: int | None = None

    @property
    def too_large(self) -> bool:
        return self.file_size is not None and self.file_size > MOST_BYTES

    @property
    def duration(self) -> timedelta | None:
        return None if self.duration_seconds is None else timedelta(seconds=self.duration_seconds)


@dataclass(frozen=True, slots=True)
class ContactFile:
    """A file of a contact; ``stored_name`` is that of our copy in the folder of files, once there is one."""

    id: int
    interaction_id: int
    sent: SentFile
    state: FileState
    stored_name: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs."""

    customer_id: int
    interaction_id: int


@dataclass(frozen=True, slots=True)
class Attached:
    """Files that came together, added to a contact that was logged before; ``file_id`` is the first one's."""

    customer_id: int
    interaction_id: int
    file_id: int
    at: datetime


_SENT = tuple(field.name for field in fields(SentFile))


async def add(
    session: AsyncSession,
    customer_id: int,
    interaction_id: int,
    files: Sequence[SentFile],
    *,
    origin: str,
    now: datetime,
) -> int:
    """Add files that came together, with the message or album ``origin``, to a contact; the first one's id."""
    await summary.begin_write(session, [customer_id])
    rows = [
        {
            "customer_id": customer_id,
            "interaction_id": interaction_id,
            "origin": origin,
            "state": FileState.TOO_LARGE if file.too_large else FileState.WANTED,
            "created_at": now,
            **_values(file),
        }
        for file in files
    ]
    added = await session.execute(insert(interaction_files).returning(interaction_files.c.id), rows)
    first: int = min(added.scalars())
    await notify(session, file_copies.BELL)
    return first


async def of_interactions(
    session: AsyncSession, ref: CustomerRef, interaction_ids: Sequence[int]
) -> dict[int, tuple[ContactFile, ...]]:
    """The files of these contacts of the customer, in the order they came."""
    files = interaction_files
    rows = await session.execute(
        select(files)
        .where(files.c.customer_id == ref.customer_id, files.c.interaction_id.in_(interaction_ids))
        .order_by(files.c.interaction_id, files.c.id)
    )
    found: dict[int, tuple[ContactFile, ...]] = {}
    for row in rows:
        sent = SentFile(**{**{name: getattr(row, name) for name in _SENT}, "kind": FileKind(row.kind)})
        file = ContactFile(row.id, row.interaction_id, sent, FileState(row.state), row.stored_name, row.created_at)
        found[row.interaction_id] = (*found.get(row.interaction_id, ()), file)
    return found


async def place_of(session: AsyncSession, origin: str) -> Place | None:
    """Where the files that came with this message or album went."""
    files = interaction_files
    row = (
        await session.execute(
            select(files.c.customer_id, files.c.interaction_id).where(files.c.origin == origin).limit(1)
        )
    ).one_or_none()
    return None if row is None else Place(row.customer_id, row.interaction_id)


async def same_talk(session: AsyncSession, person: Staff, ref: CustomerRef, *, now: datetime) -> int | None:
    """The contact that ``person`` logged last with the customer, if so lately that a file now belongs to it."""
    told = customer_interactions
    found: int | None = (
        await session.execute(
            select(told.c.id)
            .where(
                told.c.customer_id == ref.customer_id,
                told.c.staff_id == person.id,
                told.c.undone_at.is_(None),
                told.c.created_at > now - SAME_TALK,
            )
            .order_by(told.c.id.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    return found


async def wait(session: AsyncSession, note_id: int, file: SentFile, *, message_id: int, origin: str) -> None:
    """Keep a file with a note that waits for whose it is."""
    row = {"note_id": note_id, "message_id": message_id, "origin": origin, **_values(file)}
    await session.execute(upsert(waiting_files).values(row).on_conflict_do_nothing())


async def waiting_album(session: AsyncSession, origin: str) -> int | None:
    """The note with which files of this album wait."""
    query = select(waiting_files.c.note_id).where(waiting_files.c.origin == origin).limit(1)
    found: int | None = (await session.execute(query)).scalar_one_or_none()
    return found


async def take_waiting(session: AsyncSession, note_id: int) -> tuple[str, tuple[SentFile, ...]]:
    """The files that wait with a note, which wait no longer, and what they came with."""
    taken = await session.execute(
        delete(waiting_files).where(waiting_files.c.note_id == note_id).returning(waiting_files)
    )
    rows = sorted(taken, key=lambda row: row.message_id)
    files = (SentFile(**{**{name: getattr(row, name) for name in _SENT}, "kind": FileKind(row.kind)}) for row in rows)
    return (rows[0].origin if rows else "", tuple(files))


async def carry(session: AsyncSession, before: Place, after: Place) -> None:
    """The contact was logged anew, perhaps with another customer: its files go with it."""
    files = interaction_files
    of_contact = (files.c.customer_id == before.customer_id, files.c.interaction_id == before.interaction_id)
    if before.customer_id == after.customer_id:
        await session.execute(update(files).where(*of_contact).values(interaction_id=after.interaction_id))
        return
    same = [column for column in files.c if column.name not in ("customer_id", "interaction_id")]
    copied = select(literal(after.customer_id), literal(after.interaction_id), *same).where(*of_contact)
    names = ["customer_id", "interaction_id", *(column.name for column in same)]
    await session.execute(insert(files).from_select(names, copied))
    await session.execute(delete(files).where(*of_contact))


async def drop(session: AsyncSession, place: Place) -> int:
    """Forget the files of a contact that was taken back; how many."""
    files = interaction_files
    return await _delete(
        session, files.c.customer_id == place.customer_id, files.c.interaction_id == place.interaction_id
    )


async def drop_all(session: AsyncSession, customer_id: int) -> int:
    """Forget every file of the customer, within a core write; how many."""
    return await _delete(session, interaction_files.c.customer_id == customer_id)


async def last_attached(
    session: AsyncSession, person: Staff, *, now: datetime, zone: ZoneInfo, since: datetime | None = None
) -> Attached | None:
    """The files that ``person`` added last today, not before ``since``, to a contact logged earlier."""
    files, told = interaction_files, customer_interactions
    query = (
        select(files.c.customer_id, files.c.interaction_id, files.c.id, files.c.created_at)
        .join(told, (told.c.customer_id == files.c.customer_id) & (told.c.id == files.c.interaction_id))
        .where(told.c.staff_id == person.id, files.c.created_at > now - timedelta(days=1))
        .where(files.c.created_at > told.c.created_at)
        .order_by(files.c.created_at.desc(), files.c.id.desc())
        .limit(1)
    )
    if since is not None:
        query = query.where(files.c.created_at >= since)
    row = (await session.execute(query)).one_or_none()
    if row is None or local_date(row.created_at, zone) != local_date(now, zone):
        return None
    return Attached(row.customer_id, row.interaction_id, row.id, row.created_at)


async def detach(
    session: AsyncSession, person: Staff, ref: CustomerRef, file_id: int, *, now: datetime, zone: ZoneInfo
) -> tuple[SentFile, ...]:
    """Take back what ``person`` sent today: the file, and all that came with it, are forgotten. What they were.

    Raises ``CdmError("nothing_to_undo")`` where it is not theirs, not today's, or gone.
    """
    await summary.begin_write(session, [ref.customer_id])
    files, told = interaction_files, customer_interactions
    row = (
        await session.execute(
            select(files.c.interaction_id, files.c.origin, files.c.created_at)
            .join(told, (told.c.customer_id == files.c.customer_id) & (told.c.id == files.c.interaction_id))
            .where(files.c.customer_id == ref.customer_id, files.c.id == file_id, told.c.staff_id == person.id)
        )
    ).one_or_none()
    if row is None or local_date(row.created_at, zone) != local_date(now, zone):
        raise CdmError("nothing_to_undo")
    known = (await of_interactions(session, ref, [row.interaction_id]))[row.interaction_id]
    here = (files.c.customer_id == ref.customer_id, files.c.interaction_id == row.interaction_id)
    gone = set((await session.execute(select(files.c.id).where(*here, files.c.origin == row.origin))).scalars())
    await _delete(session, *here, files.c.origin == row.origin)
    await audit.record(session, now, person, "file_removed", customer_id=ref.customer_id, files=len(gone))
    return tuple(file.sent for file in known if file.id in gone)


async def _delete(session: AsyncSession, *conditions: Any) -> int:
    """The rows go now, our copies when the keeper comes by."""
    gone = (
        (await session.execute(delete(interaction_files).where(*conditions).returning(interaction_files.c.stored_name)))
        .scalars()
        .all()
    )
    names = [{"stored_name": name} for name in gone if name is not None]
    if names:
        await session.execute(upsert(files_to_delete).on_conflict_do_nothing(), names)
    return len(gone)


def _values(file: SentFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in _SENT}
