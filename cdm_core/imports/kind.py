"""What the kinds of files have in common: the shape of a module such as ``orders`` or ``family``."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import tombstones
from cdm_core.imports.columns import Columns, Field
from cdm_core.imports.values import Bad, Fault

STAGING = "import_rows"
"""The temporary table a file's rows are copied into; ``line`` is always its first column."""

TOUCHED = "import_touched"
"""The temporary table of the customers (``customer_id``, maybe repeated) whose numbers an import changes."""

Shape = Callable[[int, Sequence[Any]], str]
"""A line number and the values of its fields as a row of ``STAGING``: cells with tabs between, NULL empty."""


@dataclass(frozen=True, slots=True)
class Context:
    """One import: whose keys (``source``), when, and how its cells are read; ``people`` are staff by folded name,
    ``erased`` the fingerprints of those whom no file brings back (``cdm_core.tombstones``)."""

    source: str
    now: datetime
    zone: ZoneInfo
    country: str
    people: Mapping[str, int]
    erased: frozenset[bytes] = frozenset()

    def refuse_erased(self, customer_key: str) -> None:
        """Raises ``Bad`` for the key of somebody erased."""
        if self.erased and tombstones.of_key(self.source, customer_key) in self.erased:
            raise Bad(Fault.ERASED, "customer_id")

    def refuse_erased_phone(self, phone: str) -> None:
        """Raises ``Bad`` for a phone (E.164) that somebody erased had alone."""
        if self.erased and tombstones.of_phone(phone) in self.erased:
            raise Bad(Fault.ERASED, "phone")


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
