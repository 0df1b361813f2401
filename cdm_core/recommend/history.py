"""A shop's history as arrays, and the part of it that was known on a day.

Money and orders mean here what they meant in a customer's numbers on that day: completed lines add, returned lines with
a negative quantity subtract, all others count nothing; an order is one with a completed line. Lines know their own day,
so what came back later is not known before.

What was cancelled was never paid: it never was a purchase, whenever it was cancelled. What was bought and is returned
now was a purchase until the day that it came back. From then on it is none, as in a customer's numbers, and what it had
brought is lost on that day: a window in which it came back is poorer by it, whether or not it was bought in it.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.special import Floats

Ints = NDArray[np.int64]
Days = NDArray[np.int32]
Flags = NDArray[np.bool_]

NO_ITEM = -1
NEVER = np.iinfo(np.int32).max
"""The day on which what stands was taken back."""


class LookAhead(ValueError):
    """Something from on or after the cutoff was about to be used as if it were known before."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that count, by day, customer, order and item; arrays of one length.

    ``day`` counts from the proleptic Gregorian ordinal 1 as ``date.toordinal`` does. ``customer`` and ``item`` are
    positions among the history's; ``item`` is ``NO_ITEM`` where none is told. ``order`` only tells orders apart.
    ``amount`` is money kept, below 0 where it went back; ``bought`` is False where it did, and ``quantity`` below 0.
    ``until`` is the day on which a line was taken back whole, not before ``day``, or ``NEVER``.
    """

    day: Days
    customer: Days
    order: Ints
    item: Days
    quantity: Floats
    amount: Floats
    bought: Flags
    until: Days

    def __len__(self) -> int:
        return len(self.day)

    def where(self, keep: Flags) -> Self:
        """Those lines alone, in their order."""
        return replace(self, **{name: getattr(self, name)[keep] for name in _COLUMNS})

    def sorted(self) -> Self:
        """In the order that does not depend on how they came."""
        by = np.lexsort((self.quantity, self.amount, self.item, self.order, self.customer, self.day))
        return replace(self, **{name: getattr(self, name)[by] for name in _COLUMNS})

    def standing(self) -> Self:
        """Those never taken back."""
        stands = self.until == NEVER
        return self if stands.all() else self.where(stands)

    def before(self, cutoff: int) -> Self:
        """What was told when day ``cutoff`` began: of what was taken back later nobody knew it yet."""
        told = self.where(self.day < cutoff)
        return replace(told, until=np.where(told.until < cutoff, told.until, NEVER).astype(np.int32, copy=False))

    def between(self, first: int, end: int) -> Self:
        """What day ``first`` and those up to ``end``, without it, brought: what was bought and stood when they were
        over, and behind it as a loss, of its day, what had been bought before and was taken back."""
        inside = self.where((self.day >= first) & (self.day < end) & (self.until >= end))
        lost = self.where((self.day < first) & (self.until >= first) & (self.until < end))
        both = {name: np.concatenate([getattr(inside, name), getattr(lost, name)]) for name in _COLUMNS}
        loss = np.arange(len(both["day"])) >= len(inside)
        return replace(
            self,
            **{
                **both,
                "day": np.where(loss, both["until"], both["day"]),
                "quantity": np.where(loss, -both["quantity"], both["quantity"]),
                "amount": np.where(loss, -both["amount"], both["amount"]),
                "bought": both["bought"] & ~loss,
                "until": np.full_like(both["until"], NEVER),
            },
        )


_COLUMNS = ("day", "customer", "order", "item", "quantity", "amount", "bought", "until")


@dataclass(frozen=True, slots=True)
class Known:
    """What was known when day ``cutoff`` began. Raises ``LookAhead`` if any line is of that day or a later one, or
    tells that it was taken back then.

    Whatever judges customers is handed one of these and nothing else of the history. ``told`` is all of it; ``lines``
    are those of it that stood.
    """

    cutoff: int
    told: Lines
    customers: int
    items: int
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        until = self.told.until
        ahead = (self.told.day >= self.cutoff) | (until >= self.cutoff) & (until != NEVER)
        if ahead.any():
            raise LookAhead(f"{np.count_nonzero(ahead)} lines are not before day {self.cutoff}")
        object.__setattr__(self, "lines", self.told.standing())

    def as_of(self, cutoff: int) -> Self:
        """What was known when an earlier day began."""
        return replace(self, cutoff=cutoff, told=self.told.before(cutoff))


@dataclass(frozen=True, slots=True)
class History:
    """All of it: the lines, and whom and what their positions mean, both in the order of their keys."""

    lines: Lines
    customers: NDArray[Any]
    items: NDArray[Any]

    @property
    def days(self) -> tuple[int, int] | None:
        """The first day and the last on which anything was bought or sent back; None without any.

        What was taken back whole after the last makes it no longer: there is nothing else of those days.
        """
        return (int(self.lines.day.min()), int(self.lines.day.max())) if len(self.lines) else None

    def as_of(self, cutoff: int) -> Known:
        """What was known when day ``cutoff`` began."""
        return Known(cutoff, self.lines.before(cutoff), len(self.customers), len(self.items))

    def between(self, first: int, end: int) -> Lines:
        """What happened from day ``first`` on, before day ``end``."""
        return self.lines.between(first, end)


@dataclass(frozen=True, slots=True)
class Buyers:
    """Those with an order so far, by position; arrays of one length, ages in days up to ``cutoff``.

    ``x`` repeat purchases, which are days with an order after the first such day; ``tx`` the age at the last and ``T``
    now; ``orders`` how many, whatever their days. ``revenue`` is net; ``decayed`` is it with each line weighed by
    e^(−days/120).
    """

    cutoff: int
    customer: Days
    x: Ints
    tx: Ints
    T: Ints
    orders: Ints
    revenue: Floats
    decayed: Floats

    def only(self, at: Ints) -> Self:
        """Those at these places alone, in this order."""
        return replace(self, **{name: getattr(self, name)[at] for name in _OF_BUYERS})

    @property
    def since(self) -> Ints:
        """Days since the last order."""
        return self.T - self.tx

    @property
    def order_value(self) -> Floats:
        """What was kept of a day with orders, on average, not below 0."""
        return np.maximum(self.revenue, 0.0) / (self.x + 1)


_OF_BUYERS = ("customer", "x", "tx", "T", "orders", "revenue", "decayed")

DECAY_DAYS = 120.0


def buyers(known: Known) -> Buyers:
    """The buyers of a known history."""
    lines, size = known.lines, known.customers
    days, orders = order_days(known), _orders(known)
    visits = np.bincount(days.customer, minlength=size)
    someone = visits > 0
    ends = np.cumsum(visits)[someone]
    first, last = days.day[ends - visits[someone]], days.day[ends - 1]
    weight = np.exp((lines.day - known.cutoff) / DECAY_DAYS)
    return Buyers(
        cutoff=known.cutoff,
        customer=np.flatnonzero(someone).astype(np.int32),
        x=visits[someone] - 1,
        tx=last - first,
        T=known.cutoff - first,
        orders=np.bincount(orders.customer, minlength=size)[someone],
        revenue=_summed(lines.customer, lines.amount, size)[someone],
        decayed=_summed(lines.customer, lines.amount * weight, size)[someone],
    )


@dataclass(frozen=True, slots=True)
class OrderDays:
    """Days on which a customer ordered, each once, by customer and day; arrays of one length."""

    customer: Ints
    day: Ints


def order_days(known: Known) -> OrderDays:
    """The days with orders; an order is of the first day of its bought lines."""
    orders = _orders(known)
    pairs = distinct(orders.customer.astype(np.int64) << 32 | orders.day)
    return OrderDays(pairs >> 32, pairs & 0xFFFFFFFF)


def _orders(known: Known) -> Lines:
    """One bought line of each order, the earliest."""
    bought = known.lines.where(known.lines.bought)
    order = bought.order
    if len(order) and (order[1:] < order[:-1]).any():
        _, first = np.unique(order, return_index=True)  # lines come by day
    else:
        first = np.flatnonzero(np.diff(order, prepend=-1))
    return Lines(**{name: getattr(bought, name)[first] for name in _COLUMNS})


def _summed(at: Days, amounts: Floats, size: int) -> Floats:
    return np.bincount(at, amounts, minlength=size).astype(np.float64, copy=False)  # whole numbers where nothing is


def distinct(codes: Ints) -> Ints:
    """The different ``codes``, sorted; on millions this is several times as fast as np.unique, which hashes."""
    ordered = np.sort(codes)
    new: Flags = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    return ordered[new]
