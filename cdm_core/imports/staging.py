"""The temporary tables that rows are brought in by: a file's are dropped with its transaction, an order's stay.

To make seven tables and drop them again costs more than all else that is done for one order, and leaves the catalogue
bloated; so each connection keeps those it made for its first, empty between orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports.kind import STAGING


@dataclass(frozen=True, slots=True)
class Staging:
    """``kept`` are the tables that orders before left to this connection; None for a file."""

    kept: frozenset[str] | None = None

    @property
    def is_file(self) -> bool:
        """Whether what is brought in is a file's: much, perhaps, and it may wait for whoever makes very much."""
        return self.kept is None

    async def begin(self, session: AsyncSession, table: str, columns: str) -> None:
        """Make ``table`` of these columns, empty."""
        if self.kept is None:
            await session.execute(text(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP"))
        elif table not in self.kept:
            await session.execute(text(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DELETE ROWS"))

    async def fill(
        self, session: AsyncSession, table: str, query: str, values: Mapping[str, Any] | None = None
    ) -> None:
        """Make ``table`` of what ``query`` gives."""
        if self.kept is None:
            made = f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {query}"
        elif table in self.kept:
            made = f"INSERT INTO {table} {query}"
        else:
            made = f"CREATE TEMP TABLE {table} ON COMMIT DELETE ROWS AS {query}"
        await session.execute(text(made), values)

    async def plan(self, session: AsyncSession, table: str) -> None:
        """Let the server see how much a file brought; what orders bring is little, always."""
        if self.kept is None:
            await session.execute(text(f"ANALYZE {table}"))


FILE = Staging()


async def of_file(session: AsyncSession) -> None:
    """Drop what orders left to this connection: a file's tables have the same names, and may have other columns."""
    await session.execute(text("DISCARD TEMP"))


async def of_order(session: AsyncSession) -> Staging:
    """The tables of this connection, as they are by now: one made in a transaction that failed is not there.

    Raises ``RuntimeError`` where this transaction has brought an order in: both would be taken for one.
    """
    there = "SELECT CAST(relname AS text) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"
    kept = frozenset((await session.execute(text(there))).scalars())
    if STAGING in kept and (await session.execute(text(f"SELECT EXISTS (SELECT FROM {STAGING})"))).scalar_one():
        raise RuntimeError("one order a transaction: commit the one before first")
    return Staging(kept)
