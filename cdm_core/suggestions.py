"""What to offer a customer now: what is due again, what else they may buy again, and what they do not know yet.

Which products those are is said by the SQL function ``cdm_products_to_offer`` alone, over the lists that
``cdm_core.recommend.products`` fills at night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.db.plans import planned_once


@dataclass(frozen=True, slots=True)
class Product:
    """``product_id`` is None where an order only told a name; ``price`` and ``stock`` where none is known.

    ``chance`` is how often an offer of its place in its list was taken with the next order.
    """

    product_id: int | None
    name: str
    price: Decimal | None
    stock: int | None
    chance: float


@dataclass(frozen=True, slots=True)
class DueAgain(Product):
    """Bought every ``usual_days``, or lasting as long; the last time ``days`` ago."""

    days: int
    usual_days: int


@dataclass(frozen=True, slots=True)
class BoughtBefore(Product):
    """Bought ``days`` ago, which is not just now, and not due: likely to be bought again by the model of the night."""

    days: int


@dataclass(frozen=True, slots=True)
class NewForThem(Product):
    """Neither bought nor ordered so far. ``dearer``: than all they bought of its category."""

    dearer: bool


@dataclass(frozen=True, slots=True)
class Suggestions:
    """At most five of each list, the likeliest first."""

    due_again: tuple[DueAgain, ...] = ()
    bought_before: tuple[BoughtBefore, ...] = ()
    new_for_them: tuple[NewForThem, ...] = ()

    @property
    def known(self) -> tuple[Product, ...]:
        """What they bought before, due or not."""
        return (*self.due_again, *self.bought_before)

    @property
    def joined(self) -> tuple[Product, ...]:
        """All lists in one, by chance."""
        return tuple(sorted((*self.known, *self.new_for_them), key=lambda product: -product.chance))


NOTHING = Suggestions()

# One id and not a list of one: only so does the server keep its plan, and planning takes longer than running.
_ONE = text("SELECT * FROM cdm_products_to_offer(CAST(:id AS bigint), :now) ORDER BY place")
_MANY = text(
    """
    SELECT asked.id AS customer_id, offered.*
    FROM unnest(CAST(:ids AS bigint[])) AS asked (id)
    CROSS JOIN LATERAL cdm_products_to_offer(asked.id, :now) AS offered
    ORDER BY offered.place
    """
)


async def suggestions(session: AsyncSession, ref: CustomerRef, *, now: datetime) -> Suggestions:
    """What to offer the customer at ``now``."""
    return _suggestions((await session.execute(_ONE, {"id": ref.customer_id, "now": now})).all())


async def of_many(session: AsyncSession, customer_ids: Sequence[int], *, now: datetime) -> dict[int, Suggestions]:
    """What to offer each of these customers, who are the person's to see, at ``now``."""
    if not customer_ids:
        return {}
    rows: dict[int, list[Row[Any]]] = {each: [] for each in customer_ids}
    async with planned_once(session):
        for row in await session.execute(_MANY, {"ids": list(customer_ids), "now": now}):
            rows[row.customer_id].append(row)
    return {each: _suggestions(offered) for each, offered in rows.items()}


def _suggestions(rows: Sequence[Row[Any]]) -> Suggestions:
    """Of rows in the order of their place."""
    return Suggestions(
        due_again=tuple(
            DueAgain(*_product(row), days=row.days, usual_days=row.usual_days) for row in rows if row.kind == "due"
        ),
        bought_before=tuple(BoughtBefore(*_product(row), days=row.days) for row in rows if row.kind == "before"),
        new_for_them=tuple(NewForThem(*_product(row), dearer=row.dearer) for row in rows if row.kind == "new"),
    )


def _product(row: Row[Any]) -> tuple[int | None, str, Decimal | None, int | None, float]:
    return row.product_id, row.name, row.price, row.stock, row.chance
