"""What points at a merged customer: keys of other systems, and pairs that were called two people."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.row_moves import Image

_KEYS = text("UPDATE customer_keys SET customer_id = :to WHERE customer_id = :of RETURNING source, external_id")
_KEYS_BACK = text(
    """
    UPDATE customer_keys k SET customer_id = :to
    FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS r (source text, external_id text)
    WHERE k.source = r.source AND k.external_id = r.external_id AND k.customer_id = :of
    """
)
_ORDERS = text("UPDATE order_keys SET customer_id = :to WHERE customer_id = :of")
_ORDERS_BACK = text(
    "UPDATE order_keys SET customer_id = :to WHERE customer_id = :of AND order_id = ANY(CAST(:orders AS bigint[]))"
)
# Whom somebody told apart from the one is another person than the other as well.
_PAIRS = text(
    """
    INSERT INTO not_duplicates (first_id, second_id, said_by, said_at)
    SELECT least(CAST(:to AS bigint), other), greatest(CAST(:to AS bigint), other), said_by, said_at
    FROM (SELECT first_id + second_id - CAST(:of AS bigint) AS other, said_by, said_at FROM not_duplicates
          WHERE first_id = :of OR second_id = :of) AS told
    WHERE other <> :to
    ON CONFLICT DO NOTHING
    RETURNING first_id, second_id
    """
)
_PAIRS_BACK = text(
    """
    DELETE FROM not_duplicates n
    USING jsonb_to_recordset(CAST(:pairs AS jsonb)) AS r (first_id bigint, second_id bigint)
    WHERE n.first_id = r.first_id AND n.second_id = r.second_id
    """
)


async def point(session: AsyncSession, source: int, target: int) -> dict[str, list[Image]]:
    """Let all that points at ``source`` point at ``target``; what to give to ``point_back``."""
    between = {"of": source, "to": target}
    await session.execute(_ORDERS, between)
    keys = await session.execute(_KEYS, between)
    pairs = await session.execute(_PAIRS, between)
    return {"keys": [dict(row) for row in keys.mappings()], "pairs": [dict(row) for row in pairs.mappings()]}


async def point_back(session: AsyncSession, moved: Mapping[str, Any], source: int, target: int) -> None:
    """Let what ``point`` turned, and the keys of the orders that went back, point at ``target`` again."""
    between = {"of": source, "to": target}
    await session.execute(_KEYS_BACK, {**between, "keys": json.dumps(moved["keys"])})
    await session.execute(_ORDERS_BACK, {**between, "orders": moved["rows"].get("sales_orders", [])})
    await session.execute(_PAIRS_BACK, {"pairs": json.dumps(moved["pairs"])})
