"""What the kinds of files have in common: the shape of a module such as ``orders`` or ``family``."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports.columns import Columns, Field

STAGING = "import_rows"
"""The temporary table a file's rows are copied into; ``line`` is always its first column."""

TOUCHED = "import_touched"
"""The temporary table of the customers (``customer_id``, maybe repeated) whose numbers an import changes."""

Shape = Callable[[int, Sequence[Any]], str]
"""A line number and the values of its fields as a row of ``STAGING``: cells with tabs between, NULL empty."""


@dataclass(frozen=True, slots=True)
class Context:
    """One import: whose keys (``source``), when, and how its cells are read; ``people`` are staff by folded name."""

    source: str
    now: datetime
    zone: ZoneInfo
    country: str
    people: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """Things (orders, not lines) that an import made, changed, and found as they were.

    ``words`` are those of new names and their uses, learnt after the commit: whoever adds a customer needs them.
    """

    created: int
    changed: int
    unchanged: int
    words: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    ``staging`` are the columns of ``STAGING`` after ``line``. ``readers`` gives for each field what reads its
    cells; ``shape`` what makes rows of the values, in the order of ``fields`` and None where blank, raising ``Bad``.
    ``merge`` brings the staged rows in and fills ``TOUCHED``.
    """

    fields: tuple[Field, ...]
    staging: str
    readers: Callable[[Context], Mapping[str, Callable[[str], Any]]]
    shape: Callable[[Context, Columns], Shape]
    merge: Callable[[AsyncSession, Context, Columns], Awaitable[Counts]]
