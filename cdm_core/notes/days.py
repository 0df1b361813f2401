"""Words of days: kal and porshu, weekdays, "15 may", written dates; each with its next and its last such day."""

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan
from cdm_core.notes.times import DaySpan, parse_hhmm
from cdm_core.words import Outcome

_YEARS_AHEAD = 8
_NEXT_MONTH = "30"
_WISHES = (Outcome.INTERESTED, Outcome.CALLBACK_REQUESTED)
_LATELY = timedelta(days=60)
_SHORT_MONTH = 3
"""Letters of months' names that are other words too: "may", "mar", "jan"."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day as said at ``[start, end)`` of the atoms: the day it is if to come, and the day it is if gone.

    ``month_day`` and ``year`` are set for calendar dates; ``implied`` is the hour where the words imply one;
    ``asked``: the words leave open which day it is ("after Eid").
    """

    start: int
    end: int
    future: date | None
    past: date | None
    implied: time | None = None
    month_day: tuple[int, int] | None = None
    year: int | None = None
    asked: bool = False

    def just_gone(self, today: date) -> bool:
        """Whether it is a date without a year that was lately, and comes again in most of a year only."""
        return bool(self.month_day and self.year is None and self.past and today - self.past <= _LATELY)


def day_at(scan: Scan, index: int, today: date) -> Day | None:
    """The day named at ``index``, or None."""
    if scan.kind(index) is Kind.DATE:
        return _written(scan, index, today)
    if entry := scan.has(index, "days"):
        return _relative(index, entry.value, entry["sense"], today)
    if entry := scan.has(index, "periods"):
        number = _small(scan, index + 1) if scan.has(index + 2, "units", "ordinal") else None
        if entry.value == _NEXT_MONTH and number:
            first = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
            return Day(index, index + 3, _day_of(first.year, first.month, number), None)
        return Day(index, index + 1, today + timedelta(days=int(entry.value)), None)
    if found := _weekday(scan, index, today):
        return found
    return _month_day(scan, index, today)


def from_span(span: DaySpan, today: date) -> Day:
    that = today + timedelta(days=span.days)
    return Day(span.start, span.end, that if span.days > 0 else None, that if span.days < 0 else None)


def calendar_day(start: int, end: int, month: int, day: int, year: int | None, today: date) -> Day | None:
    """The coming and the last ``day`` of ``month`` (today counts as coming); None when there is no such day.

    With a ``year`` there is only that one, to come or gone.
    """
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]):
        return None
    if year is not None:
        if day > calendar.monthrange(year, month)[1]:
            return None
        that = date(year, month, day)
        coming, gone = (that, None) if that >= today else (None, that)
    else:
        years = (y for y in range(today.year, min(today.year + _YEARS_AHEAD, date.max.year) + 1))
        coming = next((d for y in years if (d := _day_of(y, month, day)) and d >= today), None)
        back = (y for y in range(today.year, max(today.year - _YEARS_AHEAD, 1) - 1, -1))
        gone = next((d for y in back if (d := _day_of(y, month, day)) and d < today), None)
    return Day(start, end, coming, gone, month_day=(month, day), year=year)


def _relative(index: int, days: str, sense: str, today: date) -> Day:
    ahead, back = today + timedelta(days=int(days)), today - timedelta(days=int(days))
    match sense:
        case "future":
            return Day(index, index + 1, ahead, None)
        case "past":
            return Day(index, index + 1, None, back)
        case "ask":
            return Day(index, index + 1, None, None, asked=True)
        case "now":
            return Day(index, index + 1, None, today)
        case _:
            return Day(index, index + 1, ahead, back)


def _weekday(scan: Scan, index: int, today: date) -> Day | None:
    shift, place = 0, index
    if scan.has(index, "markers", "this", "next", "last"):
        shift, place = (-1 if scan.has(index, "markers", "last") else 1), index + 1
    entry = scan.has(place, "weekdays")
    if entry is None:
        return None
    ahead = (int(entry.value) - today.weekday()) % 7 or 7
    back = (today.weekday() - int(entry.value)) % 7 or 7
    found = Day(index, place + 1, today + timedelta(days=ahead), today - timedelta(days=back))
    if entry["time"] != "-":
        found = replace(found, implied=parse_hhmm(entry["time"]))
    if shift < 0:
        return replace(found, future=None)
    return replace(found, past=None) if shift > 0 else found


def _month_day(scan: Scan, index: int, today: date) -> Day | None:
    """ "15 may", "may 15th", "15 tarikh", each with a year or without; a month alone asks for the day."""
    if scan.has(index, "month_parts") and scan.has(index + 1, "months"):
        return Day(index, index + 2, None, None, asked=True)
    if month := scan.has(index, "months"):
        place = index + 2 if scan.has(index + 1, "fillers", "particle") else index + 1
        if (day := _small(scan, place)) is None or scan.has(place + 1, "money", "unit"):
            return _some_day(scan, index)
        place += 2 if scan.has(place + 1, "units", "ordinal") else 1
        year, place = _year(scan, place)
        return calendar_day(index, place, int(month.value), day, year, today)
    if (day := _small(scan, index)) is None:
        return _year_first(scan, index, today)
    ordinal = scan.has(index + 1, "units", "ordinal")
    place = index + 2 if ordinal else index + 1
    while scan.kind(place) is Kind.DASH or (scan.has(place, "fillers", "particle") and not scan.has(place, "months")):
        place += 1
    if month := scan.has(place, "months"):
        year, place = _year(scan, place + 1)
        return calendar_day(index, place, int(month.value), day, year, today)
    return _day_of_month(index, index + 2, day, today) if ordinal else None


def _year_first(scan: Scan, index: int, today: date) -> Day | None:
    """ "২০২৫ সালের ১ জানুয়ারি": the year before the day."""
    year, place = _year(scan, index)
    if year is None or place > index + 2:
        return None
    place += 1 if scan.has(place, "fillers", "particle") else 0
    day = _month_day(scan, place, today) if scan.kind(place) is Kind.NUMBER else None
    if day is None or day.month_day is None or day.year is not None:
        return None
    return calendar_day(index, day.end, *day.month_day, year, today)


def _some_day(scan: Scan, index: int) -> Day | None:
    """A month in which something will be: "january te nibe", "in may", "december er sheshe"; "may" may be a verb."""
    beside = bool(scan.has(index + 1, "month_parts"))
    if beside or scan.has(index - 1, "markers", "in", "next", "this"):
        return Day(index, index + 1 + beside, None, None, asked=True)
    place = index + 1 if scan.has(index + 1, "fillers", "particle") else index
    told = scan.has(place + 1, "tenses", "future") or scan.has(place + 1, "outcomes", *_WISHES)
    long = len(scan.atoms[index].form) > _SHORT_MONTH or place > index
    return Day(index, place + 1, None, None, asked=True) if told and long else None


def _day_of_month(start: int, end: int, day: int, today: date) -> Day:
    """The next "15 tarikh" and the last one."""
    first = today.replace(day=1)
    months = [first]
    for _ in range(2):
        months.append((months[-1] + timedelta(days=31)).replace(day=1))
        first = (first - timedelta(days=1)).replace(day=1)
        months.insert(0, first)
    days = [d for month in months if (d := _day_of(month.year, month.month, day))]
    coming = next((that for that in days if that >= today), None)
    return Day(start, end, coming, next((that for that in reversed(days) if that < today), None))


def _written(scan: Scan, index: int, today: date) -> Day | None:
    """A date in figures, day before month as Bangladesh writes it unless the year leads."""
    import dateparser  # a third of a second and 30 MB that most processes never need

    form = scan.atoms[index].form
    parsed = dateparser.parse(
        form,
        languages=["en"],
        settings={
            "DATE_ORDER": "YMD" if len(form.replace(".", "/").replace("-", "/").split("/")[0]) == 4 else "DMY",
            "RELATIVE_BASE": datetime.combine(today, time()),
            "PREFER_DATES_FROM": "future",
            "REQUIRE_PARTS": ["day", "month"],
            "PARSERS": ["absolute-time"],
        },
    )
    if parsed is None:
        return None
    yearless = len(form.replace(".", "/").replace("-", "/").split("/")) == 2
    return calendar_day(index, index + 1, parsed.month, parsed.day, None if yearless else parsed.year, today)


def _small(scan: Scan, index: int) -> int | None:
    if scan.kind(index) is Kind.NUMBER and (form := scan.atoms[index].form).isdigit() and len(form) <= 2:
        return int(form) if 1 <= int(form) <= 31 else None
    return None


def _year(scan: Scan, index: int) -> tuple[int | None, int]:
    """A year at ``index`` (a comma may stand before it) and the place after it."""
    place = index + 1 if scan.kind(index) is Kind.STOP and scan.atoms[index].form == "," else index
    if scan.kind(place) is Kind.NUMBER and (form := scan.atoms[place].form).isdigit() and len(form) == 4:
        named = bool(scan.has(place + 1, "units", "year"))
        following = scan.has(place + 1, "money") or scan.has(place + 1, "units")
        if 1900 <= int(form) <= 2100 and (named or not following):
            return int(form), place + 1 + named
    return None, index


def _day_of(year: int, month: int, day: int) -> date | None:
    """That day, or None where the month of that year is shorter."""
    return date(year, month, day) if day <= calendar.monthrange(year, month)[1] else None
