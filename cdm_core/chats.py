"""Telegram chats: whose they are, what is going on in them, whether they still take our messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, case, cast, func, null, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit
from cdm_core.tables import chats
from cdm_core.words import ChatType


@dataclass(frozen=True, slots=True)
class Chat:
    """``current_customer_id`` is the customer whose card was opened last, while that still counts.

    ``dialog`` is the question that the next text answers: ``{"name": …, **facts}``. ``told_at`` is when a stranger
    last got the one neutral line.
    """

    chat_id: int
    type: ChatType
    staff_id: int | None
    team_id: int | None
    title: str | None
    blocked_at: datetime | None
    current_customer_id: int | None
    dialog: dict[str, Any] | None
    told_at: datetime | None


async def meet(session: AsyncSession, chat_id: int, type_: ChatType, title: str | None) -> None:
    """Make the chat's row if this is the first we hear of it."""
    await session.execute(
        insert(chats).values(chat_id=chat_id, type=type_, title=title and title[:255]).on_conflict_do_nothing()
    )


async def open_customer(session: AsyncSession, chat_id: int, customer_id: int, *, until: datetime) -> None:
    """Make this customer the chat's current one, whom a note typed before ``until`` is about.

    A question that is open and not about them is over.
    """
    still_asked = case((chats.c.dialog.contains({"customer_id": customer_id}), chats.c.dialog), else_=null())
    await _change(session, chat_id, current_customer_id=customer_id, current_until=until, dialog=still_asked)


async def ask(session: AsyncSession, chat_id: int, name: str, **facts: Any) -> None:
    """The next text in this chat answers the dialog ``name``; ``facts`` are JSON."""
    await _change(session, chat_id, dialog={"name": name, **facts})


async def asked_again(session: AsyncSession, chat_id: int, *, said_by: str) -> None:
    """What was just said, ``said_by`` this update, asks the same question once more, if it is still open."""
    said = func.coalesce(chats.c.dialog["asked_by"], text("'[]'::jsonb")).concat(func.to_jsonb(cast(said_by, Text)))
    open_here = update(chats).where(chats.c.chat_id == chat_id, chats.c.dialog.has_key("name"))
    await session.execute(open_here.values(dialog=chats.c.dialog.concat(func.jsonb_build_object("asked_by", said))))


async def stop_asking(session: AsyncSession, chat_id: int, *, only: dict[str, Any] | None = None) -> None:
    """The next text is no answer any more; with ``only``, where that is the question still."""
    ended = update(chats).where(chats.c.chat_id == chat_id).values(dialog=None)
    await session.execute(ended if only is None else ended.where(chats.c.dialog == only))


async def told(session: AsyncSession, chat_id: int, *, now: datetime) -> None:
    """A stranger got the neutral line."""
    await _change(session, chat_id, told_at=now)


async def unblocked(session: AsyncSession, chat_id: int) -> None:
    """The person lets us write again."""
    await _change(session, chat_id, blocked_at=None)


async def blocked(session: AsyncSession, chat_id: int, *, now: datetime) -> str | None:
    """The chat takes no messages any more: audit it and cancel what is queued.

    Gives the name of the person or group, None when that was known or the chat is nobody's.
    """
    row = (
        await session.execute(
            text(
                """
                UPDATE chats SET blocked_at = :now WHERE chat_id = :chat_id AND blocked_at IS NULL
                RETURNING staff_id, coalesce((SELECT name FROM staff WHERE id = staff_id), title) AS name
                """
            ),
            {"chat_id": chat_id, "now": now},
        )
    ).one_or_none()
    await session.execute(
        text(
            """
            UPDATE outbox SET state = 'cancelled', payload = NULL, error = 'the chat blocked the bot'
            WHERE chat_id = :chat_id AND state = 'queued'
            """
        ),
        {"chat_id": chat_id},
    )
    if row is None:
        return None
    await audit.record(session, now, "telegram", "chat_blocked", chat_id=chat_id, staff_id=row.staff_id)
    return None if row.name is None else str(row.name)


async def migrate(session: AsyncSession, old: int, new: int) -> None:
    """A group became a supergroup: its id changes wherever something is still to be done under it."""
    await session.execute(
        text(
            """
            WITH gone AS (DELETE FROM chats WHERE chat_id = :old RETURNING *)
            INSERT INTO chats (chat_id, type, team_id, title, created_at)
            SELECT :new, type, team_id, title, created_at FROM gone
            ON CONFLICT (chat_id) DO UPDATE
            SET team_id = coalesce(chats.team_id, excluded.team_id), title = coalesce(chats.title, excluded.title)
            """
        ),
        {"old": old, "new": new},
    )
    for table in ("outbox", "inbox"):
        open_states = "('queued', 'leased', 'sending')" if table == "outbox" else "('received', 'leased')"
        await session.execute(
            text(f"UPDATE {table} SET chat_id = :new WHERE chat_id = :old AND state IN {open_states}"),
            {"old": old, "new": new},
        )


async def _change(session: AsyncSession, chat_id: int, **values: Any) -> None:
    await session.execute(update(chats).where(chats.c.chat_id == chat_id).values(**values))
