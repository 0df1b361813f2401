"""What is under way of a person who is being erased: messages not sent yet, updates in trouble, open questions, notes.

A message that names them is withdrawn whole: it cannot be known what else in it is about them. A list that told a
reader unasked is made anew at the next tick, without them; any other its reader asks for again.

What is on the wire is not called back. Its words go, its state does not: how it fared is still to be written down, and
what did not arrive is withdrawn then (``cdm_core.delivery``).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import lists_anew

_WIDTH = 10
"""Digits of the end of a phone by which it is found, however it is written."""

_DIGITS = (
    "regexp_replace(translate({text}, '০১২৩৪৫৬৭৮৯', '0123456789'), '[^0-9]', '', 'g') LIKE ANY(CAST(:phones AS text[]))"
)
_NAMING = text(
    f"""
    SELECT id, state = 'sending' AS on_wire
    FROM outbox
    WHERE state IN ('queued', 'leased', 'sending', 'failed', 'unknown', 'expired')
      AND (customer_id = :id
           OR jsonb_path_exists(context, '$.entries.* ? (@ == $id)', jsonb_build_object('id', CAST(:id AS bigint)))
           OR jsonb_path_exists(context, '$.letter.about ? (@ == $id)', jsonb_build_object('id', CAST(:id AS bigint)))
           OR jsonb_path_exists(context, '$.same ? (@ == $id)', jsonb_build_object('id', CAST(:id AS bigint)))
           OR {_DIGITS.format(text="CAST(payload - '$files' AS text)")})
    ORDER BY id
    FOR UPDATE
    """
)
_WITHDRAW = text(
    """
    UPDATE outbox
    SET state = 'cancelled', payload = NULL, context = NULL, error = 'the customer was erased', leased_by = NULL,
        leased_until = NULL
    WHERE id = ANY(CAST(:ids AS bigint[]))
    """
)
_UNSAY = text(
    "UPDATE outbox SET payload = NULL, error = 'the customer was erased' WHERE id = ANY(CAST(:ids AS bigint[]))"
)
# Delivered, or about to be: what an answer to them would find. What asks whether to call at all is still found by its
# note, so that it loses its buttons (``cdm_core.question_copies``).
_FORGET_CONTEXT = text(
    f"""
    UPDATE outbox
    SET context = CASE WHEN customer_id IS DISTINCT FROM :id THEN context - 'search' - 'name'
                       WHEN context ->> 'asks_no_calls' = 'true'
                       THEN jsonb_build_object('interaction', context -> 'interaction', 'asks_no_calls', true) END
    WHERE state IN ('sent', 'sending', 'cancelled') AND context IS NOT NULL
      AND (customer_id = :id OR CAST(:name AS text) IN (context ->> 'name', context ->> 'search')
           OR {_DIGITS.format(text="context ->> 'search'")})
    """
)
_FORGET_UPDATES = text(
    f"""
    UPDATE inbox SET state = 'done', done_at = clock_timestamp(), body = NULL
    WHERE state = 'quarantined' AND {_DIGITS.format(text="CAST(body AS text)")}
    """
)
_CLOSE_CARDS = text(
    """
    UPDATE chats SET current_customer_id = NULL, current_until = NULL, dialog = NULL
    WHERE current_customer_id = :id OR dialog @> jsonb_build_object('customer_id', CAST(:id AS bigint))
    """
)
_FORGET_NOTES = text(
    f"""
    WITH gone AS (
        UPDATE waiting_notes SET text = NULL, settled_at = :now
        WHERE settled_at IS NULL
          AND ({_DIGITS.format(text="text")}
               OR CAST(:name AS text) LIKE '% %' AND strpos(lower(text), lower(CAST(:name AS text))) > 0)
        RETURNING id)
    DELETE FROM waiting_files WHERE note_id IN (SELECT id FROM gone)
    """
)


async def withdraw(session: AsyncSession, customer_id: int, *, name: str, phones: Sequence[str], now: datetime) -> int:
    """Take it all back, within the core write that erases; how many messages. ``name`` in full, ``phones`` in E.164."""
    ends = [f"%{phone[-_WIDTH:]}%" for phone in phones]
    found = (await session.execute(_NAMING, {"id": customer_id, "phones": ends})).all()
    withdrawn = [row.id for row in found if not row.on_wire]
    await lists_anew.make(session, withdrawn)
    await session.execute(_WITHDRAW, {"ids": withdrawn})
    await session.execute(_UNSAY, {"ids": [row.id for row in found if row.on_wire]})
    await session.execute(_FORGET_CONTEXT, {"id": customer_id, "name": name, "phones": ends})
    await session.execute(_FORGET_UPDATES, {"phones": ends})
    await session.execute(_CLOSE_CARDS, {"id": customer_id})
    await session.execute(_FORGET_NOTES, {"name": name, "phones": ends, "now": now})
    return len(found)
