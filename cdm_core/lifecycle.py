"""How a customer came to be what they are: changes of lifecycle stage and type."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.listed import Listed, total
from cdm_core.tables import lifecycle_transitions as past
from cdm_core.words import CustomerType, LifecycleStage


@dataclass(frozen=True, slots=True)
class Transition:
    """From None: they came to be a customer then."""

    at: datetime
    from_stage: LifecycleStage | None
    to_stage: LifecycleStage
    from_type: CustomerType | None
    to_type: CustomerType


async def transitions(
    session: AsyncSession, ref: CustomerRef, *, limit: int = 100, offset: int = 0
) -> Listed[Transition]:
    """A page, the latest first."""
    of_customer = past.c.customer_id == ref.customer_id
    rows = await session.execute(
        select(past).where(of_customer).order_by(past.c.at.desc(), past.c.id.desc()).limit(limit).offset(offset)
    )
    found = tuple(
        Transition(
            at=row.at,
            from_stage=row.from_stage and LifecycleStage(row.from_stage),
            to_stage=LifecycleStage(row.to_stage),
            from_type=row.from_type and CustomerType(row.from_type),
            to_type=CustomerType(row.to_type),
        )
        for row in rows
    )
    return Listed(found, *await total(session, select(past.c.id).where(of_customer)))
