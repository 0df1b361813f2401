"""Tables as CSV for spreadsheets: UTF-8 with a mark at its head, by which Excel reads Bengali, and no formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from templates.text import clean

Cell = str | int | Decimal | date | None
_FORMULA = ("=", "+", "-", "@")


def sheet(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Dates as ISO, amounts with two places, None as an empty cell; stored text is cleaned."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            text = clean(cell)
            return f"'{text}" if text.startswith(_FORMULA) else text
        case Decimal():
            return f"{cell:.2f}"
        case date():
            return cell.isoformat()
        case _:
            return str(cell)
