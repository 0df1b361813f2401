"""What is forgotten after some days."""

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


async def test_messages_in_trouble_are_not_kept_for_ever(session: AsyncSession) -> None:
    for days in (59, 61):
        for state in ("sent", "cancelled", "failed", "unknown", "expired", "queued"):
            await session.execute(_PUT, {"state": state, "days": str(days), "ago": days})
    assert await purge.purge_outbox(session, days=60) == 5
    kept = await session.execute(text("SELECT dedup_key FROM outbox WHERE dedup_key LIKE '%61'"))
    assert kept.scalars().all() == ["queued61"]
