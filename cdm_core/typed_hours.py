"""The hours at which to call, as a person says them: "6-8", "সন্ধ্যা", "after 6pm", "dupurer por", "office er por"."""

import csv
import re
from datetime import time
from functools import cache, lru_cache
from importlib.resources import files

from cdm_core.call_hours import Hours, stated_hours
from cdm_core.digits import ascii_digits
from cdm_core.notes.lexicon import spellings
from cdm_core.notes.normal import Kind, fold, squeeze
from cdm_core.notes.scan import Scan
from cdm_core.notes.times import Clock, DayPart, clock_at, parse_hhmm
from cdm_core.thresholds import Thresholds

_AFTER = (
    re.compile(r"(?:after|from|since)\s+(.+)", re.I),
    re.compile(r"(.+?)\s*(?:(?:er |r )?pore?|theke|পরে?|থেকে)", re.I),
)
_BEFORE = (re.compile(r"(?:before|until|till)\s+(.+)", re.I), re.compile(r"(.+?)\s*(?:(?:er |r )?agey?|আগে)", re.I))
_SENSES = (("after", _AFTER), ("before", _BEFORE), ("at", (re.compile(r"(.+)"),)))
_RANGE = re.compile(
    r"(?:between |from )?(.+?)\s*(?:[-–—]|\b(?:to|and|till|until|theke|hote)\b|থেকে|হতে)\s*"
    r"(.+?)\s*(?:\b(?:porjonto|er (?:moddhe|modhye))\b|পর্যন্ত|এর মধ্যে|র মধ্যে)?",
    re.I,
)
_OPEN = "0123456789-–— to"
"""A range written with nothing else leaves open which half of the day it means."""


def said_hours(words: str | None, thresholds: Thresholds) -> Hours | None:
    """What ``typed_hours`` makes of a customer's ``available_time``, in the shop's working day and country."""
    return _remembered(words, (thresholds.workday_start, thresholds.workday_end), thresholds.country) if words else None


def typed_hours(text: str, workday: Hours, country: str = "BD") -> Hours | None:
    """The range that ``text`` says, or None where it says other or more than that.

    Bare hours are those of the working day (local times, its end 00:00 for midnight); "after" lasts until its end,
    "before" begins with it, a part of the day is cut to it.
    """
    written = ascii_digits(text).strip()
    stated = stated_hours(written)
    if stated is not None:
        return _within(stated, workday) if set(written) <= set(_OPEN) and not written.startswith("0") else stated
    if (known := _phrases().get(_key(written))) is not None:
        return _cut(known, workday)
    if (match := _RANGE.fullmatch(written)) and (hours := _between(match[1], match[2], workday, country)):
        return hours
    for sense, patterns in _SENSES:
        for match in filter(None, (pattern.fullmatch(written) for pattern in patterns)):
            clock = _clock(match[1], country)
            if clock is not None:
                return _part(clock.part, sense, workday) if clock.hour is None else _from(clock, sense, workday)
    return None


@lru_cache(maxsize=10_000)
def _remembered(words: str, workday: Hours, country: str) -> Hours | None:
    return typed_hours(words, workday, country)


@cache
def _phrases() -> dict[str, tuple[time, time | None]]:
    """The hours of each phrase of ``data/call_hours.tsv``; an end of None is that of the working day."""
    lines = files("cdm_core").joinpath("data", "call_hours.tsv").read_text("utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {
        _key(phrase): (parse_hhmm(row["from"]), parse_hhmm(row["to"]) if row["to"] else None)
        for row in rows
        for phrase in spellings(row["phrases"])
    }


def _key(text: str) -> str:
    return squeeze("".join(fold(word) for word in text.split()))


def _clock(text: str, country: str) -> Clock | None:
    """The one time of day that ``text`` says and nothing else."""
    scan = Scan(text, country)
    found = next((clock for index in range(len(scan)) if (clock := clock_at(scan, index, True))), None)
    return found if found and _alone(scan, found) else None


def _between(first: str, last: str, workday: Hours, country: str) -> Hours | None:
    """From one hour to another, each said by itself; a part of the day said with the first goes for both."""
    start, end = _clock(first, country), _clock(last, country)
    if start is None or end is None or start.hour is None or end.hour is None:
        return None
    begins = time(_hour(start, workday), start.minute)
    if end.part is not None:
        ends = time(_hour(end, workday), end.minute)
    else:
        halves = (end.hour, (end.hour + 12) % 24) if end.open else (end.hour,)
        ends = next(
            (at for hour in halves if (at := time(hour % 24, end.minute)) > begins), time(halves[0], end.minute)
        )
    return (begins, ends) if begins != ends else None


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


def _part(part: DayPart | None, sense: str, workday: Hours) -> Hours | None:
    assert part is not None, "a clock has an hour or a part of the day"
    if sense == "before":
        return _cut((time(), time(part.start)), workday)
    return _cut((time(part.start), time(part.end % 24) if part.end > part.start else time()), workday)


def _cut(hours: tuple[time, time | None], workday: Hours) -> Hours | None:
    """What of the hours of a day lies in the working day."""
    begins = max(hours[0], workday[0])
    ends = workday[1] if hours[1] is None else min(hours[1], workday[1], key=_end)
    return (begins, ends) if begins.hour * 60 + begins.minute < _end(ends) else None


def _end(at: time) -> int:
    """The minute of the day at which a range ends."""
    return at.hour * 60 + at.minute or 24 * 60


def _hour(clock: Clock, workday: Hours) -> int:
    """Of the hours it may be, the one nearest to its part of the day, else one of the working day."""
    assert clock.hour is not None
    hours = (clock.hour, (clock.hour + 12) % 24) if clock.open and clock.hour <= 12 else (clock.hour,)
    if clock.part is not None:
        return min(hours, key=clock.part.nearness)
    first, last = workday[0].hour, workday[1].hour or 24
    return next((hour for hour in hours if first <= hour <= last), hours[0])
