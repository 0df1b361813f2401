"""The messages that ask whether all calls to a customer are to stop: at most one asks, and none once it is answered.

Words are not the core's: whoever settles one hands in ``word``, which makes a Bot API payload for one reader.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import outbox, summary
from cdm_core.outbox import OutMessage
from cdm_core.words import Language, MessageKind, OutboxState, QuestionEnd

# A message is found by the note that it asks about, which keeps its id where its customer is merged with another. One
# snapshot tells what asks and whether anything waits: not everybody who retells holds the customer.
_ASKING = text(
    """
    SELECT o.id, o.chat_id, o.telegram_message_id, o.staff_id, o.state, o.method, p.language, p.name AS reader,
           c.id AS customer_id, cdm_name(c.first_name, c.last_name) AS name, c.erased_at IS NOT NULL AS erased,
           i.undone_at IS NULL AND cdm_asks_no_calls(c.id) IS NOT NULL AS waits, i.undone_at IS NOT NULL AS undone,
           i.undo ? 'answered_at' OR c.do_not_call_at IS NOT NULL
               OR EXISTS (SELECT FROM consents r
                          WHERE r.customer_id = c.id AND r.channel = 'call' AND r.allowed
                            AND r.changed_at > i.created_at) AS answered
    FROM customer_interactions i
    JOIN customers c ON c.id = i.customer_id
    JOIN outbox o ON (o.context ->> 'interaction')::bigint = i.id AND o.context ->> 'asks_no_calls' = 'true'
    JOIN staff p ON p.id = o.staff_id
    WHERE i.customer_id = :customer AND (i.undo ->> 'told_by' IS NOT NULL OR c.erased_at IS NOT NULL)
      AND o.state <> 'cancelled'
    ORDER BY o.id
    FOR UPDATE OF o
    """
)
_UNASKED = text(
    f"""
    SELECT cdm_asks_no_calls(held.customer_id) FROM calls_held held
    WHERE held.customer_id = :customer
      AND NOT EXISTS (SELECT FROM customer_interactions i
                      JOIN outbox o ON (o.context ->> 'interaction')::bigint = i.id
                          AND o.context ->> 'asks_no_calls' = 'true'
                      WHERE i.customer_id = :customer AND i.undone_at IS NULL AND o.state NOT IN {outbox.LOST})
    """
)
_ASKS_NO_MORE = text(
    """
    UPDATE outbox SET context = context || '{"asks_no_calls": false}' WHERE id = ANY(CAST(:ids AS bigint[]))
    """
)

_LOST = (OutboxState.FAILED, OutboxState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Doer:
    """Who makes a question end: ``name``, in ``chat_id``, with a press on its message ``pressed`` (Telegram's id),
    which says itself what came of it, or None."""

    name: str
    chat_id: int
    pressed: int | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """What is left of a message that asked. ``below``: the rest stands in the same chat; else ``by`` is who did it,
    None where a program did."""

    customer_id: int
    name: str
    end: QuestionEnd
    below: bool
    by: str | None


Word = Callable[[Copy, Language], Mapping[str, Any]]
"""The arguments of editMessageText but for the chat and the message."""


async def retell(session: AsyncSession, customer_id: int, *, by: Doer | None, word: Word) -> None:
    """What asks, and nothing waits for its answer any more, says so and has no buttons; of several that ask, since
    their customers are one by now, the last does."""
    asking = (await session.execute(_ASKING, {"customer": customer_id})).all()
    await _settle(session, [(row, _end(row)) for row in asking if not row.waits], by, word)
    waiting = [row for row in asking if row.waits]
    arriving = [row for row in waiting if row.state not in _LOST]
    if arriving:
        last = arriving[-1]
        others = [(row, QuestionEnd.ANEW) for row in waiting if row is not last]
        await _settle(session, others, Doer(last.reader, last.chat_id), word)


async def unasked(session: AsyncSession, customer_id: int) -> int | None:
    """The contact whose note holds the calls to this customer though no message asks about it: what asked, or answered
    it, was taken back. None where nothing holds them, or something asks."""
    note: int | None = (await session.execute(_UNASKED, {"customer": customer_id})).scalar_one_or_none()
    return note


async def give_way(session: AsyncSession, customer_id: int, *, by: Doer, word: Word) -> None:
    """What asks gives way to the question that is put next; the customer is locked from here on."""
    await summary.begin_write(session, [customer_id])
    asking = (await session.execute(_ASKING, {"customer": customer_id})).all()
    await _settle(session, [(row, QuestionEnd.ANEW) for row in asking], by, word)


async def _settle(
    session: AsyncSession, ended: Iterable[tuple[Row[Any], QuestionEnd]], by: Doer | None, word: Word
) -> None:
    """One still queued is not sent where the same chat tells the rest, unless it is to edit a message, which would keep
    its buttons. Elsewhere it is reworded: nothing else tells its reader that their text was saved."""
    ended = list(ended)
    for row, end in ended:
        below = by is not None and row.chat_id == by.chat_id
        if by is not None and below and by.pressed is not None and row.telegram_message_id == by.pressed:
            continue
        left = Copy(row.customer_id, row.name, end, below, None if by is None else by.name)
        edit = OutMessage(
            dedup_key=f"asks:{row.id}",
            chat_id=row.chat_id,
            kind=MessageKind.REPLY,
            method="editMessageText",
            payload=word(left, Language(row.language)),
            staff_id=row.staff_id,
            customer_id=row.customer_id,
            edits=row.id,
        )
        over = "answered before it was sent" if below and not row.method.startswith("edit") else None
        await outbox.follow(session, edit, OutboxState(row.state), over=over)
    if ended:
        await session.execute(_ASKS_NO_MORE, {"ids": [row.id for row, _ in ended]})


def _end(row: Row[Any]) -> QuestionEnd:
    if row.erased:
        return QuestionEnd.ERASED
    if row.answered:
        return QuestionEnd.ANSWERED
    return QuestionEnd.UNDONE if row.undone else QuestionEnd.TALKED
