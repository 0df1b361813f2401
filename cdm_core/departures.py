"""Handing over what somebody who leaves looked after: their customers and the calls they promised."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, owners, summary
from cdm_core.staff import Staff

_HELD = text(
    """
    SELECT id FROM customers WHERE owner_id = :leaver
    UNION
    SELECT customer_id FROM follow_ups WHERE staff_id = :leaver AND status = 'open'
    ORDER BY id LIMIT :most
    """
)


async def hand_over(
    session: AsyncSession,
    leaver_id: int,
    heir: Staff | None,
    *,
    now: datetime,
    actor: Staff | str,
    most: int = summary.BATCH,
) -> int:
    """Give ``most`` customers of the leaver, and the calls promised to them, to ``heir``; how many (0: all are given).

    Without an heir nobody owns them and the daily deal gives each to somebody. One core write; call it, a transaction
    each, until all are given. Promises to customers of others go to their owners.
    """
    held = (await session.execute(_HELD, {"leaver": leaver_id, "most": most})).scalars().all()
    if not held:
        return 0
    ids = await summary.begin_write(session, held)
    to = heir.id if heir else None
    owned = await owners.give(session, ids, leaver_id, to, now=now)
    await summary.refresh(session, ids, erased=True)
    await audit.record_all(session, now, actor, "handed_over", owned, of=leaver_id, to=to)
    return len(ids)
