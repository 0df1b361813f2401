"""What to offer a customer: what they are due to buy again, and what they do not know yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.orders import UNNAMED

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DueAgain:
    """Bought every ``usual_days``, or lasting as long; the last time ``days`` ago."""

    product: str
    days: int
    usual_days: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    due_again: tuple[DueAgain, ...]
    new_for_them: tuple[str, ...]


# A product bought once is due when its pack is used up. What is three gaps overdue is no habit any more.
_HABITS = f"""
    SELECT customer_id, name, since, usual
    FROM (
        SELECT customer_id, name, since,
               CASE WHEN times > 1 AND last_at > first_at THEN extract(epoch FROM last_at - first_at) / (times - 1)
                    WHEN pack_days > 0 THEN pack_days * 86400.0 * last_quantity END AS usual
        FROM (
            SELECT o.customer_id, i.product_name AS name, count(DISTINCT o.id) AS times, min(o.ordered_at) AS first_at,
                   max(o.ordered_at) AS last_at, max(p.pack_days) AS pack_days,
                   (array_agg(greatest(i.quantity, 1) ORDER BY o.ordered_at DESC))[1] AS last_quantity,
                   extract(epoch FROM CAST(:now AS timestamptz) - max(o.ordered_at)) AS since
            FROM sales_orders o
            JOIN sales_order_items i ON i.customer_id = o.customer_id AND i.order_id = o.id
            LEFT JOIN products p ON p.id = i.product_id
            WHERE o.customer_id {{whose}} AND i.status IN ('completed', 'pending') AND i.quantity > 0
              AND i.product_name <> '{UNNAMED}'
              AND o.ordered_at <= :now
            GROUP BY o.customer_id, i.product_name
        ) bought
    ) habits
    WHERE since >= usual AND since < 3 * usual AND usual >= 86400
"""
_DUE_AGAIN = text(_HABITS.format(whose="= :id") + " ORDER BY since / usual, name LIMIT :most")
_FIRST_DUE_AGAIN = text(
    f"SELECT DISTINCT ON (customer_id) * FROM ({_HABITS.format(whose='= ANY(CAST(:ids AS bigint[]))')}) due "
    "ORDER BY customer_id, since / usual, name"
)
# Most bought in the latest orders of all, so that the answer costs the same at any size of the shop.
_POPULAR = text(
    f"""
    SELECT i.product_name
    FROM (SELECT customer_id, id FROM sales_orders ORDER BY id DESC LIMIT 500) o
    JOIN sales_order_items i ON i.customer_id = o.customer_id AND i.order_id = o.id
    LEFT JOIN products p ON p.id = i.product_id
    WHERE i.status IN ('completed', 'pending') AND i.quantity > 0 AND coalesce(p.active, true)
      AND coalesce(p.stock, 1) > 0 AND i.product_name <> '{UNNAMED}'
      AND NOT EXISTS (SELECT FROM sales_order_items own
                      WHERE own.customer_id = :id AND own.product_name = i.product_name)
    GROUP BY i.product_name
    ORDER BY count(DISTINCT o.customer_id) DESC, i.product_name LIMIT :most
    """
)


async def suggestions(session: AsyncSession, ref: CustomerRef, *, now: datetime, most: int = 2) -> Suggestions:
    """At most ``most`` of either list, the most pressing habit and the most popular product first."""
    bound = {"id": ref.customer_id, "most": most}
    due = await session.execute(_DUE_AGAIN, {**bound, "now": now})
    return Suggestions(
        due_again=tuple(_due_again(row) for row in due),
        new_for_them=tuple((await session.execute(_POPULAR, bound)).scalars()),
    )


async def first_due_again(session: AsyncSession, customer_ids: Sequence[int], *, now: datetime) -> dict[int, DueAgain]:
    """The most pressing habit of each of these customers who has one."""
    rows = await session.execute(_FIRST_DUE_AGAIN, {"ids": list(customer_ids), "now": now})
    return {row.customer_id: _due_again(row) for row in rows}


def _due_again(row: Row[Any]) -> DueAgain:
    return DueAgain(row.name, int(row.since // _DAY), max(1, round(row.usual / _DAY)))
