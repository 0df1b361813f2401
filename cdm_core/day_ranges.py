"""A stretch of days as people type it: "24-26 nov", "২৪ থেকে ২৬ নভে", "kal theke 3 din", "until thursday"."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from cdm_core.notes.days import day_at
from cdm_core.notes.normal import Kind, fold
from cdm_core.notes.scan import Scan
from cdm_core.notes.times import count_at

_UNTIL = frozenset(map(fold, ("porjonto", "porjontho", "obdhi", "পর্যন্ত", "অবধি", "অব্দি")))
_UNITS = {"day": 1, "week": 7}
_MOST_DAYS = 366
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Number:
    """The day of a month that is named elsewhere, or else of the one that comes."""

    value: int


@dataclass(frozen=True, slots=True)
class _Weekday:
    """``day`` is the next one from today."""

    day: date


_Said = date | _Number | _Weekday


@dataclass(slots=True)
class _Words:
    """What of a stretch is said: days, a length in days, whether one day is its end, whether the end is missing."""

    days: list[_Said] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    until: bool = False
    unended: bool = False
    vague: bool = False


def read(text: str, today: date, country: str = "BD") -> tuple[date, date] | None:
    """The first and last day that ``text`` names, seen from ``today``.

    None where it names none, or more than one stretch. A day gone by is given as such; the last is never before the
    first.
    """
    words = _words(Scan(text, country), today)
    if words.vague or (words.unended and not words.lengths):
        return None
    match words.days, words.lengths:
        case [], [length]:
            return today, today + timedelta(days=length - 1)
        case [only], []:
            day = _alone(only, today)
            return _ordered(today if words.until else day, day)
        case [only], [length]:
            day = _alone(only, today)
            return day, day + timedelta(days=length - 1)
        case [first, last], []:
            return _ordered(*_both(first, last, today))
    return None


def _words(scan: Scan, today: date) -> _Words:
    found = _Words()
    index = 0
    while index < len(scan):
        place = index + 1
        if scan.has(index, "periods") or (scan.has(index, "months") and day_at(scan, index, today) is None):
            found.vague = True
        elif (counted := count_at(scan, index)) and (unit := scan.has(counted[1], "units", *_UNITS)):
            length = int(counted[0]) * _UNITS[unit.value]
            found.vague |= not 1 <= length <= _MOST_DAYS
            found.lengths.append(length)
            place = counted[1] + 1
        elif said := _day(scan, index, today):
            found.days.append(said[0])
            found.unended = False
            place = said[1]
        elif scan.kind(index) is Kind.NUMBER:
            found.vague = True
        elif scan.has(index, "markers", "range"):
            found.until |= not found.days
            found.unended = bool(found.days)
        elif scan.atoms[index].form in _UNTIL:
            found.until = True
            found.unended = False
        index = place
    return found


def _day(scan: Scan, index: int, today: date) -> tuple[_Said, int] | None:
    """The day at ``index`` and the place after it; a day that no calendar fixes is none."""
    if day := day_at(scan, index, today):
        that = day.future or day.past
        if that is None:
            return None
        return (_Weekday(that) if scan.has(day.end - 1, "weekdays") else that), day.end
    form = scan.atoms[index].form
    counts = scan.has(index + 1, "units") and not scan.has(index + 1, "markers", "range")
    if scan.kind(index) is Kind.NUMBER and form.isdigit() and 1 <= int(form) <= 31 and not counts:
        return _Number(int(form)), index + 1
    return None


def _alone(said: _Said, today: date) -> date:
    match said:
        case _Number(value):
            return _of_month(value, today)
        case _Weekday(day):
            return day
    return said


def _both(first: _Said, last: _Said, today: date) -> tuple[date, date]:
    """A number takes the month of the day beside it, a weekday follows the day before it."""
    match first, last:
        case _Number(value), date():
            return _before(value, last), last
        case _, _:
            begins = _alone(first, today)
    match last:
        case _Number(value):
            return begins, _of_month(value, begins)
        case _Weekday(day):
            return begins, begins + ((day - begins) % _WEEK or _WEEK)
    return begins, last


def _ordered(first: date, last: date) -> tuple[date, date] | None:
    return (first, last) if first <= last else None


def _of_month(number: int, from_: date) -> date:
    """The first such day of a month from ``from_`` on."""
    year, month = from_.year, from_.month
    while number > calendar.monthrange(year, month)[1] or date(year, month, number) < from_:
        year, month = year + month // 12, month % 12 + 1
    return date(year, month, number)


def _before(number: int, until: date) -> date:
    """The last such day of a month up to ``until``."""
    year, month = until.year, until.month
    while number > calendar.monthrange(year, month)[1] or date(year, month, number) > until:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return date(year, month, number)
