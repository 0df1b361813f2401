"""Cells as values: dates, amounts, phones and words as files write them, in Latin and Bengali digits.

Every function takes a cell that is not blank and raises ``Bad`` for what it cannot read.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from cdm_core.digits import ascii_digits
from cdm_core.imports.columns import plain

K = TypeVar("K")
T = TypeVar("T")

CENT = Decimal("0.01")

LATE = timedelta(days=1)
"""How far ahead of us a shop's clock may be."""

_JOINERS = "\u200c\u200d"
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
_SERIAL = re.compile(r"[1-7]\d{4}(\.\d+)?")
_CLOCK = r"(?:[ T,]+(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?)?"
_DAY_FIRST = re.compile(rf"(?P<day>\d{{1,2}})[/.-](?P<month>\d{{1,2}})[/.-](?P<year>\d{{4}}|\d\d){_CLOCK}", re.I)
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[/.](?P<month>\d{{1,2}})[/.](?P<day>\d{{1,2}}){_CLOCK}", re.I)
_NAMED = re.compile(rf"(?P<day>\d{{1,2}})[ -]*(?P<name>[^\W\d]{{3,}})\.?[ ,-]*(?P<year>\d{{4}}|\d\d)?{_CLOCK}", re.I)
_NAMED_FIRST = re.compile(rf"(?P<name>[^\W\d]{{3,}})\.? (?P<day>\d{{1,2}})(?:,? (?P<year>\d{{4}}))?{_CLOCK}", re.I)
_BENGALI_NAMED = re.compile(r"(?P<day>\d{1,2})\s*(?P<name>[\u0980-\u09ff]+),?\s*(?P<year>\d{4})?")
_UTC = re.compile(r"(.*\d(?:\s*[ap]\.?m\.?)?)\s*(?:UTC|GMT|Z)", re.I)
_APART = re.compile(r"(:\d\d(?:\.\d+)?) +([+-]\d\d:?(?:\d\d)?)")
_ZERO = re.compile(r"(?:0000[/.-]00[/.-]00|00[/.-]00[/.-]0000)(?:[ T]00:00(?::00(?:\.0+)?)?(?: ?UTC|Z)?)?")
_YEARLESS = re.compile(r"(?:--)?(?P<month>\d\d)-(?P<day>\d\d)|(?P<day2>\d{1,2})/(?P<month2>\d{1,2})")
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12, "জানু": 1, "ফেব": 2, "মার": 3, "এপ্": 4, "মে": 5, "জুন": 6, "জুল": 7, "আগ": 8, "সেপ": 9, "অক্": 10,
    "নভে": 11, "ডিস": 12,
}  # fmt: skip
_MONEY_WORDS = re.compile(r"৳|টাকা|taka|bdt|tk\.?|/[-=]|/-", re.I)
_GROUPED = re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?")
_PLAIN_NUMBER = re.compile(r"\d{1,12}(\.\d{1,10})?|\.\d{1,10}")
_DECIMAL_COMMA = re.compile(r"\d{1,9},\d{1,2}")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")


class Fault(StrEnum):
    """Why a row was left out."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    BAD_DATE = "bad_date"
    FUTURE_DATE = "future_date"
    BAD_PHONE = "bad_phone"
    BAD_EMAIL = "bad_email"
    BAD_NUMBER = "bad_number"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_PERSON = "unknown_person"
    DUPLICATE = "duplicate"
    OTHER_CUSTOMER = "other_customer"
    TOO_MANY_COLUMNS = "too_many_columns"
    BOTH_KINDS = "both_kinds"
    ERASED = "erased"


class Bad(ValueError):
    """A cell, or a row, that cannot be taken: ``field`` where it is one cell's fault."""

    def __init__(self, fault: Fault, field: str | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.field = field


class Memo(dict[K, T]):
    """Remembers what each cell was read as: columns repeat themselves. Forgets all when it grows too large."""

    def __init__(self, read: Callable[[K], T], *, size: int = 100_000) -> None:
        super().__init__()
        self._read = read
        self._size = size

    def __missing__(self, cell: K) -> T:
        value = self._read(cell)
        if len(self) >= self._size:
            self.clear()
        self[cell] = value
        return value


def clean(cell: str) -> str:
    """Text without invisible characters (joiners, which Bengali needs, stay), in NFC, white space single."""
    if cell.isascii() and cell.isprintable() and "  " not in cell:
        return cell.strip()
    kept = (c if c in _JOINERS or unicodedata.category(c) not in ("Cf", "Cs", "Co") else "" for c in cell)
    spaced = "".join(" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in "".join(kept))
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def text(longest: int) -> Callable[[str], str]:
    """A reader of text of at most ``longest`` characters."""

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise Bad(Fault.TOO_LONG)
        return cell

    return read


def word(words: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of one of a few words; ``words`` maps what files write (:func:`plain`) to what we store."""

    def read(cell: str) -> str:
        found = words.get(plain(cell))
        if found is None:
            raise Bad(Fault.UNKNOWN_WORD)
        return found

    return read


def moment(zone: ZoneInfo, latest: datetime) -> Callable[[str], datetime]:
    """A reader of times; those without an offset are local to ``zone``; a date alone is its midnight."""

    def read(cell: str) -> datetime:
        value = _moment(cell)
        value = value.replace(tzinfo=zone) if value.tzinfo is None else value
        if value > latest:
            raise Bad(Fault.FUTURE_DATE)
        return value

    return read


def day(latest: date) -> Callable[[str], date]:
    """A reader of dates not after ``latest`` (nor before 1900); a time of day beside it is dropped."""

    def read(cell: str) -> date:
        value = _moment(cell).date()
        if value > latest:
            raise Bad(Fault.FUTURE_DATE)
        return value

    return read


def unless_zero(read: Callable[[str], T]) -> Callable[[str], T | None]:
    """A reader of dates for which the zero date, a database's word for none, is blank ("0000-00-00 00:00:00")."""

    def date_or_none(cell: str) -> T | None:
        return None if _ZERO.fullmatch(ascii_digits(cell)) else read(cell)

    return date_or_none


def birthday(latest: date) -> Callable[[str], tuple[date | None, int, int]]:
    """A reader of (date or None, month, day): a birthday may lack its year ("15 May", "05-15", "15/5")."""
    whole = day(latest)

    def read(cell: str) -> tuple[date | None, int, int]:
        written = ascii_digits(cell)
        match = _YEARLESS.fullmatch(written) or _NAMED.fullmatch(written) or _BENGALI_NAMED.fullmatch(written)
        parts = match.groupdict() if match else {}
        if match and not parts.get("year"):
            month = _month(parts["name"]) if "name" in parts else int(parts["month"] or parts["month2"])
            return None, month, _checked(2000, month, int(parts["day"] or parts["day2"])).day
        value = whole(cell)
        return value, value.month, value.day

    return read


def number(places: int, *, least: Decimal | None = None, below: int = 10**9) -> Callable[[str], Decimal]:
    """A reader of numbers rounded to ``places``, with or without money signs and separators ("৳১,২৫,০০০.৫০").

    Separators are thousands or lakhs; a lone comma before one or two last digits is a decimal comma ("12,50").
    """
    unit = Decimal(1).scaleb(-places)

    def read(cell: str) -> Decimal:
        value = _number(cell).quantize(unit, ROUND_HALF_UP)
        if abs(value) >= below or (least is not None and value < least):
            raise Bad(Fault.BAD_NUMBER)
        return value

    return read


def whole(*, least: int, below: int = 10**9) -> Callable[[str], int]:
    """A reader of whole numbers from ``least`` on."""

    def read(cell: str) -> int:
        value = _number(cell)
        if value != value.to_integral_value() or not least <= value < below:
            raise Bad(Fault.BAD_NUMBER)
        return int(value)

    return read


def email(cell: str) -> str:
    """An address with one @ and a dot after it, in small letters."""
    if len(cell) > 255 or not _EMAIL.fullmatch(cell):
        raise Bad(Fault.BAD_EMAIL)
    return cell.lower()


def _number(cell: str) -> Decimal:
    written = _MONEY_WORDS.sub("", ascii_digits(cell)).replace(" ", "").replace("−", "-")
    negative = written.startswith("-") or (written.startswith("(") and written.endswith(")"))
    written = written.strip("()").removeprefix("-").removeprefix("+")
    if _GROUPED.fullmatch(written):
        written = written.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(written):
        written = written.replace(",", ".")
    if not _PLAIN_NUMBER.fullmatch(written):
        raise Bad(Fault.BAD_NUMBER)
    return Decimal(f"-{written}" if negative else written)


def _moment(cell: str) -> datetime:
    """Seconds since 1970 are refused: phones without their 0 look the same."""
    written = ascii_digits(cell)
    if utc := _UTC.fullmatch(written):
        value = _spelt(utc[1])
        if value.tzinfo is not None:
            raise Bad(Fault.BAD_DATE)
        return value.replace(tzinfo=UTC)
    return _spelt(_APART.sub(r"\1\2", written))


def _spelt(written: str) -> datetime:
    if _SERIAL.fullmatch(written):
        seconds = round(float(written) * 86400)  # as spreadsheets round them
        return _EXCEL_EPOCH + timedelta(seconds=seconds)
    for pattern in (_DAY_FIRST, _YEAR_FIRST, _NAMED, _NAMED_FIRST, _BENGALI_NAMED):
        match = pattern.fullmatch(written)
        if match and match["year"]:
            return _assembled(match.groupdict())
    try:
        value = datetime.fromisoformat(written)
    except ValueError:
        raise Bad(Fault.BAD_DATE) from None
    return _in_range(value)


def _assembled(parts: Mapping[str, str | None]) -> datetime:
    year = int(parts["year"] or 0)
    if year < 100:
        year += 2000 if year < 50 else 1900
    month = _month(parts["name"] or "") if "name" in parts else int(parts["month"] or 0)
    hour = int(parts.get("hour") or 0)
    half = (parts.get("half") or "").lower()
    if half and not 1 <= hour <= 12:
        raise Bad(Fault.BAD_DATE)
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    value = _checked(year, month, int(parts["day"] or 0))
    try:
        return value.replace(hour=hour, minute=int(parts.get("minute") or 0), second=int(parts.get("second") or 0))
    except ValueError:
        raise Bad(Fault.BAD_DATE) from None


def _month(name: str) -> int:
    found = _MONTHS.get(name[:3].lower()) or next((n for start, n in _MONTHS.items() if name.startswith(start)), None)
    if found is None:
        raise Bad(Fault.BAD_DATE)
    return found


def _checked(year: int, month: int, day_of_month: int) -> datetime:
    try:
        return _in_range(datetime(year, month, day_of_month))  # noqa: DTZ001 - files' dates have no zone
    except ValueError:
        raise Bad(Fault.BAD_DATE) from None


def _in_range(value: datetime) -> datetime:
    if not 1900 <= value.year < 2200:
        raise Bad(Fault.BAD_DATE)
    return value
