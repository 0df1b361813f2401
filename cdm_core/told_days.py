"""Days of the year as people write them of a birthday or anniversary: "15 May 1992", "১৫ মে", "24/11/18"."""

import re
from dataclasses import dataclass
from datetime import date

from cdm_core.notes.days import calendar_day, day_at
from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan

_MOST_DAYS = 6
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d\d")


@dataclass(frozen=True, slots=True)
class ToldDay:
    """A day at ``[start, end)`` of the atoms; the ``year`` may be unsaid."""

    start: int
    end: int
    month: int
    day: int
    year: int | None

    @property
    def date(self) -> date | None:
        return None if self.year is None else date(self.year, self.month, self.day)


def told_days(scan: Scan, today: date) -> list[ToldDay]:
    """The first calendar days of the text in order. A year of two digits is the last such year that has begun."""
    found: list[ToldDay] = []
    index = 0
    while index < len(scan) and len(found) < _MOST_DAYS:
        told = _told(scan, index, today)
        if told is not None:
            found.append(told)
        index = told.end if told else index + 1
    return found


def only_day(text: str, today: date, country: str) -> ToldDay | None:
    """The day that the whole ``text`` is, words such as "birthday" aside; None if it says anything else."""
    scan = Scan(text, country)
    days = told_days(scan, today)
    if len(days) != 1:
        return None
    scan.use(days[0].start, days[0].end)
    rest = (
        index
        for index, atom in enumerate(scan.atoms)
        if not (scan.used[index] or atom.kind in (Kind.STOP, Kind.DASH) or {"events", "fillers"} & atom.meanings.keys())
    )
    return days[0] if next(rest, None) is None else None


def _told(scan: Scan, index: int, today: date) -> ToldDay | None:
    named = scan.kind(index) is Kind.WORD
    if named and not (scan.has(index, "months") and not scan.atoms[index].forgiven):
        return None
    day = day_at(scan, index, today)
    if day is None or day.month_day is None:
        return None
    (month, number), year, end = day.month_day, day.year, day.end
    if scan.kind(index) is Kind.DATE:
        if year is not None and year > today.year and _SHORT_YEAR.fullmatch(scan.atoms[index].form):
            year -= 100
    elif year is None:
        year, end = _year_after(scan, end, today)
    if year is not None and calendar_day(0, 0, month, number, year, today) is None:
        return None
    return ToldDay(index, end, month, number, year)


def _year_after(scan: Scan, index: int, today: date) -> tuple[int | None, int]:
    """The year in "15-May-1992", "15 may 92" and "15 may 1801", and the place after it."""
    place = index + 1 if scan.kind(index) is Kind.DASH else index
    form = scan.atoms[place].form if scan.kind(place) is Kind.NUMBER else ""
    if not form.isdecimal() or len(form) not in (2, 4) or form == "0000":
        return None, index
    if len(form) == 4:
        return int(form), place + 1
    century = today.year // 100 * 100
    year = century + int(form)
    return (year if year <= today.year else year - 100), place + 1
