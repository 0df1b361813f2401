"""The hours at which to call, as an agent types them: "6-8", "সন্ধ্যা", "after 6pm", "dupurer por"."""

import re
from datetime import time

from cdm_core.call_hours import stated_hours
from cdm_core.digits import ascii_digits
from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan
from cdm_core.notes.times import Clock, DayPart, clock_at

Hours = tuple[time, time]

_AFTER = (
    re.compile(r"(?:after|from|since)\s+(.+)", re.I),
    re.compile(r"(.+?)\s*(?:(?:er |r )?pore?|theke|পরে?|থেকে)", re.I),
)
_BEFORE = (re.compile(r"(?:before|until|till)\s+(.+)", re.I), re.compile(r"(.+?)\s*(?:(?:er |r )?agey?|আগে)", re.I))
_SENSES = (("after", _AFTER), ("before", _BEFORE), ("at", (re.compile(r"(.+)"),)))
_OPEN = "0123456789-–— to"
"""A range written with nothing else leaves open which half of the day it means."""


def typed_hours(text: str, workday: Hours, country: str = "BD") -> Hours | None:
    """The range that ``text`` says, or None where it says other or more than that.

    Bare hours are those of the working day (local times, its end 00:00 for midnight); "after" lasts until its end,
    "before" begins with it, a part of the day is cut to it.
    """
    written = ascii_digits(text).strip()
    stated = stated_hours(written)
    if stated is not None:
        return _within(stated, workday) if set(written) <= set(_OPEN) and not written.startswith("0") else stated
    for sense, patterns in _SENSES:
        for match in filter(None, (pattern.fullmatch(written) for pattern in patterns)):
            clock = _clock(match[1], country)
            if clock is not None:
                return _part(clock.part, workday) if clock.hour is None else _from(clock, sense, workday)
    return None


def _clock(text: str, country: str) -> Clock | None:
    """The one time of day that ``text`` says and nothing else."""
    scan = Scan(text, country)
    found = next((clock for index in range(len(scan)) if (clock := clock_at(scan, index, True))), None)
    return found if found and _alone(scan, found) else None


def _from(clock: Clock, sense: str, workday: Hours) -> Hours | None:
    at = time(_hour(clock, workday), clock.minute)
    first, last = workday
    if sense == "after":
        return (at, last) if last == time() or at < last else None
    if sense == "before":
        return (first, at) if first < at else None
    return at, time((at.hour + 1) % 24, at.minute)


def _within(hours: Hours, workday: Hours) -> Hours:
    """The reading of a bare range that lies within the working day, as it stands where none does."""
    (start, end), half = hours, 12
    first, last = workday[0].hour, workday[1].hour or 24
    for add_start, add_end in ((0, 0), (0, half), (half, half)):
        begins, ends = start.hour + add_start, end.hour + add_end
        if first <= begins < ends <= last and ends < 24:
            return start.replace(hour=begins), end.replace(hour=ends)
    return hours


def _alone(scan: Scan, clock: Clock) -> bool:
    """Whether nothing but the clock and words without meaning of their own stands there."""
    return all(
        clock.start <= index < clock.end
        or atom.kind is Kind.STOP
        or bool({"fillers", "channels"} & atom.meanings.keys())
        for index, atom in enumerate(scan.atoms)
    )


def _part(part: DayPart | None, workday: Hours) -> Hours | None:
    assert part is not None, "a clock has an hour or a part of the day"
    first, last = workday[0].hour, workday[1].hour or 24
    begins = max(part.start, first)
    ends = min(part.end if part.end > part.start else 24, last)
    return (time(begins), time(ends % 24)) if begins < ends else None


def _hour(clock: Clock, workday: Hours) -> int:
    assert clock.hour is not None
    hours = (clock.hour, (clock.hour + 12) % 24) if clock.open and clock.hour <= 12 else (clock.hour,)
    if clock.part is not None:
        return min(hours, key=clock.part.nearness)
    first, last = workday[0].hour, workday[1].hour or 24
    return next((hour for hour in hours if first <= hour <= last), hours[0])
