"""The audit log: every view and change of a customer, by whom, append-only."""

from collections.abc import Iterable
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
    await session.execute(_INSERT, _row(at, actor, action, customer_id, details))


async def record_all(
    session: AsyncSession,
    at: datetime,
    actor: Staff | str,
    action: str,
    customer_ids: Iterable[int],
    **details: Any,
) -> None:
    """``record`` the same of each of these customers."""
    rows = [_row(at, actor, action, customer_id, details) for customer_id in customer_ids]
    if rows:
        await session.execute(_INSERT, rows)


def _row(
    at: datetime, actor: Staff | str, action: str, customer_id: int | None, details: dict[str, Any]
) -> dict[str, Any]:
    person = actor if isinstance(actor, Staff) else None
    return {
        "at": at,
        "staff_id": person.id if person else None,
        "actor": person.name if person else actor,
        "action": action,
        "customer_id": customer_id,
        "details": details,
    }
