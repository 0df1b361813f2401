"""Lists whose message was withdrawn: the next tick of their job makes them anew.

A list is known by its key (``jobs.morning_digest``, ``jobs.occasion_reminders``), which the new one is to have: that of
the message withdrawn is told apart. Occasions of a day are told in one slot to all; messages that stand keep their key,
and so are not put again.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.schedule import JobName

# Older ones are of a day that is over. By hand ("@") one is asked for again.
_OPEN_SLOTS = text(
    """
    DELETE FROM schedule_runs r
    USING outbox o
    WHERE o.id = ANY(CAST(:ids AS bigint[])) AND o.created_at > clock_timestamp() - interval '2 days'
      AND (r.job = :morning AND CAST(r.detail ->> 'outbox_id' AS bigint) = o.id
           OR r.job = :occasions AND r.key = '' AND o.dedup_key NOT LIKE '%@%'
              AND o.dedup_key LIKE 'occasions:%:' || to_char(r.local_date, 'YYYY-MM-DD') || ':%')
    """
)
_FREE_KEYS = text(
    """
    UPDATE outbox SET dedup_key = left(dedup_key, 150) || ' withdrawn ' || id
    WHERE id = ANY(CAST(:ids AS bigint[])) AND split_part(dedup_key, ':', 1) IN ('digest', 'occasions')
    """
)


async def make(session: AsyncSession, ids: Sequence[int]) -> None:
    """Have the lists among these withdrawn messages made anew."""
    if ids:
        jobs = {"morning": JobName.MORNING_DIGEST, "occasions": JobName.OCCASION_REMINDERS}
        await session.execute(_OPEN_SLOTS, {"ids": list(ids), **jobs})
        await session.execute(_FREE_KEYS, {"ids": list(ids)})
