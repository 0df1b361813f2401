"""The state of the world around one update: who, where, when, under which settings; read in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incoming import Incoming, Kind
from bot.registry import Routes
from cdm_core import chats, thresholds
from cdm_core import staff as people
from cdm_core.chats import Chat
from cdm_core.clock import Clock
from cdm_core.db.as_of import set_as_of
from cdm_core.outbox import Said
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChatType, Language
from templates.speech import Speech

_SCENE = text(
    """
    SELECT set_config('cdm.as_of', :now, true),
           (SELECT json_object_agg(key, value ORDER BY key) FROM settings)::text AS settings,
           c.chat_id, c.type AS chat_type, c.staff_id AS chat_staff_id, c.team_id AS chat_team_id, c.title,
           c.blocked_at, c.dialog, c.told_at,
           CASE WHEN c.current_until > CAST(:now AS timestamptz) THEN c.current_customer_id END AS current_customer_id,
           o.id AS said_id, o.dedup_key AS said_key, o.customer_id AS said_customer_id, o.context AS said_context,
           CAST(:answered AS bigint) IS NOT NULL AND o.id IS NULL AND EXISTS (
               SELECT FROM outbox WHERE chat_id = :chat_id AND state = 'sending') AS maybe_unwritten,
           s.*, t.name AS team
    FROM (SELECT) AS always
    LEFT JOIN chats c ON c.chat_id = :chat_id
    LEFT JOIN staff s ON s.telegram_user_id = :user_id AND s.active
    LEFT JOIN teams t ON t.id = s.team_id
    LEFT JOIN LATERAL (
        SELECT id, dedup_key, customer_id, context FROM outbox
        WHERE chat_id = :chat_id AND telegram_message_id = :answered
        ORDER BY id DESC LIMIT 1) o ON true
    """
)


@dataclass(frozen=True, slots=True)
class House:
    """What all calls share. ``currency`` is ISO 4217."""

    routes: Routes
    clock: Clock
    bot_username: str
    bot_id: int = 0
    currency: str = "BDT"


@dataclass(frozen=True, slots=True)
class Scene:
    """``said`` is the message of ours that was answered or pressed; ``staff`` is None for a stranger."""

    chat: Chat
    staff: Staff | None
    said: Said | None
    now: datetime
    speech: Speech
    thresholds: Thresholds


class NotYetWritten(Exception):
    """The answered message may be one that was just sent, whose Telegram id is not in the outbox yet."""


async def scene(session: AsyncSession, house: House, incoming: Incoming, *, patient: bool = False) -> Scene:
    """Read it, and set the transaction's ``cdm_now()``. A chat never heard of gets its row, once something is
    said in it.

    If ``patient``, raises ``NotYetWritten`` where trying again in a moment may find the answered message.
    """
    now = house.clock.now()
    facts = {
        "now": now.isoformat(),
        "chat_id": incoming.chat_id,
        "user_id": incoming.user_id,
        "answered": incoming.answered,
    }
    row = (await session.execute(_SCENE, facts)).one()
    if patient and row.maybe_unwritten:
        raise NotYetWritten
    settings = thresholds.from_json(row.settings)
    if settings.clock_offset != house.clock.offset:
        house.clock.offset = settings.clock_offset
        now = house.clock.now()
        await set_as_of(session, now)
    if row.chat_id is None and incoming.kind is not Kind.INLINE:
        await chats.meet(session, incoming.chat_id, incoming.chat_type, incoming.title)
    staff = None if row.id is None else people.person(row)
    language = staff.language if staff else _language(incoming.language_code)
    return Scene(
        chat=_chat(row, incoming),
        staff=staff,
        said=_said(row),
        now=now,
        speech=Speech(language, settings.zone, now, house.currency),
        thresholds=settings,
    )


def _said(row: Row[Any]) -> Said | None:
    if row.said_id is None:
        return None
    return Said(row.said_id, row.said_key, row.said_customer_id, row.said_context or {})


def _chat(row: Row[Any], incoming: Incoming) -> Chat:
    new = row.chat_id is None
    return Chat(
        chat_id=incoming.chat_id,
        type=incoming.chat_type if new else ChatType(row.chat_type),
        staff_id=row.chat_staff_id,
        team_id=row.chat_team_id,
        title=incoming.title if new else row.title,
        blocked_at=row.blocked_at,
        current_customer_id=row.current_customer_id,
        dialog=row.dialog,
        told_at=row.told_at,
    )


def _language(code: str) -> Language:
    return Language.BN if code.partition("-")[0].lower() == "bn" else Language.EN
