"""Forgetting after some days what is done with: updates, messages sent, those of either in trouble that nobody tried
again, notes that found their customer."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 5_000

# Here and below each half has an index of its own.
_INBOX = text(
    """
    DELETE FROM inbox WHERE (bot_id, update_id) IN (
        (SELECT bot_id, update_id FROM inbox
         WHERE state = 'done' AND done_at < clock_timestamp() - make_interval(days => :days)
         ORDER BY done_at LIMIT :batch)
        UNION ALL
        (SELECT bot_id, update_id FROM inbox
         WHERE state = 'quarantined' AND received_at < clock_timestamp() - make_interval(days => :days)
         ORDER BY received_at LIMIT :batch))
    """
)
# A message that a younger one edits stays until that one goes too.
_OLD = """
    SELECT id FROM outbox o
    WHERE state IN ({states}) AND created_at < clock_timestamp() - make_interval(days => :days)
      AND NOT EXISTS (SELECT FROM outbox e WHERE e.edits_outbox_id = o.id)
    ORDER BY created_at LIMIT :batch
"""
_OUTBOX = text(
    f"""
    WITH old AS MATERIALIZED (
        ({_OLD.format(states="'sent', 'cancelled'")}) UNION ALL
        ({_OLD.format(states="'failed', 'unknown', 'expired'")})),
    attempts AS (DELETE FROM delivery_attempts WHERE outbox_id IN (SELECT id FROM old))
    DELETE FROM outbox WHERE id IN (SELECT id FROM old)
    """
)
_NOTES = text(
    """
    DELETE FROM waiting_notes WHERE id IN (
        SELECT id FROM waiting_notes WHERE settled_at < cdm_now() - make_interval(days => :days)
        ORDER BY settled_at LIMIT :batch)
    """
)


async def purge_inbox(session: AsyncSession, *, days: int) -> int:
    """Delete up to ``BATCH`` updates done over ``days`` real days ago, and as many that came before then and were not
    understood: what they say is not kept for ever because nobody tried them again. Gives how many."""
    return await _deleted(session, _INBOX, days)


async def purge_outbox(session: AsyncSession, *, days: int) -> int:
    """Delete up to ``BATCH`` messages sent or cancelled, and as many in trouble, queued over ``days`` real days ago:
    what they say is not kept for ever because nobody tried them again."""
    return await _deleted(session, _OUTBOX, days)


async def purge_notes(session: AsyncSession, *, days: int) -> int:
    """Delete up to ``BATCH`` waiting notes settled more than ``days`` days ago; one that nobody placed waits on."""
    return await _deleted(session, _NOTES, days)


async def _deleted(session: AsyncSession, statement: object, days: int) -> int:
    result = await session.execute(statement, {"days": days, "batch": BATCH})  # type: ignore[call-overload]
    return int(result.rowcount)
