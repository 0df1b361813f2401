"""Who looks after a customer: giving customers to somebody, and with them the calls that were promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes, follow_ups, summary
from cdm_core.access import CustomerRef
from cdm_core.restores import PROMISE
from cdm_core.staff import Staff
from cdm_core.words import ChangeKind

_OWNED = text(
    """
    UPDATE customers SET owner_id = CAST(:heir AS bigint), updated_at = :now
    WHERE id = ANY(CAST(:ids AS bigint[])) AND owner_id IS NOT DISTINCT FROM CAST(:former AS bigint)
    RETURNING id
    """
)
# Promised to the customer of somebody else: that owner keeps it.
_PROMISED = text(
    """
    UPDATE follow_ups f
    SET staff_id = CASE WHEN c.owner_id IS NULL OR c.owner_id = :heir THEN CAST(:heir AS bigint) END
    FROM customers c
    WHERE c.id = f.customer_id AND f.customer_id = ANY(CAST(:ids AS bigint[])) AND f.staff_id = :former
      AND f.status = 'open'
    """
)
_TO_WIN_BACK = text(
    """
    UPDATE campaign_tasks SET staff_id = CAST(:heir AS bigint)
    WHERE customer_id = ANY(CAST(:ids AS bigint[])) AND state = 'open'
    """
)


@dataclass(frozen=True, slots=True)
class Assigned:
    """``customer`` with its new owner; ``change_id`` is what takes it back, None where nothing changed."""

    customer: CustomerRef
    former_id: int | None
    change_id: int | None


async def assign(
    session: AsyncSession, actor: Staff, customer: CustomerRef, to: Staff | None, *, now: datetime
) -> Assigned:
    """Give the customer to ``to``, or to nobody; calls that the former owner promised move too.

    One core write; ``actor`` may undo it the same day (``changes.undo_change``). The caller has checked access.
    """
    ids = await summary.begin_write(session, [customer.customer_id])
    held = text("SELECT owner_id FROM customers WHERE id = :id")
    former: int | None = (await session.execute(held, {"id": customer.customer_id})).scalar_one()
    heir = to.id if to else None
    given = CustomerRef(customer.customer_id, customer.name, heir)
    if former == heir:
        return Assigned(given, former, None)
    promise = await follow_ups.open_of(session, customer.customer_id)
    before: dict[str, Any] = {"owner_id": former}
    if promise is not None and former is not None and promise.staff_id == former:
        before[PROMISE] = {"id": promise.follow_up_id, "staff_id": former, "given_to": heir}
    await give(session, ids, former, heir, now=now)
    change_id = await changes.record(
        session,
        actor,
        customer.customer_id,
        ChangeKind.OWNER,
        before=before,
        after={"owner_id": heir},
        now=now,
    )
    await summary.refresh(session, ids)
    return Assigned(given, former, change_id)


async def give(
    session: AsyncSession, ids: Sequence[int], former: int | None, heir: int | None, *, now: datetime
) -> list[int]:
    """Within a core write: what ``former`` owns of these customers, and promised to them, goes to ``heir``.

    Gives the customers that changed hands; whoever has one is to win it back. Promises to customers of others go to
    their owners.
    """
    facts = {"ids": list(ids), "former": former, "heir": heir}
    owned = (await session.execute(_OWNED, {**facts, "now": now})).scalars().all()
    if former is not None:
        await session.execute(_PROMISED, facts)
    if owned:
        await session.execute(_TO_WIN_BACK, {"ids": owned, "heir": heir})
    return list(owned)
