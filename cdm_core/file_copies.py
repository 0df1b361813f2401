"""Copies of our own of the files that came with contacts: what is to fetch, and what to delete.

A file is leased by its time: while somebody fetches it, it is not due. Several processes may fetch, a killed one's
files are due again after the lease. Leases use the database's real clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.words import FileKind, FileState

BELL = "files"
LEASE_SECONDS = 300.0
BACKOFF_SECONDS = (5.0, 3600.0)
MOST_ATTEMPTS = 24
"""About 15 hours: after that Telegram has lost it."""

_SUFFIXES = {FileKind.VOICE: ".ogg", FileKind.PHOTO: ".jpg", FileKind.AUDIO: ".mp3", FileKind.VIDEO: ".mp4"}

_LEASE = text(
    """
    WITH due AS (
        SELECT customer_id, id FROM interaction_files
        WHERE state = 'wanted' AND bot_id = :bot_id AND next_attempt_at <= clock_timestamp()
        ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED)
    UPDATE interaction_files f
    SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => :seconds)
    FROM due WHERE f.customer_id = due.customer_id AND f.id = due.id
    RETURNING f.customer_id, f.id, f.interaction_id, f.kind, f.file_id, f.file_unique_id, f.file_name, f.attempts,
              extract(year FROM f.created_at)::int AS year
    """
)
_KEPT = text(
    """
    UPDATE interaction_files SET state = 'kept', stored_name = :stored_name
    WHERE customer_id = :customer_id AND id = :id AND state = 'wanted' RETURNING id
    """
)
_RETRY = text(
    """
    UPDATE interaction_files SET next_attempt_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE customer_id = :customer_id AND id = :id AND state = 'wanted'
    """
)
_GIVEN_UP = text(
    """
    WITH given_up AS (
        UPDATE interaction_files SET state = :state
        WHERE customer_id = :customer_id AND id = :id AND state = 'wanted' RETURNING customer_id, interaction_id)
    SELECT i.staff_id FROM given_up JOIN customer_interactions i USING (customer_id)
    WHERE i.id = given_up.interaction_id
    """
)
_DELETED = text(
    """
    DELETE FROM files_to_delete WHERE stored_name IN (
        SELECT stored_name FROM files_to_delete LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING stored_name
    """
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch: ``stored_name`` is the relative path our copy is to have, which is its alone."""

    customer_id: int
    id: int
    kind: FileKind
    file_id: str
    stored_name: str
    attempts: int


async def lease(
    session: AsyncSession, bot_id: int, *, most: int = 4, seconds: float = LEASE_SECONDS
) -> Sequence[Wanted]:
    """Files that this bot may fetch and nobody else is fetching; commit before fetching."""
    rows = await session.execute(_LEASE, {"bot_id": bot_id, "most": most, "seconds": seconds})
    return [
        Wanted(
            customer_id=row.customer_id,
            id=row.id,
            kind=FileKind(row.kind),
            file_id=row.file_id,
            stored_name=f"{row.year}/{row.customer_id}/{row.id}-{_plain(row.file_unique_id)}{_suffix(row)}",
            attempts=row.attempts,
        )
        for row in rows
    ]


async def kept(session: AsyncSession, wanted: Wanted) -> bool:
    """Our copy is in its place; False where the file is wanted no more, or under another customer."""
    facts = {"customer_id": wanted.customer_id, "id": wanted.id, "stored_name": wanted.stored_name}
    return (await session.execute(_KEPT, facts)).one_or_none() is not None


async def retry(session: AsyncSession, wanted: Wanted, *, seconds: float | None = None) -> int | None:
    """It could not be fetched: again after a while that grows, or after ``seconds``.

    After so many attempts it is lost: gives who sent it, to be told once.
    """
    if wanted.attempts >= MOST_ATTEMPTS:
        return await _give_up(session, wanted, FileState.LOST)
    first, longest = BACKOFF_SECONDS
    wait = min(first * 2 ** (wanted.attempts - 1), longest) if seconds is None else seconds
    await session.execute(_RETRY, {"customer_id": wanted.customer_id, "id": wanted.id, "seconds": wait})
    return None


async def too_large(session: AsyncSession, wanted: Wanted) -> int | None:
    """Telegram does not give it back: it stays there alone. Who sent it, to be told."""
    return await _give_up(session, wanted, FileState.TOO_LARGE)


async def _give_up(session: AsyncSession, wanted: Wanted, state: FileState) -> int | None:
    """Who sent it; None where it is wanted no more."""
    facts = {"customer_id": wanted.customer_id, "id": wanted.id, "state": state}
    sender: int | None = (await session.execute(_GIVEN_UP, facts)).scalar_one_or_none()
    return sender


async def take_deleted(session: AsyncSession, *, most: int = 100) -> Sequence[str]:
    """Names of copies to delete; commit once they are."""
    return (await session.execute(_DELETED, {"most": most})).scalars().all()


def _suffix(row: object) -> str:
    """Of the name it was sent with, else of its kind."""
    given = PurePosixPath(getattr(row, "file_name", None) or "").suffix.lower()
    known = given.removeprefix(".").isalnum() and given.isascii() and len(given) <= 9
    return given if known else _SUFFIXES.get(FileKind(getattr(row, "kind", "")), "")


def _plain(unique_id: str) -> str:
    """Letters, digits, "-" and "_" are all that Telegram puts into it; nothing else gets into a path."""
    return "".join(letter for letter in unique_id if letter.isascii() and (letter.isalnum() or letter in "-_"))[:64]
