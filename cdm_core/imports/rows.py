"""Reading a file's rows for the database: good ones as COPY text, the others to the errors file."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from cdm_core.imports.columns import Columns, Field
from cdm_core.imports.kind import Context, Kind
from cdm_core.imports.reader import Sheet
from cdm_core.imports.values import Bad, Fault, Memo, clean

CHUNK_ROWS = 4000
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row left out: the line it begins on, why, and the column and cell at fault where it is one."""

    line: int
    fault: Fault
    column: str | None
    cell: str | None


@dataclass(frozen=True, slots=True)
class Unread:
    """The cells of a column that could not be read and count as blank: how many, and where the first is."""

    column: str
    number: int
    line: int
    cell: str


@dataclass(slots=True)
class Rejects:
    """Counts rows left out and writes them to a CSV file of their own, made when the first one comes.

    Its columns are line, reason, column and then those of the file, so that it can be mended and imported itself.
    """

    path: Path | None
    columns: Columns
    faults: Counter[Fault] = made(default_factory=Counter)
    examples: list[Rejection] = made(default_factory=list)
    _file: TextIO | None = made(default=None, repr=False)

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rejection: Rejection, cells: Sequence[str]) -> None:
        self.faults[rejection.fault] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(rejection)
        if self.path is None:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")  # the mark tells Excel it is UTF-8
            csv.writer(self._file).writerow(["line", "reason", "column", *(name for name, _ in self.columns.pairs)])
        csv.writer(self._file).writerow([rejection.line, rejection.fault, rejection.column or "", *cells])


@dataclass(slots=True)
class Reading:
    """One pass over a sheet. ``rows`` and ``accepted`` count as it goes, and ``unread``, by field, what of the accepted
    counts as blank; ``line`` is where it is."""

    sheet: Sheet
    kind: Kind
    context: Context
    columns: Columns
    rejects: Rejects
    rows: int = 0
    accepted: int = 0
    line: int = 0
    unread: dict[str, Unread] = made(default_factory=dict)

    def chunks(self) -> Iterator[bytes]:
        """The rows of the staging table as COPY text whose NULL is empty, some thousand at a time.

        No cell holds a tab or a line end once it is clean, so a backslash is all there is to escape.
        """
        take = self._taker()
        waiting: list[str] = []
        for line, cells in self.sheet.rows():
            self.line = line
            self.rows += 1
            try:
                waiting.append(take(line, cells))
            except Bad as bad:
                self._reject(line, cells, bad)
                continue
            self.accepted += 1
            if len(waiting) == CHUNK_ROWS:
                yield copied(waiting)
                waiting.clear()
        if waiting:
            yield copied(waiting)

    def _taker(self) -> Callable[[int, list[str]], str]:
        readers = self.kind.readers(self.context)
        shape = self.kind.shape(self.context, self.columns)
        width = len(self.columns.pairs)
        found = [
            (self.columns.at.get(each.name, width), Memo(_cell_reader(each, readers[each.name])))
            for each in self.kind.fields
        ]
        forgiven = [(at, each.name) for at, each in enumerate(self.kind.fields) if each.forgiven]

        def take(line: int, cells: list[str]) -> str:
            if len(cells) != width:
                if any(cell.strip() for cell in cells[width:]):
                    raise Bad(Fault.TOO_MANY_COLUMNS)
                cells = cells[:width] + [""] * (width - len(cells))
            cells.append("")  # what fields read that no column holds
            values = [memo[cells[at]] for at, memo in found]
            unread = [(at, name) for at, name in forgiven if isinstance(values[at], Bad)]
            for at, _ in unread:
                values[at] = None
            row = shape(line, values)
            for _, name in unread:
                self._pass_over(line, cells, name)
            return row

        return take

    def _pass_over(self, line: int, cells: list[str], field: str) -> None:
        at = self.columns.at[field]
        first = self.unread.get(field) or Unread(self.columns.pairs[at][0], 0, line, cells[at])
        self.unread[field] = replace(first, number=first.number + 1)

    def _reject(self, line: int, cells: list[str], bad: Bad) -> None:
        at = self.columns.at.get(bad.field or "")
        column = None if at is None else self.columns.pairs[at][0]
        cell = cells[at] if at is not None and at < len(cells) else None
        self.rejects.add(Rejection(line, bad.fault, column or bad.field, cell), cells[: len(self.columns.pairs)])


def copied(rows: list[str]) -> bytes:
    """Rows with tabs between their cells as COPY text."""
    return ("\n".join(rows).replace("\\", r"\\") + "\n").encode()


def _cell_reader(field: Field, read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Gives None for a blank cell, and what was raised where it is forgiven."""

    def cell(written: str) -> Any:
        kept = clean(written)
        if not kept:
            if field.required:
                raise Bad(Fault.MISSING, field.name)
            return None
        try:
            return read(kept)
        except Bad as bad:
            if field.forgiven:
                return bad
            raise Bad(bad.fault, field.name) from None

    return cell
