"""Facts that other systems send more than once: known by what they sent them under.

The key of a fact stands in its row: a contact's in ``origin``, others' in ``import_key``.
"""

import json
from collections import Counter
from hashlib import blake2b
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError


class Keys:
    """Gives each fact that is sent under ``given`` by ``actor`` a key of its own; None where it is sent under none.

    All of them begin alike, by which ``kept`` knows another fact. Facts that are alike in every value are told apart
    by which of them they are.
    """

    def __init__(self, actor: str, given: str | None) -> None:
        self._start = None if given is None else f"api:{_digest(f'{actor}{_SEPARATOR}{given}')}{_SEPARATOR}"
        self._seen: Counter[str] = Counter()

    def of(self, fact: Any) -> str | None:
        """The key of ``fact``, JSON as it was sent."""
        if self._start is None:
            return None
        digest = _digest(json.dumps(fact, sort_keys=True, default=str))
        self._seen[digest] += 1
        return f"{self._start}{digest}{_SEPARATOR}{self._seen[digest]}"


async def kept(session: AsyncSession, column: Column[str], customer_id: int, key: str | None) -> int | None:
    """The id of the customer's row that holds this key in ``column``, within a core write of the customer.

    Raises ``CdmError`` ``key_reused`` where another fact of the customer was sent under the same.
    """
    if key is None:
        return None
    table = column.table
    own = select(table.c.id).where(table.c.customer_id == customer_id)
    repeated: int | None = (await session.execute(own.where(column == key))).scalar_one_or_none()
    if repeated is None:
        start = key[: key.index(_SEPARATOR, _DIGITS) + 1]
        # Any collation has hexadecimal digits before g, so that an index of the column can be read.
        others = own.where(column > start, column < f"{start}g", column.startswith(start)).limit(1)
        if (await session.execute(others)).first() is not None:
            raise CdmError("key_reused")
    return repeated


_SEPARATOR = ":"
_DIGITS = 24


def _digest(said: str) -> str:
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=_DIGITS // 2).hexdigest()
