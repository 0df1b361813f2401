"""Many customers at once, by id or by what other systems call them."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import tombstones
from cdm_core.errors import CdmError
from cdm_core.query import LARGEST_ID

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
_FINGERPRINT = tombstones.KEY.format(source="wanted.source", external_id="wanted.external_id")
_ERASED = text(
    f"""
    SELECT DISTINCT ON (wanted.source, wanted.external_id) wanted.source, wanted.external_id, t.customer_id
    FROM unnest(CAST(:sources AS text[]), CAST(:keys AS text[])) AS wanted (source, external_id)
    JOIN tombstones t ON t.fingerprint = {_FINGERPRINT}
    JOIN customers c ON c.id = t.customer_id
    ORDER BY wanted.source, wanted.external_id, c.erased_at DESC, c.id DESC
    """
)


async def refs_of(session: AsyncSession, wanted: Collection[int | str]) -> dict[int | str, int | CdmError]:
    """For each id or ``source:key`` the customer's id, of one who was merged that of whom it leads to, or the refusal.

    The refusals are ``no_such_customer``, ``no_such_customer_key`` and ``erased_customer``.
    """
    ids = {one: int(one) for one in wanted if ":" not in str(one)}
    ids |= await _by_key(session, [str(one) for one in wanted if ":" in str(one)])
    leads = await _leads(session, {one for one in ids.values() if one <= LARGEST_ID})
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
    """Whom these keys stand for, or stood for before they were erased; others are absent."""
    found: dict[int | str, int] = {}
    for statement in (_BY_KEY, _ERASED):
        left = [one.partition(":") for one in wanted if one not in found]
        if left:
            asked = {"sources": [source for source, _, _ in left], "keys": [key for _, _, key in left]}
            rows = await session.execute(statement, asked)
            found |= {f"{row.source}:{row.external_id}": row.customer_id for row in rows}
    return found


async def _leads(session: AsyncSession, ids: Collection[int]) -> dict[int, int]:
    """Of each id the customer who stayed; itself where it was never merged."""
    rows = await session.execute(_STAYED, {"ids": list(ids)})
    return {one: one for one in ids} | {row.gone_id: row.customer_id for row in rows}
