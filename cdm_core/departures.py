"""Handing over what somebody who leaves looked after: their customers and the calls they promised."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, summary
from cdm_core.staff import Staff

_HELD = text(
    """
    SELECT id FROM customers WHERE owner_id = :leaver
    UNION
    SELECT customer_id FROM follow_ups WHERE staff_id = :leaver AND status = 'open'
    ORDER BY id LIMIT :most
    """
)
_OWNED = text(
    """
    UPDATE customers SET owner_id = CAST(:heir AS bigint), updated_at = :now
    WHERE id = ANY(CAST(:ids AS bigint[])) AND owner_id = :leaver
    RETURNING id
    """
)
# Promised to the customer of somebody else: that owner keeps it.
_PROMISED = text(
    """
    UPDATE follow_ups f
    SET staff_id = CASE WHEN c.owner_id IS NULL OR c.owner_id = :heir THEN CAST(:heir AS bigint) END
    FROM customers c
    WHERE c.id = f.customer_id AND f.customer_id = ANY(CAST(:ids AS bigint[])) AND f.staff_id = :leaver
      AND f.status = 'open'
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
    facts = {"ids": ids, "leaver": leaver_id, "heir": heir.id if heir else None}
    owned = (await session.execute(_OWNED, {**facts, "now": now})).scalars().all()
    await session.execute(_PROMISED, facts)
    await summary.refresh(session, ids)
    await audit.record_all(session, now, actor, "handed_over", owned, of=leaver_id, to=facts["heir"])
    return len(ids)
