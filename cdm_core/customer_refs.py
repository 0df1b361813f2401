"""Many customers at once, by id or by what other systems call them."""

from collections.abc import Collection

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.tables import customer_keys, customers, merges

_LARGEST_ID = 2**63 - 1


async def refs_of(session: AsyncSession, wanted: Collection[int | str]) -> dict[int | str, int | CdmError]:
    """For each id or ``source:key`` the customer's id, of one who was merged that of whom it leads to, or the refusal.

    The refusals are ``no_such_customer``, ``no_such_customer_key`` and ``erased_customer``.
    """
    ids = {one: int(one) for one in wanted if ":" not in str(one)}
    ids |= await _by_key(session, [str(one) for one in wanted if ":" in str(one)])
    leads = await _leads(session, {one for one in ids.values() if one <= _LARGEST_ID})
    erased = {
        row.id: row.erased_at
        for row in await session.execute(
            select(customers.c.id, customers.c.erased_at).where(customers.c.id.in_(set(leads.values())))
        )
    }
    return {one: _told(one, leads.get(ids.get(one, 0)), erased) for one in wanted}


def _told(one: int | str, customer_id: int | None, erased: dict[int, object]) -> int | CdmError:
    source, colon, external_id = str(one).partition(":")
    if customer_id is None or customer_id not in erased:
        if colon:
            return CdmError("no_such_customer_key", source=source, external_id=external_id)
        return CdmError("no_such_customer", customer_id=one)
    if erased[customer_id] is not None:
        return CdmError("erased_customer", customer_id=customer_id, at=erased[customer_id])
    return customer_id


async def _by_key(session: AsyncSession, wanted: Collection[str]) -> dict[int | str, int]:
    if not wanted:
        return {}
    known = customer_keys.c
    parted = [(source, external_id) for source, _, external_id in (one.partition(":") for one in wanted)]
    rows = await session.execute(
        select(known.source, known.external_id, known.customer_id).where(
            tuple_(known.source, known.external_id).in_(parted)
        )
    )
    return {f"{row.source}:{row.external_id}": row.customer_id for row in rows}


async def _leads(session: AsyncSession, ids: Collection[int]) -> dict[int, int]:
    """Of each id the customer who stayed; itself where it was never merged."""
    stayed = select(merges.c.gone_id, merges.c.customer_id).where(
        merges.c.gone_id.in_(ids), merges.c.undone_at.is_(None)
    )
    return {one: one for one in ids} | {row.gone_id: row.customer_id for row in await session.execute(stayed)}
