"""Pages of lists whose totals are counted to a limit."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

MOST_COUNTED = 10_000
"""Totals are told up to here; beyond, only that there are more."""

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page; ``total`` is exact unless ``more``: there are more than that."""

    rows: tuple[T, ...]
    total: int
    more: bool


async def total(session: AsyncSession, wanted: Select[Any]) -> tuple[int, bool]:
    """How many rows ``wanted`` gives, counted to ``MOST_COUNTED``, and whether there are more."""
    counted = wanted.order_by(None).limit(MOST_COUNTED + 1).subquery()
    number: int = (await session.execute(select(func.count()).select_from(counted))).scalar_one()
    return min(number, MOST_COUNTED), number > MOST_COUNTED
