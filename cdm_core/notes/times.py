"""Words of time: clock times, parts of the day, spans ("half an hour", "2 din por")."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7, "month": 30}
_MOST_DAYS = 366
_LONGEST_SPAN = _MOST_DAYS * 24 * 3600


@dataclass(frozen=True, slots=True)
class DayPart:
    """Hours ``[start, end)`` of a day (``end`` below ``start``: past midnight) and the time meant without an hour."""

    start: int
    end: int
    typical: time

    def nearness(self, hour: int) -> int:
        """0 inside, else the hours to the nearer edge; the end itself is inside ("bikal 6tay")."""
        length = (self.end - self.start) % 24
        ahead = (hour - self.start) % 24
        return 0 if ahead <= length else min(ahead - length, 24 - ahead)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as said: ``hour`` may lack its half of the day (``open``), or be absent beside a day-part."""

    start: int
    end: int
    hour: int | None
    minute: int
    open: bool
    part: DayPart | None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; ``sense`` is "future" (in half an hour), "past" (an hour ago) or "length"."""

    start: int
    end: int
    seconds: int
    sense: str


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Whole days from today, ahead or (negative) back."""

    start: int
    end: int
    days: int


def count_at(scan: Scan, index: int) -> tuple[Decimal, int] | None:
    """The number said at ``index`` ("5", "sare 5", "der" before a unit) and the place after it."""
    fraction = scan.has(index, "fractions")
    place = index + 1 if fraction else index
    if scan.kind(place) is Kind.NUMBER and len(scan.atoms[place].form) <= 12:
        value = scan.atoms[place].number
    elif (word := scan.has(place, "numbers")) and (
        fraction or scan.has(place + 1, "units") or scan.has(place + 1, "multipliers")
    ):
        value = Decimal(word.value)
    elif fraction and (clock := scan.has(place, "clocks")):
        return Decimal(clock.value) + Decimal(fraction.value), place + 1
    elif fraction and scan.has(place, "units", *_SECONDS, *_DAYS):
        return 1 + Decimal(fraction.value), place  # "sowa ghonta"
    else:
        return None
    return value + (Decimal(fraction.value) if fraction else 0), place + 1


def span_at(scan: Scan, index: int) -> Span | DaySpan | None:
    """A span that starts at ``index``, its "in", "after", "+" and "ago" included."""
    place = index
    ahead = scan.kind(index) is Kind.PLUS or bool(scan.has(index, "markers", "ahead", "in"))
    if ahead:
        place += 1
    if (days := _days_at(scan, place)) is not None:
        count, end = days
        if scan.has(end, "markers", "after"):
            return DaySpan(index, end + 1, count)
        if scan.has(end, "markers", "before"):
            return DaySpan(place, end + 1, -count)
        return DaySpan(index, end, count) if ahead else None
    if (length := _length_at(scan, place)) is None:
        return None
    seconds, end = length
    if scan.has(end, "markers", "after", "ahead", "later"):
        return Span(index, end + 1, seconds, "future")
    if scan.has(end, "markers", "before"):
        return Span(place, end + 1, seconds, "past")
    return Span(index, end, seconds, "future") if ahead else Span(place, end, seconds, "length")


def clock_at(scan: Scan, index: int, after_day: bool) -> Clock | None:
    """A clock time or part of the day at ``index``; ``after_day``: the words before it name a day."""
    place, at = index, bool(scan.has(index, "markers", "at", "ahead"))
    if at or scan.has(index, "markers", "in"):
        place = _skip_particles(scan, index + 1)
    part = _part_at(scan, place)
    if part:
        place = _skip_particles(scan, place + 1)
    if said := _hour_at(scan, place, loose=bool(at or part or after_day)):
        hour, minute, is_open, place = said
        if not part and (later := _part_at(scan, beyond := _skip_particles(scan, place, 3))):
            part, place = later, beyond + 1
        if not (part or is_open or at or after_day) and hour > 23:
            return None
        earlier = bool(scan.has(place, "markers", "before"))
        if scan.has(place, "markers", "before", "after", "at"):
            place += 1
        return Clock(index, place, hour, minute, is_open, part, earlier)
    if part:
        return Clock(index, place, None, 0, False, part)
    return None


def parse_hhmm(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _days_at(scan: Scan, index: int) -> tuple[int, int] | None:
    counted = count_at(scan, index)
    if counted and (unit := scan.has(counted[1], "units", *_DAYS)):
        days = counted[0] * _DAYS[unit.value]
        return (int(days), counted[1] + 1) if 1 <= days <= _MOST_DAYS else None
    return None


def _length_at(scan: Scan, index: int) -> tuple[int, int] | None:
    """Seconds of "3 min", "1 ghonta 5 min", "2:30 min", and the place after."""
    if scan.kind(index) is Kind.CLOCK and scan.has(index + 1, "units", "minute"):
        minutes, seconds = scan.atoms[index].form.split(":")
        return int(minutes) * 60 + int(seconds), index + 2
    total, place = 0, index
    while counted := count_at(scan, place):
        unit = scan.has(counted[1], "units", *_SECONDS)
        if unit is None:
            break
        total += int(min(counted[0], Decimal(_LONGEST_SPAN)) * _SECONDS[unit.value])
        place = counted[1] + 1
    return (total, place) if 0 < total <= _LONGEST_SPAN else None


def _part_at(scan: Scan, index: int) -> DayPart | None:
    if entry := scan.has(index, "dayparts"):
        return DayPart(int(entry["from"]), int(entry["to"]), parse_hhmm(entry["typical"]))
    return None


def _hour_at(scan: Scan, index: int, loose: bool) -> tuple[int, int, bool, int] | None:
    """Hour, minute, whether its half of the day is open, and the place after; ``loose``: a bare number will do."""
    if scan.kind(index) is Kind.CLOCK:
        hour, past = map(int, scan.atoms[index].form.split(":"))
        if hour > 23 or past > 59 or scan.has(index + 1, "units", "minute"):
            return None
        place = index + 2 if scan.has(index + 1, "units", "hour_mark") else index + 1
        written = scan.atoms[index].form.startswith("0") or hour > 12 or hour == 0
        return _with_half(scan, place, hour, past, not written)
    if word := scan.has(index, "clocks"):
        return _with_half(scan, index + 1, int(word.value), 0, True)
    counted = count_at(scan, index)
    if counted and scan.has(counted[1] - 1, "clocks"):
        return _with_half(scan, counted[1], int(counted[0]), int(counted[0] % 1 * 60), True)
    if counted is None or not Decimal(0) < counted[0] < 24:
        return None
    value, place = counted
    hour = int(value)
    if (minute := _minutes(scan, index, value)) is None:
        return None
    ranged = scan.kind(place) is Kind.DASH or scan.has(place, "markers", "range")
    if ranged and scan.kind(place + 1) is Kind.NUMBER and (until := _hour_at(scan, place + 1, loose)):
        is_open = until[2] if hour <= until[0] else True
        afternoon = not until[2] and until[0] >= 12 and hour < 12 and hour + 12 <= until[0]
        return hour + 12 if afternoon else hour, minute, is_open and hour <= 12, until[3]
    return _marked_hour(scan, place, hour, minute, loose)


def _marked_hour(scan: Scan, place: int, hour: int, minute: int, loose: bool) -> tuple[int, int, bool, int] | None:
    if scan.has(place, "units", "am", "pm") and hour <= 12:
        return _with_half(scan, place, hour, minute, True)
    if scan.has(place, "units", "hour_mark") or (scan.has(place, "units", "piece") and _is_hour(scan, place, loose)):
        place += 1
        more = scan.atoms[place] if scan.kind(place) is Kind.NUMBER else None
        if more and more.form.isdigit() and len(more.form) == 2 and int(more.form) < 60:
            return _with_half(scan, place + 1, hour, int(more.form), hour <= 12)
        return _with_half(scan, place, hour, minute, hour <= 12)
    busy = scan.has(place, "units") or scan.has(place, "money") or scan.has(place, "months")
    if loose and not busy and scan.kind(place) not in (Kind.NUMBER, Kind.PLUS) and not scan.has(place, "multipliers"):
        return hour, minute, hour <= 12, place
    return None


def _is_hour(scan: Scan, place: int, loose: bool) -> bool:
    """Whether "6 ta" is an hour: beside a day or part of it, or before "por", a call, a verb to come, a stop."""
    if loose or _part_at(scan, place + 1) or scan.has(place + 1, "markers") or scan.has(place + 1, "channels", "call"):
        return True
    return bool(scan.has(place + 1, "tenses", "future"))


def _minutes(scan: Scan, index: int, value: Decimal) -> int | None:
    """Minutes of "5.30" (half past five) or of "sare 5"; None when the fraction can be neither."""
    fraction = value % 1
    if not fraction:
        return 0
    if scan.has(index, "fractions"):
        return int(fraction * 60)
    digits = scan.atoms[index].form.partition(".")[2]
    return int(digits) if len(digits) == 2 and int(digits) < 60 else None


def _with_half(scan: Scan, place: int, hour: int, minute: int, is_open: bool) -> tuple[int, int, bool, int]:
    half = scan.has(place, "units", "am", "pm")
    if half and 1 <= hour <= 12:
        return hour % 12 + (12 if half.value == "pm" else 0), minute, False, place + 1
    return hour, minute, is_open, place


def _skip_particles(scan: Scan, place: int, most: int = 1) -> int:
    """The place after up to ``most`` words without meaning of their own ("6 in the evening")."""
    while most and (scan.has(place, "fillers", "particle") or scan.has(place, "markers", "in", "at")):
        place, most = place + 1, most - 1
    return place
