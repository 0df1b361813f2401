"""What is forgotten after some days."""

from itertools import product

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import purge

_PUT = text(
    """
    INSERT INTO outbox (dedup_key, chat_id, kind, priority, method, payload, state, created_at)
    VALUES (:state || :days, 10, 'reply', 10, 'sendMessage', '{"text": "of a customer"}', :state,
            clock_timestamp() - make_interval(days => :ago))
    """
)
_RECEIVED = text(
    """
    INSERT INTO inbox (bot_id, update_id, chat_id, body, state, received_at, done_at)
    SELECT 1, :id, 10, '{"message": {"text": "of a customer"}}', state, at, CASE WHEN state = 'done' THEN at END
    FROM (SELECT CAST(:state AS text) AS state, clock_timestamp() - make_interval(days => :days) AS at) AS told
    """
)


async def test_messages_in_trouble_are_not_kept_for_ever(session: AsyncSession) -> None:
    for days in (59, 61):
        for state in ("sent", "cancelled", "failed", "unknown", "expired", "queued"):
            await session.execute(_PUT, {"state": state, "days": str(days), "ago": days})
    assert await purge.purge_outbox(session, days=60) == 5
    kept = await session.execute(text("SELECT dedup_key FROM outbox WHERE dedup_key LIKE '%61'"))
    assert kept.scalars().all() == ["queued61"]


async def test_what_was_not_understood_is_not_kept_for_ever(session: AsyncSession) -> None:
    for update_id, (state, days) in enumerate(product(("received", "leased", "done", "quarantined"), (59, 61))):
        put = {"id": update_id, "state": state, "days": days}
        await session.execute(_RECEIVED, put)
    assert await purge.purge_inbox(session, days=60) == 2
    kept = await session.execute(text("SELECT state FROM inbox ORDER BY update_id"))
    assert kept.scalars().all() == ["received", "received", "leased", "leased", "done", "quarantined"]
