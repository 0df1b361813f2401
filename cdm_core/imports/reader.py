"""Tables in files: CSV in any usual encoding, plain or gzipped, and XLSX, as numbered rows of text."""

import codecs
import csv
import gzip
import io
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.etree.ElementTree import ParseError

from cdm_core.errors import CdmError

Rows = Iterator[tuple[int, list[str]]]

_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that has been looked through once: its whole text is readable.

    ``lines`` is how many lines it has at most, for progress. ``rows()`` reads the rows below the header, each with
    the line it begins on (Excel: its row), blank ones left out.
    """

    name: str
    header: tuple[str, ...]
    lines: int
    rows: Callable[[], Rows]


def open_sheet(path: Path) -> Sheet:
    """Look through a file. Raises ``CdmError("import_unreadable", file=…, why=…)``.

    ``why``: missing, empty (no header row), damaged (cut short, not what it seems), not_a_table (binary), old_excel.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError:
        raise _unreadable(path, "missing") from None
    if magic == _OLD_EXCEL:
        raise _unreadable(path, "old_excel")
    read = _workbook if magic == b"PK\x03\x04" else _text
    try:
        return read(path)
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile, csv.Error, KeyError, ParseError):
        raise _unreadable(path, "damaged") from None


def _unreadable(path: Path, why: str) -> CdmError:
    return CdmError("import_unreadable", file=path.name, why=why)


# Text


def _text(path: Path) -> Sheet:
    encoding, lines = _sense(path)
    with closing(_decoded(path, encoding)) as stream:
        first = next((line for line in stream if line.strip()), "")
    named = first.strip().lower().removeprefix("sep=")  # Excel's own way to name a delimiter, in a line of its own
    delimiter = named if len(named) == 1 and len(first.strip()) == 5 else max(_DELIMITERS, key=first.count)

    def rows() -> Rows:
        with closing(_decoded(path, encoding)) as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            begins = 1
            for row in reader:
                if any(row) and not (len(row) < 3 and row[0].lower().startswith("sep=")):
                    yield begins, row
                begins = reader.line_num + 1

    return _sheet(path, lines, rows)


def _sense(path: Path) -> tuple[str, int]:
    """Encoding and number of lines, by reading it all: a damaged file is found out before anything is written."""
    lines, utf8 = 1, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with closing(_bytes(path)) as file:
        head = file.read(4096)
        bom = next((name for mark, name in _BOMS if head.startswith(mark)), None)
        wide = bom or _unmarked_utf16(head)
        if b"\0" in head and wide is None:
            raise _unreadable(path, "not_a_table")
        chunk = head
        while chunk:
            lines += chunk.count(b"\n")
            if utf8 and wide is None:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    utf8 = False
            chunk = file.read(_CHUNK)
    return wide or ("utf-8" if utf8 else "cp1252"), lines


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark, told by the zero half of Latin letters; None when it is no such text."""
    zeros = [head[half::2].count(0) * 3 > len(head) // 2 for half in (0, 1)]
    return {(False, True): "utf-16-le", (True, False): "utf-16-be"}.get((zeros[0], zeros[1]))


def _bytes(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb") if zipped else path.open("rb"))


def _decoded(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_bytes(path), encoding=encoding, errors="replace", newline="")


# Excel


def _workbook(path: Path) -> Sheet:
    def rows() -> Rows:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's remarks on styles and extensions it does not keep
            book = _opened(path)
            try:
                for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
                    row = [_cell(cell) for cell in cells]
                    if any(row):
                        yield number, row
            finally:
                book.close()

    return _sheet(path, sum(1 for _ in rows()) + 1, rows)


def _opened(path: Path) -> Any:
    from openpyxl import load_workbook  # a fifth of a second, and few files are workbooks
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(path, read_only=True, data_only=True)
    except InvalidFileException as error:
        raise zipfile.BadZipFile from error


def _cell(value: Any) -> str:
    """What a cell holds as the text a CSV would hold: whole numbers without a point, dates in ISO."""
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _sheet(path: Path, lines: int, rows: Callable[[], Rows]) -> Sheet:
    with closing(cast(Any, rows())) as opened:
        first = cast("tuple[int, list[str]] | None", next(opened, None))
    header = first[1] if first else []
    while header and not header[-1].strip():
        header = header[:-1]
    if not header:
        raise _unreadable(path, "empty")

    def body() -> Rows:
        found = rows()
        next(found)
        yield from found

    return Sheet(path.name, tuple(name.strip() for name in header), lines, body)
