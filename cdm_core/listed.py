"""Pages of lists whose totals are counted to a limit.

A page goes on behind the last row of the one before (``Order``), so that nothing comes twice and nothing is missed
whatever is written meanwhile, and the last page costs what the first does; lists that are put together from several
statements go on by offset.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.query import LARGEST_ID

MOST_COUNTED = 10_000
"""Totals are told up to here; beyond, only that there are more."""

T = TypeVar("T", covariant=True)

_MOST_DIGITS = 30


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is asked for: ``limit`` rows, behind ``offset`` others or behind the place ``after``."""

    limit: int = 100
    offset: int = 0
    after: str | None = None


FIRST = Window()


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page; ``total`` is exact unless ``more``: there are more than that. None: nobody has counted.

    ``next`` is where the next page begins, a place or an offset; None: this is the last.
    """

    rows: tuple[T, ...]
    total: int | None
    more: bool
    next: int | str | None = None

    @classmethod
    def by_offset(cls, found: Sequence[T], window: Window, total: int, *, more: bool = False) -> Self:
        """The page that ``found`` begins with: the rows from the window's offset on, one more than its limit if there
        are so many."""
        onward = window.offset + window.limit if len(found) > window.limit else None
        return cls(tuple(found[: window.limit]), total, more, onward)


@dataclass(frozen=True, slots=True)
class Key:
    """A column that a list is sorted by; one that may be null has its nulls last."""

    column: ColumnElement[Any]
    falling: bool = False
    nullable: bool = False

    @property
    def by(self) -> ColumnElement[Any]:
        by = self.column.desc() if self.falling else self.column.asc()
        return by.nulls_last() if self.nullable else by

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value

    def later(self, value: Any) -> list[ColumnElement[bool]]:
        """What stands behind ``value``, each condition a range of an index."""
        if value is None:
            return []
        behind = self.column < value if self.falling else self.column > value
        return [behind, self.column.is_(None)] if self.nullable else [behind]

    def value(self, told: Any) -> Any:
        """What ``text_of`` made a text of. Raises ``ValueError`` where it made none such."""
        if told is None and self.nullable:
            return None
        if not isinstance(told, str) or "\0" in told:
            raise ValueError(told)
        told.encode()
        match self.column.type.python_type:
            case kind if kind is int:
                number = int(told)
                if abs(number) > LARGEST_ID:
                    raise ValueError(told)
                return number
            case kind if kind is Decimal:
                amount = Decimal(told) if len(told) <= _MOST_DIGITS else Decimal("NaN")
                if not amount.is_finite() or abs(amount.adjusted()) > _MOST_DIGITS:
                    raise ValueError(told)
                return amount
            case kind if kind is datetime:
                moment = datetime.fromisoformat(told)
                if moment.tzinfo is None or not 1 < moment.year < MAXYEAR:
                    raise ValueError(told)
                return moment
        return told


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by keys whose last tells all rows apart. A place of one order is none of another."""

    name: str
    keys: tuple[Key, ...]

    def place(self, values: Sequence[Any]) -> str:
        """The place of a row with these ``values`` of the keys, for a web address."""
        told = json.dumps([self.name, *map(_text_of, values)], separators=(",", ":"))
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")

    def behind(self, place: str | None) -> list[list[ColumnElement[bool]]]:
        """The conditions of the rows behind ``place`` (None: of all), in steps that follow each other.

        Each step is one range of an index that has the order: a single condition would walk all rows that tie.
        Raises ``CdmError("no_such_place")``.
        """
        if place is None:
            return [[]]
        values = self._values(place)
        steps = []
        for depth in reversed(range(len(self.keys))):
            same = [key.same(value) for key, value in zip(self.keys[:depth], values, strict=False)]
            steps += [[*same, later] for later in self.keys[depth].later(values[depth])]
        return steps

    def _values(self, place: str) -> list[Any]:
        try:
            name, *told = json.loads(urlsafe_b64decode(place + "=" * (-len(place) % 4)))
            if name != self.name:
                raise ValueError(name)
            return [key.value(text) for key, text in zip(self.keys, told, strict=True)]
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            raise CdmError("no_such_place") from None


async def page(
    session: AsyncSession, wanted: Select[Any], order: Order, window: Window, row: Callable[[Row[Any]], T]
) -> Listed[T]:
    """The page of ``wanted`` in this order, each row as ``row`` makes it. Raises ``CdmError("no_such_place")``."""
    rows, onward = await part(session, wanted, order, window)
    return Listed(tuple(map(row, rows)), *await total(session, wanted), onward)


async def part(
    session: AsyncSession, wanted: Select[Any], order: Order, window: Window
) -> tuple[list[Row[Any]], str | None]:
    """The rows of ``page`` with the values of the keys behind their own, and the place where the next begin."""
    read = wanted.add_columns(*(key.column.label(f"key_{at}") for at, key in enumerate(order.keys)))
    read = read.order_by(*(key.by for key in order.keys)).offset(window.offset)
    rows: list[Row[Any]] = []
    for step in order.behind(window.after):
        rows += (await session.execute(read.where(*step).limit(window.limit + 1 - len(rows)))).all()
        if len(rows) > window.limit:
            return rows[:-1], order.place(rows[-2][-len(order.keys) :])
    return rows, None


async def total(session: AsyncSession, wanted: Select[Any]) -> tuple[int, bool]:
    """How many rows ``wanted`` gives, counted to ``MOST_COUNTED``, and whether there are more."""
    counted = wanted.order_by(None).limit(MOST_COUNTED + 1).subquery()
    number: int = (await session.execute(select(func.count()).select_from(counted))).scalar_one()
    return min(number, MOST_COUNTED), number > MOST_COUNTED


def _text_of(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else str(value)
