"""Moving rows from one customer to another: copied under the other's id and then deleted, never updated.

A row keeps its own id. Rows that hang on another of the same customer (a line on its order) go where that one goes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Table, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.kept_values import plain, typed

Image = dict[str, Any]
"""A row as JSON, whole but for what the database computes."""

COMPUTED = frozenset({"birthday_md", "anniversary_md"})


def in_order(tables: Iterable[Table]) -> tuple[Table, ...]:
    """The tables with those that others hang on first."""
    wanted = set(tables)
    return tuple(table for table in next(iter(wanted)).metadata.sorted_tables if table in wanted)


async def move_all(session: AsyncSession, tables: Sequence[Table], source: int, target: int) -> dict[str, list[int]]:
    """Move every row of ``source`` in these tables (in order); the ids of what moved, by table."""
    moved: dict[str, list[int]] = {}
    for table in tables:
        copied = await session.execute(
            text(f"{_copy(table)} WHERE customer_id = :source RETURNING {'id' if 'id' in table.c else '0'}"),
            {"source": source, "target": target},
        )
        ids = [row[0] for row in copied]
        if ids and "id" in table.c:
            moved[table.name] = ids
    for table in reversed(tables):
        await session.execute(text(f"DELETE FROM {table.name} WHERE customer_id = :source"), {"source": source})
    return moved


async def move_back(
    session: AsyncSession, tables: Sequence[Table], moved: Mapping[str, Sequence[int]], source: int, target: int
) -> None:
    """Move the rows ``moved`` tells of from ``source`` to ``target``, as they are by now, with what hangs on them.

    Rows that are there no more are left out.
    """
    chosen = [(table, *_belonging(table, moved)) for table in tables]
    for table, condition, facts in chosen:
        if condition:
            where = f"WHERE customer_id = :source AND ({condition})"
            await session.execute(text(f"{_copy(table)} {where}"), {"source": source, "target": target, **facts})
    for table, condition, facts in reversed(chosen):
        if condition:
            where = f"WHERE customer_id = :source AND ({condition})"
            await session.execute(text(f"DELETE FROM {table.name} {where}"), {"source": source, **facts})


async def take(session: AsyncSession, table: Table, condition: str, **facts: Any) -> list[Image]:
    """Delete the rows for which ``condition`` (SQL, the table is ``t``) holds; what they were."""
    found = await session.execute(text(f"DELETE FROM {table.name} t WHERE {condition} RETURNING {image()}"), facts)
    return list(found.scalars())


async def put(session: AsyncSession, table: Table, rows: Sequence[Image], **columns: Any) -> list[Image]:
    """Insert rows as ``take`` gave them, with other ``columns`` where given; those for which there was room."""
    names = ", ".join(_columns(table))
    found = await session.execute(
        text(
            f"INSERT INTO {table.name} AS t ({names}) "
            f"SELECT {names} FROM jsonb_populate_recordset(CAST(NULL AS {table.name}), CAST(:rows AS jsonb)) "
            f"ON CONFLICT DO NOTHING RETURNING {image()}"
        ),
        {"rows": json.dumps([{**row, **columns} for row in rows])},
    )
    return list(found.scalars())


async def take_equal(session: AsyncSession, table: Table, rows: Sequence[Image]) -> None:
    """Delete those of ``rows`` that are there just as they were put."""
    await session.execute(
        text(
            f"DELETE FROM {table.name} t USING jsonb_populate_recordset(CAST(NULL AS {table.name}), "
            "CAST(:rows AS jsonb)) AS r WHERE t.customer_id = r.customer_id AND t IS NOT DISTINCT FROM r"
        ),
        {"rows": json.dumps(rows)},
    )


async def change(
    session: AsyncSession, table: Table, condition: str, values: Mapping[str, Any], **facts: Any
) -> list[Image]:
    """Set ``values`` in the rows for which ``condition`` (SQL, the table is ``t``) holds.

    Gives for each the table, its id and the values ``before`` and ``after``, for ``change_back``.
    """
    rows = await session.execute(
        text(f"SELECT customer_id, id, {', '.join(values)} FROM {table.name} t WHERE {condition}"), facts
    )
    changed: list[Image] = []
    for row in rows.mappings().all():
        before = {name: row[name] for name in values}
        this = (table.c.customer_id == row["customer_id"], table.c.id == row["id"])
        await session.execute(update(table).where(*this).values(values))
        changed.append({"table": table.name, "id": row["id"], "before": plain(before), "after": plain(values)})
    return changed


async def change_back(session: AsyncSession, table: Table, changed: Image, customer_ids: Sequence[int]) -> None:
    """Restore what ``change`` set where it still stands and the place is not taken by now."""
    after, before = typed(table, changed["after"]), typed(table, changed["before"])
    stands = [table.c[name].is_not_distinct_from(value) for name, value in after.items()]
    try:
        async with session.begin_nested():
            await session.execute(
                update(table)
                .where(table.c.customer_id.in_(customer_ids), table.c.id == changed["id"], *stands)
                .values(before)
            )
    except IntegrityError:
        return


def image() -> str:
    """The SQL of a row ``t`` as JSON."""
    return "to_jsonb(t)" + "".join(f" - '{name}'" for name in sorted(COMPUTED))


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in COMPUTED]


def _copy(table: Table) -> str:
    names = ", ".join(name for name in _columns(table) if name != "customer_id")
    return f"INSERT INTO {table.name} (customer_id, {names}) SELECT :target, {names} FROM {table.name}"


def _belonging(table: Table, moved: Mapping[str, Sequence[int]]) -> tuple[str, dict[str, Any]]:
    """The condition on rows of ``table`` that go where ``moved`` went, "" for none, and what it binds."""
    ids = list(moved.get(table.name, ()))
    hangs = _hangs_on(table)
    if hangs is None:
        return ("id = ANY(CAST(:ids AS bigint[]))", {"ids": ids}) if ids else ("", {})
    column, parent = hangs
    facts = {"parents": list(moved.get(parent, ())), "ids": ids}
    alone = f" OR {column} IS NULL AND id = ANY(CAST(:ids AS bigint[]))" if ids else ""
    if not ids:
        del facts["ids"]
    return (f"{column} = ANY(CAST(:parents AS bigint[])){alone}", facts) if any(facts.values()) else ("", {})


def _hangs_on(table: Table) -> tuple[str, str] | None:
    """By which column the rows of ``table`` hang on rows of which other table of the same customer."""
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and len(constraint.columns) == 2:
            (own,) = (column for column in constraint.columns if column.name != "customer_id")
            return own.name, constraint.referred_table.name
    return None
