"""The question whether all calls to a customer are to stop, from the note that asked it until somebody answers.

Nobody calls meanwhile: lists, alerts and reminders leave the customer out (the view ``calls_held``), while what was
promised stays promised. A note that tells of no talk is a mere remark until then, so that only an answer ends anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alerts, audit, summary, winback_outcomes
from cdm_core.access import CustomerRef
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions as told
from cdm_core.tables import customers
from cdm_core.words import InteractionType, Language

ASKS = "asks_no_calls"
"""What the context of a message that asks holds, beside the ``interaction`` whose note it asks about."""

_MESSAGES = text(
    """
    SELECT DISTINCT ON (i.id) o.id, o.chat_id, o.staff_id, p.language
    FROM customer_interactions i
    JOIN outbox o ON o.chat_id = substring(i.origin FROM '^(-?[0-9]+):')::bigint AND o.telegram_message_id IS NOT NULL
                 AND o.customer_id = i.customer_id
                 AND o.context @> jsonb_build_object('interaction', i.id, 'asks_no_calls', true)
    JOIN staff p ON p.id = o.staff_id
    WHERE i.customer_id = :customer AND i.undo ->> 'asks_no_calls' = 'true' AND i.undone_at IS NULL
      AND (o.chat_id, o.telegram_message_id) IS DISTINCT FROM (CAST(:chat AS bigint), CAST(:pressed AS bigint))
    ORDER BY i.id, o.telegram_message_id DESC, o.id DESC
    """
)


@dataclass(frozen=True, slots=True)
class Asking:
    """A message (its outbox id) in which the question stands, and who reads it."""

    outbox_id: int
    chat_id: int
    staff_id: int
    language: Language


async def open_of(session: AsyncSession, customer_id: int) -> int | None:
    """The contact whose note asked last; None where nothing waits for an answer."""
    asked: int | None = (await session.execute(select(func.cdm_asks_no_calls(customer_id)))).scalar_one()
    return asked


async def messages(
    session: AsyncSession,
    customer_id: int,
    *,
    pressed: tuple[int, int | None] | None = None,
) -> Sequence[Asking]:
    """Where the customer's questions stand, whoever reads them, but in the ``pressed`` message (chat, Telegram id)."""
    chat_id, message_id = pressed or (None, None)
    bound = {"customer": customer_id, "chat": chat_id, "pressed": message_id}
    rows = await session.execute(_MESSAGES, bound)
    return [Asking(row.id, row.chat_id, row.staff_id, Language(row.language)) for row in rows]


async def answerable(
    session: AsyncSession, person: Staff, customer: CustomerRef, interaction_id: int, *, now: datetime, zone: ZoneInfo
) -> bool:
    """Whether ``person`` wrote the note today, and so may correct it; the customer is locked from here on.

    Raises ``CdmError`` ``already_undone``, ``already_answered`` (each with ``at``), or ``nothing_to_undo`` where there
    is no such note.
    """
    await summary.begin_write(session, [customer.customer_id])
    row = (
        await session.execute(
            select(told.c.staff_id, told.c.created_at, told.c.undone_at, told.c.undo, customers.c.do_not_call_at)
            .join(customers, customers.c.id == told.c.customer_id)
            .where(told.c.customer_id == customer.customer_id, told.c.id == interaction_id)
        )
    ).one_or_none()
    if row is None:
        raise CdmError("nothing_to_undo")
    if row.undone_at is not None:
        raise CdmError("already_undone", at=row.undone_at)
    effects: dict[str, Any] = row.undo or {}
    if row.do_not_call_at is not None:
        raise CdmError("already_answered", at=row.do_not_call_at)
    if not effects.get(ASKS):
        answered = effects.get("answered_at")
        raise CdmError("already_answered", at=datetime.fromisoformat(answered) if answered else row.created_at)
    return bool(row.staff_id == person.id and local_date(row.created_at, zone) == local_date(now, zone))


async def deny(
    session: AsyncSession, person: Staff, customer: CustomerRef, interaction_id: int, *, now: datetime
) -> str:
    """Calls go on, as if nobody had asked; gives the text of the note, which stays. It is ``answerable``.

    A note that names how they were in touch is the contact it would have been, but what was promised stays promised; a
    call is assumed where none is named, so such a note stays a remark.
    """
    answered = {ASKS: False, "answered_at": now.isoformat()}
    named = func.nullif(told.c.undo["told_by"].as_string(), InteractionType.CALL)
    await session.execute(
        update(told)
        .where(told.c.customer_id == customer.customer_id, told.c.undone_at.is_(None))
        .where(told.c.undo[ASKS].as_boolean())
        .values(
            undo=told.c.undo.concat(answered),
            interaction_type=func.coalesce(named, told.c.interaction_type),
        )
    )
    await winback_outcomes.settle(session, [customer.customer_id], now=now)
    await alerts.resume(session, customer.customer_id, now=now)
    await summary.refresh(session, [customer.customer_id])
    await audit.record(
        session, now, person, "calls_go_on", customer_id=customer.customer_id, interaction_id=interaction_id
    )
    note = select(told.c.description).where(told.c.customer_id == customer.customer_id, told.c.id == interaction_id)
    return (await session.execute(note)).scalar_one() or ""
