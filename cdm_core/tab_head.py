"""What stands above every tab of a customer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef, access_customer
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Temperature


@dataclass(frozen=True, slots=True)
class Head:
    """Line 1 of a tab, and ``ref``, which the tab's own reads ask for."""

    ref: CustomerRef
    customer_id: int
    name: str
    temperature: Temperature
    do_not_call: bool


_HEAD = text(
    """
    SELECT cdm_temperature(s.hot_until, s.warm_until, :now) AS temperature,
           c.do_not_call_at IS NOT NULL AS do_not_call
    FROM customers c LEFT JOIN customer_summary s ON s.customer_id = c.id
    WHERE c.id = :id
    """
)


async def head(session: AsyncSession, staff: Staff, thresholds: Thresholds, customer_id: int, *, now: datetime) -> Head:
    """What stands above every tab. Raises as ``access_customer`` does."""
    ref = await access_customer(session, staff, thresholds, customer_id)
    row = (await session.execute(_HEAD, {"id": ref.customer_id, "now": now})).one()
    return Head(ref, ref.customer_id, ref.name, Temperature(row.temperature), row.do_not_call)
