"""Many customers at once, by id or by what other systems call them."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError

_LARGEST_ID = 2**63 - 1

# Arrays, not lists of parameters: one statement for any number of them.
_THERE = text("SELECT id, erased_at FROM customers WHERE id = ANY(CAST(:ids AS bigint[]))")
_STAYED = text(
    "SELECT gone_id, customer_id FROM merges WHERE gone_id = ANY(CAST(:ids AS bigint[])) AND undone_at IS NULL"
)
_BY_KEY = text(
    """
    SELECT k.source, k.external_id, k.customer_id
    FROM unnest(CAST(:sources AS text[]), CAST(:keys AS text[])) AS wanted (source, external_id)
    JOIN customer_keys k ON k.source = wanted.source AND k.external_id = wanted.external_id
    """
)


async def refs_of(session: AsyncSession, wanted: Collection[int | str]) -> dict[int | str, int | CdmError]:
    """For each id or ``source:key`` the customer's id, of one who was merged that of whom it leads to, or the refusal.

    The refusals are ``no_such_customer``, ``no_such_customer_key`` and ``erased_customer``.
    """
    ids = {one: int(one) for one in wanted if ":" not in str(one)}
    ids |= await _by_key(session, [str(one) for one in wanted if ":" in str(one)])
    leads = await _leads(session, {one for one in ids.values() if one <= _LARGEST_ID})
    there = await session.execute(_THERE, {"ids": sorted(set(leads.values()))})
    erased = {row.id: row.erased_at for row in there}
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
    sources, _, keys = zip(*(one.partition(":") for one in wanted), strict=True)
    rows = await session.execute(_BY_KEY, {"sources": list(sources), "keys": list(keys)})
    return {f"{row.source}:{row.external_id}": row.customer_id for row in rows}


async def _leads(session: AsyncSession, ids: Collection[int]) -> dict[int, int]:
    """Of each id the customer who stayed; itself where it was never merged."""
    rows = await session.execute(_STAYED, {"ids": list(ids)})
    return {one: one for one in ids} | {row.gone_id: row.customer_id for row in rows}
