"""A birthday or anniversary told in a note: whose, and on which day."""

from datetime import date

from cdm_core.notes.days import Day
from cdm_core.notes.note import Occasion
from cdm_core.notes.scan import Scan
from cdm_core.words import EventType, Relationship

_REACH = 6


def occasion(scan: Scan, days: list[Day]) -> tuple[Occasion, Day] | None:
    """The occasion and the one of ``days`` that is its date; marks their atoms as used. None without a date."""
    index = next((index for index in range(len(scan)) if scan.has(index, "events")), None)
    if index is None:
        return None
    near = [day for day in days if (day.future or day.past) and _distance(day, index) <= _REACH]
    if not near:
        return None
    day = min(near, key=lambda each: (each.month_day is None, _distance(each, index)))
    relative = _relative(scan, index, day)
    event = scan.atoms[index].meanings["events"]
    that = day.future or day.past or date.min
    month, number = day.month_day or (that.month, that.day)
    scan.use(index, index + 1)
    scan.use(day.start, day.end)
    return Occasion(relative, EventType(event.value), month, number, day.year), day


def _distance(day: Day, index: int) -> int:
    return day.start - index if day.start > index else index - day.end + 1


def _relative(scan: Scan, index: int, day: Day) -> Relationship | None:
    """Whose day it is: the nearest relative named in the same clause; None is the customer's own."""
    start, end = scan.clause(index)
    start = min(start, scan.clause(day.start)[0]) if abs(day.start - index) <= _REACH else start
    places = [place for place in range(start, end) if scan.has(place, "relatives") and not scan.used[place]]
    if not places:
        return None
    nearest = min(places, key=lambda place: abs(place - index))
    scan.use(nearest, nearest + 1)
    return Relationship(scan.atoms[nearest].meanings["relatives"].value)
