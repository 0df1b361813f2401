"""Small histories written by hand: one line an order unless told otherwise."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from cdm_core.recommend.history import NEVER, NO_ITEM, History, Known, Lines

DAY = 739_000


class Line(NamedTuple):
    """``day`` counts from ``DAY``; an ``order`` of −1 is one of its own, an amount below 0 went back, or is a
    ``discount``. ``until`` is the day on which it was taken back whole, ``quantity`` never below 0."""

    day: int
    customer: int
    amount: float = 100.0
    item: int = NO_ITEM
    order: int = -1
    until: int | None = None
    quantity: float = 1.0
    discount: bool = False


def shop(lines: Iterable[Line], *, customers: int | None = None, items: int | None = None) -> History:
    rows = list(lines)
    made = Lines(
        day=np.array([DAY + row.day for row in rows], dtype=np.int32),
        customer=np.array([row.customer for row in rows], dtype=np.int32),
        order=np.array([row.order if row.order >= 0 else 10_000 + at for at, row in enumerate(rows)], dtype=np.int64),
        item=np.array([row.item for row in rows], dtype=np.int32),
        quantity=np.array([row.quantity if row.amount >= 0 else -row.quantity for row in rows], dtype=np.float64),
        amount=np.array([row.amount for row in rows], dtype=np.float64),
        bought=np.array([row.amount >= 0 or row.discount for row in rows], dtype=np.bool_),
        until=np.array([NEVER if row.until is None else DAY + row.until for row in rows], dtype=np.int32),
    )
    people = customers if customers is not None else max((row.customer for row in rows), default=-1) + 1
    products = items if items is not None else max((row.item for row in rows), default=-1) + 1
    return History(made.sorted(), np.arange(people), np.arange(products))


def known(lines: Iterable[Line], day: int, *, customers: int | None = None, items: int | None = None) -> Known:
    return shop(lines, customers=customers, items=items).as_of(DAY + day)
