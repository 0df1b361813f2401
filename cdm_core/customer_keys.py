"""Customers by what other systems call them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import tombstones
from cdm_core.errors import CdmError
from cdm_core.tables import customer_keys


async def customer_of(session: AsyncSession, source: str, external_id: str) -> int:
    """The id of the customer that ``source`` calls, or called before it was erased, ``external_id``.

    Raises ``CdmError("no_such_customer_key", …)``.
    """
    known = select(customer_keys.c.customer_id).where(
        customer_keys.c.source == source, customer_keys.c.external_id == external_id
    )
    customer_id = (await session.execute(known)).scalar_one_or_none()
    if customer_id is None:
        customer_id = await tombstones.leads_to(session, tombstones.of_key(source, external_id))
    if customer_id is None:
        raise CdmError("no_such_customer_key", source=source, external_id=external_id)
    return customer_id
