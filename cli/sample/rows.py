"""Rows for the database, gathered in memory and written at once."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import asyncpg

_COPY_SECONDS = 60.0
"""A table of the sample on a busy machine."""


class Rows:
    """Rows by table, in the order the tables were first used; ids are counted here, from 1 a table."""

    def __init__(self) -> None:
        self.by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._ids: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))

    def add(self, table: str, **values: Any) -> None:
        """A row whose key is among ``values``."""
        self.by_table[table].append(values)

    def new(self, table: str, **values: Any) -> int:
        """A row with the table's next id, which it gives back."""
        values["id"] = next(self._ids[table])
        self.by_table[table].append(values)
        return int(values["id"])

    async def copy(self, connection: asyncpg.Connection) -> None:
        """Write all by COPY and move the tables' sequences behind the ids used."""
        for table, rows in self.by_table.items():
            columns = list(dict.fromkeys(name for row in rows for name in row))
            records = [[row.get(name) for name in columns] for row in rows]
            await connection.copy_records_to_table(table, columns=columns, records=records, timeout=_COPY_SECONDS)
            if "id" in columns:
                await connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                )
