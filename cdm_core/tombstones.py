"""What the erased were known by: nobody is brought back by a file or a forwarded number that still tells of them.

Kept are SHA-256 fingerprints alone, of the keys of other systems and of phones (E.164) that nobody else has. They say
no name, but who knows a phone can ask whether it was erased: that is what they are for. Who has the table can ask of
all phones there are (docs/operating.md). A key outside the database would prevent that, but lost, or another on one of
several hosts, it would bring the erased back unnoticed.

- A key leads to the customer that was erased: orders of files count there, as numbers; rows of people, relatives and
  behaviour are refused (``imports.values.Fault.ERASED``), for ever.
- A phone is refused in rows with a new key, and told when somebody looks it up; whoever makes a lead of it, because the
  person asked again, lifts it.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import customers, tombstones

T = TypeVar("T")

KEY = "sha256(convert_to(concat_ws(E'\\n', 'key', {source}, {external_id}), 'UTF8'))"
"""``of_key`` as SQL."""


def of_key(source: str, external_id: str) -> bytes:
    return _fingerprint("key", source, external_id)


def of_phone(phone: str) -> bytes:
    """``phone`` in E.164."""
    return _fingerprint("phone", phone)


async def lay(session: AsyncSession, customer_id: int, fingerprints: Iterable[bytes]) -> None:
    rows = [{"fingerprint": one, "customer_id": customer_id} for one in sorted(set(fingerprints))]
    if rows:
        await session.execute(insert(tombstones).on_conflict_do_nothing(), rows)


async def lift(session: AsyncSession, fingerprint: bytes) -> None:
    await session.execute(delete(tombstones).where(tombstones.c.fingerprint == fingerprint))


async def all_of(session: AsyncSession) -> frozenset[bytes]:
    return frozenset((await session.execute(select(tombstones.c.fingerprint))).scalars())


async def leads_to(session: AsyncSession, fingerprint: bytes) -> int | None:
    """The customer who was known by this; of several the one erased last."""
    found: int | None = (await session.execute(_whose(fingerprint, customers.c.id))).scalar_one_or_none()
    return found


async def erased_at(session: AsyncSession, fingerprint: bytes) -> datetime | None:
    """When who was known by this was erased, the last of them; None where nobody was."""
    at: datetime | None = (await session.execute(_whose(fingerprint, customers.c.erased_at))).scalar_one_or_none()
    return at


def _whose(fingerprint: bytes, column: ColumnElement[T]) -> Select[T]:
    return (
        select(column)
        .join_from(tombstones, customers, customers.c.id == tombstones.c.customer_id)
        .where(tombstones.c.fingerprint == fingerprint)
        .order_by(customers.c.erased_at.desc(), customers.c.id.desc())
        .limit(1)
    )


def _fingerprint(*parts: str) -> bytes:
    return sha256("\n".join(parts).encode()).digest()
