"""Where a shop's history comes from: a file of orders, or the database.

Both tell the same of the same orders: an order is of the day of its first line. A line that came back with a quantity
below 0 is a loss of its own day. One that has the status returned was bought with its order and taken back on the day
of the order's last such loss; where there is none, the file's is taken back today, the database's when it was told so
(``sales_order_items.returned_at``).
"""

from collections.abc import Callable, Mapping, Sequence
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
from cdm_core.recommend.history import NEVER, NO_ITEM, History, Lines
from cdm_core.words import OrderStatus

Progress = Callable[[int, int], None]

_ORDINAL_OF_1970 = 719_163


def read_file(
    path: Path, *, now: datetime, zone: ZoneInfo, progress: Progress | None = None
) -> tuple[History, Rejects]:
    """The history in an orders file, read as ``cdm import orders`` does, and the rows that this leaves out.

    ``progress(line, lines)`` tells how far it is. Raises ``CdmError``: those of ``reader.open_sheet`` and
    ``columns.resolve``.
    """
    sheet = open_sheet(path)
    columns = column_names.resolve(sheet.header, orders.KIND.fields)
    context = Context(source="", now=now, zone=zone, country="", people={})
    customers, items, order_keys = _Numbered(), _Numbered(), _Numbered()
    days = Memo[str, int](lambda at: datetime.fromisoformat(at).astimezone(zone).toordinal())
    first, back = dict[int, int](), dict[int, int]()  # of an order: its day, and the last on which any of it came back
    rows: list[tuple[int, int, int, int, float, float, bool, bool]] = []
    with Rejects(None, columns) as rejects:
        reading = Reading(sheet, orders.KIND, context, columns, rejects)
        for chunk in reading.chunks():
            for row in chunk.decode().splitlines():
                _, key, _, _, customer, at, item, _, quantity, _, amount, status, _ = row.split("\t")
                order, day, returned = order_keys[key], days[at], status == OrderStatus.RETURNED
                first[order] = min(day, first.get(order, day))
                if returned or status == OrderStatus.COMPLETED:
                    lost = returned and quantity.startswith("-")
                    if lost:
                        back[order] = max(day, back.get(order, day))
                    product = items[item] if item else NO_ITEM
                    rows.append(
                        (day, customers[customer], order, product, float(quantity), float(amount), not lost, returned)
                    )
            if progress is not None:
                progress(min(reading.line, sheet.lines), sheet.lines)
    lines = _lines(rows, first, back, now.astimezone(zone).toordinal())
    return _history(lines, list(customers), list(items), list(order_keys)), rejects


def _lines(
    rows: Sequence[tuple[int, int, int, int, float, float, bool, bool]],
    first: Mapping[int, int],
    back: Mapping[int, int],
    today: int,
) -> Lines:
    """Of rows of day, customer, order, item, quantity, amount, whether it was bought, whether it is returned now."""
    day, customer, order, item, quantity, amount, bought, returned = zip(*rows, strict=True) if rows else ((),) * 8
    days = [
        (first[of], max(back.get(of, today), first[of]) if gone else NEVER) if own else (at, NEVER)
        for at, of, own, gone in zip(day, order, bought, returned, strict=True)
    ]
    own_day, until = np.array(days, dtype=np.int32).reshape(-1, 2).T
    return Lines(
        day=own_day,
        customer=np.array(customer, dtype=np.int32),
        order=np.array(order, dtype=np.int64),
        item=np.array(item, dtype=np.int32),
        quantity=np.array(quantity, dtype=np.float64),
        amount=np.array(amount, dtype=np.float64),
        bought=np.array(bought, dtype=np.bool_),
        until=until,
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
        quantity=lines.quantity,
        amount=lines.amount,
        bought=lines.bought,
        until=lines.until,
    )
    return History(renamed.sorted(), named, products)


def _ranked(keys: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The keys sorted, and each one's place among them."""
    by = sorted(range(len(keys)), key=keys.__getitem__)
    place = np.empty(len(keys), dtype=np.int64)
    place[by] = np.arange(len(keys))
    return np.array([keys[at] for at in by], dtype=object), place


# One row a line that counts or did; an order without lines is one of its own. What is selected by itself is asked once.
_DAY = "({} AT TIME ZONE (SELECT cdm_setting('timezone')))::date - DATE '1970-01-01'"
_RETURNED_AT = "greatest(coalesce(si.returned_at, so.returned_at), so.ordered_at)"
_LOST = "si.status = 'returned' AND si.quantity < 0"
_LINES = f"""
    SELECT {_DAY.format(f"(CASE WHEN {_LOST} THEN {_RETURNED_AT} ELSE so.ordered_at END)")} AS day,
           so.customer_id, so.id, coalesce(si.product_id, -1), coalesce(si.quantity, 1)::double precision AS quantity,
           coalesce(si.amount, so.total_amount)::double precision AS amount,
           (NOT coalesce({_LOST}, false))::integer AS bought,
           CASE WHEN coalesce(si.status, so.status) = 'returned' AND NOT coalesce({_LOST}, false)
                     AND {_RETURNED_AT} <= (SELECT cdm_now()) THEN {_DAY.format(_RETURNED_AT)}
                ELSE {NEVER - _ORDINAL_OF_1970} END AS until
    FROM sales_orders so
    LEFT JOIN sales_order_items si ON si.customer_id = so.customer_id AND si.order_id = so.id
    WHERE so.ordered_at <= (SELECT cdm_now())
      AND (coalesce(si.status, so.status) = 'completed'
           OR {_LOST} AND {_RETURNED_AT} <= (SELECT cdm_now())
           OR coalesce(si.status, so.status) = 'returned' AND coalesce(si.quantity, so.total_amount) > 0)
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
    return _of_table(np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 8))


async def _copied(session: AsyncSession, lines: str) -> NDArray[np.float64]:
    """The rows of a statement of eight numbers."""
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    parts: list[NDArray[np.float64]] = []
    rest = b""

    async def take(data: bytes) -> None:
        nonlocal rest
        whole, newline, after = (rest + data).rpartition(b"\n")
        rest = after if newline else rest + data
        if newline:
            parts.append(np.fromstring(whole.replace(b"\n", b"\t").decode(), sep="\t").reshape(-1, 8))

    await raw.copy_from_query(lines, output=take)
    return np.concatenate(parts) if parts else np.empty((0, 8))


def _of_table(table: NDArray[np.float64]) -> History:
    """The history of rows of day since 1970, customer, order, product, quantity, amount, bought, day taken back."""
    customers, customer_at = np.unique(table[:, 1].astype(np.int64), return_inverse=True)
    items, item_at = np.unique(table[:, 3].astype(np.int64), return_inverse=True)
    named = items[items != NO_ITEM]
    offset = len(items) - len(named)  # the product that is none comes first
    lines = Lines(
        day=(table[:, 0] + _ORDINAL_OF_1970).astype(np.int32),
        customer=customer_at.astype(np.int32),
        order=table[:, 2].astype(np.int64),
        item=(item_at - offset).astype(np.int32),
        quantity=table[:, 4],
        amount=table[:, 5],
        bought=table[:, 6] == 1,
        until=(table[:, 7] + _ORDINAL_OF_1970).astype(np.int32),
    )
    return History(lines.sorted(), customers, named)
