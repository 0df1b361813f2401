"""The audit log: every view and change of a customer, by whom, append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.staff import Staff
from cdm_core.tables import audit_log

_INSERT = insert(audit_log)


async def record(
    session: AsyncSession,
    at: datetime,
    actor: Staff | str,
    action: str,
    *,
    customer_id: int | None = None,
    **details: Any,
) -> None:
    """Write one row. ``actor`` is a person, or the name of what acted ("import", "morning-digest", an API key)."""
    person = actor if isinstance(actor, Staff) else None
    await session.execute(
        _INSERT,
        {
            "at": at,
            "staff_id": person.id if person else None,
            "actor": person.name if person else actor,
            "action": action,
            "customer_id": customer_id,
            "details": details,
        },
    )
