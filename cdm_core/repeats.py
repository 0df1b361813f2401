"""Facts that other systems send more than once: known by what they sent them under.

The key of a fact stands in its row: a contact's in ``origin``, others' in ``import_key``.
"""

import json
from collections import Counter
from hashlib import blake2b
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncSession


class Keys:
    """Gives each fact that is sent under ``given`` by ``actor`` a key of its own; None where it is sent under none.

    Facts that are alike in every value are told apart by which of them they are.
    """

    def __init__(self, actor: str, given: str | None) -> None:
        self._start = None if given is None else f"{actor}\t{given}\t"
        self._seen: Counter[str] = Counter()

    def of(self, fact: Any) -> str | None:
        """The key of ``fact``, JSON as it was sent."""
        if self._start is None:
            return None
        said = self._start + json.dumps(fact, sort_keys=True, default=str)
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        self._seen[digest] += 1
        return f"api:{digest}:{self._seen[digest]}"


async def kept(session: AsyncSession, column: Column[str], customer_id: int, key: str | None) -> int | None:
    """The id of the customer's row that holds this key in ``column``, within a core write of the customer."""
    if key is None:
        return None
    table = column.table
    found = select(table.c.id).where(table.c.customer_id == customer_id, column == key)
    return (await session.execute(found)).scalar_one_or_none()
