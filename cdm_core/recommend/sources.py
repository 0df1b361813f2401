"""Where a shop's history comes from: a file of orders, or the database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports import columns as column_names
from cdm_core.imports import orders
from cdm_core.imports.kind import Context
from cdm_core.imports.reader import open_sheet
from cdm_core.imports.rows import Reading, Rejects
from cdm_core.imports.values import Memo
from cdm_core.recommend.history import NO_ITEM, History, Lines
from cdm_core.words import OrderStatus

Progress = Callable[[int, int], None]

_ORDINAL_OF_1970 = 719_163


def read_file(path: Path, *, now: datetime, zone: ZoneInfo, progress: Progress | None = None) -> tuple[History, int]:
    """The history in an orders file, read as ``cdm import orders`` does, and how many rows that leaves out.

    ``progress(line, lines)`` tells how far it is. Raises ``CdmError``: those of ``reader.open_sheet`` and
    ``columns.resolve``.
    """
    sheet = open_sheet(path)
    columns = column_names.resolve(sheet.header, orders.KIND.fields)
    context = Context(source="", now=now, zone=zone, country="", people={})
    customers, items, order_keys = _Numbered(), _Numbered(), _Numbered()
    days = Memo[str, int](lambda at: datetime.fromisoformat(at).astimezone(zone).toordinal())
    rows: list[tuple[int, int, int, int, float, bool]] = []
    with Rejects(None, columns) as rejects:
        reading = Reading(sheet, orders.KIND, context, columns, rejects)
        for chunk in reading.chunks():
            for row in chunk.decode().splitlines():
                _, order, _, _, customer, at, item, _, quantity, _, amount, status, _ = row.split("\t")
                bought = status == OrderStatus.COMPLETED
                if bought or (status == OrderStatus.RETURNED and quantity.startswith("-")):
                    product = items[item] if item else NO_ITEM
                    rows.append((days[at], customers[customer], order_keys[order], product, float(amount), bought))
            if progress is not None:
                progress(min(reading.line, sheet.lines), sheet.lines)
    day, customer_at, order_at, item_at, amounts, flags = zip(*rows, strict=True) if rows else ((),) * 6
    return (
        _history(
            Lines(
                day=np.array(day, dtype=np.int32),
                customer=np.array(customer_at, dtype=np.int32),
                order=np.array(order_at, dtype=np.int64),
                item=np.array(item_at, dtype=np.int32),
                amount=np.array(amounts, dtype=np.float64),
                bought=np.array(flags, dtype=np.bool_),
            ),
            list(customers),
            list(items),
            list(order_keys),
        ),
        reading.rows - reading.accepted,
    )


class _Numbered(dict[str, int]):
    """Keys numbered as they come."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number


def _history(lines: Lines, customers: Sequence[str], items: Sequence[str], order_keys: Sequence[str]) -> History:
    """The lines with customers, items and orders numbered by their keys, so that the order of rows tells nothing."""
    named, customer_at = _ranked(customers)
    products, item_at = _ranked(items)
    _, order_at = _ranked(order_keys)
    known = lines.item != NO_ITEM
    item = np.full(len(lines), NO_ITEM, dtype=np.int32)
    item[known] = item_at[lines.item[known]]
    renamed = Lines(
        day=lines.day,
        customer=customer_at[lines.customer].astype(np.int32),
        order=order_at[lines.order],
        item=item,
        amount=lines.amount,
        bought=lines.bought,
    )
    return History(renamed.sorted(), named, products)


def _ranked(keys: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The keys sorted, and each one's place among them."""
    by = sorted(range(len(keys)), key=keys.__getitem__)
    place = np.empty(len(keys), dtype=np.int64)
    place[by] = np.arange(len(keys))
    return np.array([keys[at] for at in by], dtype=object), place


# One row a line that counts; an order without lines is one of its own. What is selected by itself is asked once.
_LINES = """
    SELECT (so.ordered_at AT TIME ZONE (SELECT cdm_setting('timezone')))::date - DATE '1970-01-01' AS day,
           so.customer_id, so.id, coalesce(si.product_id, -1),
           coalesce(si.amount, so.total_amount)::double precision AS amount,
           (coalesce(si.status, so.status) = 'completed')::integer
    FROM sales_orders so
    LEFT JOIN sales_order_items si ON si.customer_id = so.customer_id AND si.order_id = so.id
    WHERE so.ordered_at <= (SELECT cdm_now())
      AND (coalesce(si.status, so.status) = 'completed' OR si.status = 'returned' AND si.quantity < 0)
"""
_LINES_OF = text(f"{_LINES} AND so.customer_id = ANY(CAST(:ids AS bigint[]))")


_MANY = 50
"""From so many customers on, what a COPY saves a row is more than its planning costs."""


async def read_database(session: AsyncSession) -> History:
    """The history in the database up to the transaction's time; keys are ids of customers and products."""
    return _of_table(await _copied(session, _LINES))


async def read_customers(session: AsyncSession, customer_ids: Sequence[int]) -> History:
    """What ``read_database`` gives of these customers, and nobody else."""
    if len(customer_ids) >= _MANY:
        ids = ",".join(str(int(each)) for each in customer_ids)
        return _of_table(await _copied(session, f"{_LINES} AND so.customer_id = ANY('{{{ids}}}'::bigint[])"))
    rows = (await session.execute(_LINES_OF, {"ids": list(customer_ids)})).all()
    return _of_table(np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 6))


async def _copied(session: AsyncSession, lines: str) -> NDArray[np.float64]:
    """The rows of a statement of six numbers."""
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    parts: list[NDArray[np.float64]] = []
    rest = b""

    async def take(data: bytes) -> None:
        nonlocal rest
        whole, newline, after = (rest + data).rpartition(b"\n")
        rest = after if newline else rest + data
        if newline:
            parts.append(np.fromstring(whole.replace(b"\n", b"\t").decode(), sep="\t").reshape(-1, 6))

    await raw.copy_from_query(lines, output=take)
    return np.concatenate(parts) if parts else np.empty((0, 6))


def _of_table(table: NDArray[np.float64]) -> History:
    """The history of rows of day since 1970, customer, order, product, amount, bought."""
    customers, customer_at = np.unique(table[:, 1].astype(np.int64), return_inverse=True)
    items, item_at = np.unique(table[:, 3].astype(np.int64), return_inverse=True)
    named = items[items != NO_ITEM]
    offset = len(items) - len(named)  # the product that is none comes first
    lines = Lines(
        day=(table[:, 0] + _ORDINAL_OF_1970).astype(np.int32),
        customer=customer_at.astype(np.int32),
        order=table[:, 2].astype(np.int64),
        item=(item_at - offset).astype(np.int32),
        amount=table[:, 4],
        bought=table[:, 5] == 1,
    )
    return History(lines.sorted(), customers, named)
