"""How a customer came to be what they are: changes of lifecycle stage and type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed
from cdm_core.access import CustomerRef
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.tables import lifecycle_transitions as past
from cdm_core.words import CustomerType, LifecycleStage

_LATEST = Order("latest", (Key(past.c.at, falling=True), Key(past.c.id, falling=True)))


@dataclass(frozen=True, slots=True)
class Transition:
    """From None: they came to be a customer then."""

    at: datetime
    from_stage: LifecycleStage | None
    to_stage: LifecycleStage
    from_type: CustomerType | None
    to_type: CustomerType


async def transitions(session: AsyncSession, ref: CustomerRef, *, window: Window = FIRST) -> Listed[Transition]:
    """A page, the latest first."""
    return await listed.page(session, select(past).where(past.c.customer_id == ref.customer_id), _LATEST, window, _of)


def _of(row: Row[Any]) -> Transition:
    return Transition(
        at=row.at,
        from_stage=row.from_stage and LifecycleStage(row.from_stage),
        to_stage=LifecycleStage(row.to_stage),
        from_type=row.from_type and CustomerType(row.from_type),
        to_type=CustomerType(row.to_type),
    )
