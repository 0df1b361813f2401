"""The outbox: messages as data, put in the transaction of their cause and sent by whoever leads the token.

``put`` and ``cancel`` are for those who have something to say; ``cdm_core.outbox_leases`` and ``cdm_core.delivery`` are
the sender's side. A payload is the arguments of a Bot API method without ``chat_id``, and keys of our own that never
reach the wire:

- ``$files``: ``{argument: {"name": …, "base64": …}}``, uploaded as the named arguments (at most ``MOST_FILE_BYTES``
  together; they are erased with the payload once sent);
- ``$stored``: ``{argument: {"name": …, "stored": …}}``, the same for our copies in the folder of files;
- ``$again``: the line to append when a message whose fate is unknown is sent once more;
- ``$role``: the role the person must still have when it is sent.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import backlog
from cdm_core.backlog import Backlog
from cdm_core.db.notify import CHANNEL
from cdm_core.tables import outbox
from cdm_core.words import MessageKind, OutboxState, Role

BELL = "outbox"
MARKED = """
    (o.payload - '$again') || jsonb_strip_nulls(jsonb_build_object(
        'text', (o.payload ->> 'text') || E'\\n' || (o.payload ->> '$again'),
        'caption', CASE WHEN NOT o.payload ? 'text'
                        THEN concat_ws(E'\\n', o.payload ->> 'caption', o.payload ->> '$again') END))
"""
"""The payload of message ``o``, which has a ``$again``, marked as a possible repeat, as SQL."""

MOST_FILE_BYTES = 8_000_000
PRIORITY = {
    MessageKind.REPLY: 10,
    MessageKind.ALERT: 20,
    MessageKind.REMINDER: 30,
    MessageKind.DIGEST: 40,
    MessageKind.EXPORT: 50,
    MessageKind.BROADCAST: 60,
}

LOST = "('failed', 'expired', 'cancelled')"
"""States, as SQL, in which a message reaches nobody any more."""

_ARRIVING = (OutboxState.LEASED, OutboxState.SENDING, OutboxState.SENT)
_IN_TROUBLE = (OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.EXPIRED)


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload as the argument ``argument`` of the method ("photo", "document")."""

    argument: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class OutMessage:
    """What to say to one chat.

    ``dedup_key`` is never reused: putting it again does nothing. ``payload`` holds the arguments of ``method`` but
    ``chat_id``. ``customer_id`` and ``context`` are what a reply to the message stands for. ``edits`` is the outbox
    id of the message that it edits, where that message's Telegram id is not known yet. ``again`` is the rendered line
    that marks a possible repeat. ``staff_id`` must be active, and of ``role`` if given, when it is sent.
    """

    dedup_key: str
    chat_id: int
    kind: MessageKind
    method: str
    payload: Mapping[str, Any]
    staff_id: int | None = None
    customer_id: int | None = None
    context: Mapping[str, Any] | None = None
    edits: int | None = None
    expires_at: datetime | None = None
    again: str | None = None
    role: Role | None = None
    files: tuple[File, ...] = field(default=())


_PUT = text(
    """
    WITH put AS (
        INSERT INTO outbox (dedup_key, chat_id, kind, priority, method, payload, edits_outbox_id, staff_id, customer_id,
                            context, expires_at)
        SELECT dedup_key, chat_id, kind, priority, method, payload, edits_outbox_id, staff_id, customer_id,
               nullif(context, 'null'), expires_at
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
            dedup_key text, chat_id bigint, kind text, priority smallint, method text, payload jsonb,
            edits_outbox_id bigint, staff_id bigint, customer_id bigint, context jsonb, expires_at timestamptz)
        ON CONFLICT (dedup_key) DO NOTHING
        RETURNING id, dedup_key)
    SELECT id, dedup_key, pg_notify(:channel, :bell) FROM put
    """
)


async def put(session: AsyncSession, message: OutMessage) -> int | None:
    """Queue it and ring the sender's bell at commit; its id, or None when its key was used before.

    ValueError when its files are larger than ``MOST_FILE_BYTES`` together.
    """
    ids = await put_all(session, [message])
    return ids[0]


async def put_all(session: AsyncSession, messages: Sequence[OutMessage]) -> list[int | None]:
    """``put`` for many, in one statement."""
    if not messages:
        return []
    rows = await session.execute(
        _PUT, {"rows": json.dumps([_row(message) for message in messages]), "channel": CHANNEL, "bell": BELL}
    )
    ids = {row.dedup_key: row.id for row in rows}
    return [ids.get(message.dedup_key) for message in messages]


def _row(message: OutMessage) -> dict[str, Any]:
    payload = dict(message.payload)
    if message.again:
        payload["$again"] = message.again
    if message.role:
        payload["$role"] = message.role
    if message.files:
        if sum(len(file.data) for file in message.files) > MOST_FILE_BYTES:
            raise ValueError(f"files of more than {MOST_FILE_BYTES} bytes do not go through the outbox")
        payload["$files"] = {
            file.argument: {"name": file.name, "base64": base64.b64encode(file.data).decode()} for file in message.files
        }
    return {
        "dedup_key": message.dedup_key,
        "chat_id": message.chat_id,
        "kind": message.kind,
        "priority": PRIORITY[message.kind],
        "method": message.method,
        "payload": payload,
        "edits_outbox_id": message.edits,
        "staff_id": message.staff_id,
        "customer_id": message.customer_id,
        "context": None if message.context is None else dict(message.context),
        "expires_at": None if message.expires_at is None else message.expires_at.isoformat(),
    }


async def cancel(
    session: AsyncSession,
    *,
    ids: Sequence[int] | None = None,
    customer_id: int | None = None,
    staff_id: int | None = None,
    chat_id: int | None = None,
    kinds: Sequence[MessageKind] | None = None,
    states: Sequence[OutboxState] = (OutboxState.QUEUED,),
    why: str,
) -> int:
    """Cancel what is queued, or in one of the ``states``, and matches all that is given; how many.

    What is on the wire is not called back.
    """
    conditions: list[ColumnElement[bool]] = [outbox.c.state.in_(states)]
    if ids is not None:
        conditions.append(outbox.c.id.in_(ids))
    if customer_id is not None:
        conditions.append(outbox.c.customer_id == customer_id)
    if staff_id is not None:
        conditions.append(outbox.c.staff_id == staff_id)
    if chat_id is not None:
        conditions.append(outbox.c.chat_id == chat_id)
    if kinds is not None:
        conditions.append(outbox.c.kind.in_(kinds))
    if len(conditions) == 1:
        raise ValueError("cancel what?")
    result = await session.execute(
        update(outbox).where(*conditions).values(state=OutboxState.CANCELLED, payload=None, error=why)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


_REWORD = text(
    """
    UPDATE outbox o
    SET payload = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(o.payload) WHERE key LIKE '$%'), '{}')
                  || CAST(:payload AS jsonb)
    WHERE id = :id AND state = ANY(CAST(:states AS text[]))
    """
)


async def reword(session: AsyncSession, outbox_id: int, payload: Mapping[str, Any]) -> bool:
    """Give other words to a message that is queued, or in trouble and may be tried again; our own keys stay.

    False where it is neither.
    """
    facts = {"id": outbox_id, "states": [OutboxState.QUEUED, *_IN_TROUBLE], "payload": json.dumps(dict(payload))}
    result = await session.execute(_REWORD, facts)
    return bool(result.rowcount)  # type: ignore[attr-defined]


_OVERTAKEN = text(
    """
    UPDATE outbox SET state = 'cancelled', payload = NULL, error = 'a later edit says it'
    WHERE edits_outbox_id = :edits AND id <> :by AND state = 'queued'
    """
)


async def follow(session: AsyncSession, edit: OutMessage, state: OutboxState, *, over: str | None) -> None:
    """Bring the message that ``edit`` edits, which is in ``state``, in step with what was done since.

    One still queued, or in trouble so that somebody may try it again, is worded as the edit, or withdrawn where
    ``over`` says why there is nothing left to do. One on the wire or sent is edited, also where it got there after its
    state was read; of the edits that wait only this one is sent.
    """
    if edit.edits is None:
        raise ValueError("follow which message?")
    if state is OutboxState.CANCELLED:
        return
    if state in _ARRIVING:
        caught = False
    elif over is not None:
        caught = bool(await cancel(session, ids=[edit.edits], states=(OutboxState.QUEUED, *_IN_TROUBLE), why=over))
    else:
        caught = await reword(session, edit.edits, edit.payload)
    if not caught and (put_id := await put(session, edit)) is not None:
        await session.execute(_OVERTAKEN, {"edits": edit.edits, "by": put_id})


def lasting(role: Role) -> Role | None:
    """What ``OutMessage.role`` is for a person of this role: who has risen from agent meanwhile may read as much."""
    return None if role is Role.AGENT else role


@dataclass(frozen=True, slots=True)
class Said:
    """A message we sent, as far as it matters to an answer to it. ``key`` is its deduplication key."""

    id: int
    key: str
    customer_id: int | None
    context: dict[str, Any]


async def last_said(session: AsyncSession, chat_id: int, customer_id: int, **context: Any) -> int | None:
    """The newest message that this chat has got about the customer and whose context holds ``context``."""
    return (
        await session.execute(
            select(outbox.c.id)
            .where(
                outbox.c.chat_id == chat_id,
                outbox.c.telegram_message_id.is_not(None),
                outbox.c.customer_id == customer_id,
                outbox.c.context.contains(context),
            )
            .order_by(outbox.c.telegram_message_id.desc(), outbox.c.id.desc())
            .limit(1)
        )
    ).scalar_one_or_none()


async def newest_context(session: AsyncSession, chat_id: int) -> dict[str, Any]:
    """What the newest message that this chat has got from us carries; empty where there is none."""
    found = await session.execute(
        select(outbox.c.context)
        .where(outbox.c.chat_id == chat_id, outbox.c.telegram_message_id.is_not(None))
        .order_by(outbox.c.telegram_message_id.desc(), outbox.c.id.desc())
        .limit(1)
    )
    return found.scalar_one_or_none() or {}


_COUNTS = text(
    """
    SELECT state, count(*) AS number,
           extract(epoch FROM clock_timestamp() - min(coalesce(retried_at, created_at))) AS oldest
    FROM outbox WHERE state = 'queued' GROUP BY state
    UNION ALL
    SELECT state, count(*), extract(epoch FROM clock_timestamp() - min(coalesce(retried_at, created_at)))
    FROM outbox WHERE state IN ('leased', 'sending') GROUP BY state
    UNION ALL
    SELECT state, count(*), extract(epoch FROM clock_timestamp() - min(created_at))
    FROM outbox WHERE state IN ('failed', 'unknown', 'expired') GROUP BY state
    """
)


async def counts(session: AsyncSession) -> dict[OutboxState, Backlog]:
    """What is queued, under way or in trouble, since it was put or tried again; states with nothing are absent."""
    return await backlog.by_state(session, _COUNTS, OutboxState)
