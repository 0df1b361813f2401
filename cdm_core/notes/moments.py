"""The times of a note: words of days and hours put together, set before or after the note by the verbs."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cdm_core.notes.days import Day, day_at, from_span
from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan
from cdm_core.notes.tense import FUTURE, PAST, tense_of
from cdm_core.notes.times import Clock, DaySpan, Span, clock_at, span_at

Piece = Day | Clock | Span

_NOON = time(12)
_MOST_PIECES = 12


@dataclass(frozen=True, slots=True)
class Present:
    """When and where the note is written: ``now`` in ``zone``; ``working`` hours ``[from, to)`` settle bare hours."""

    now: datetime
    zone: ZoneInfo
    working: tuple[int, int]

    @property
    def today(self) -> date:
        return self.now.date()

    def at(self, day: date, clock: time) -> datetime:
        """That wall time; one the zone skips moves ahead with its clocks."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC).astimezone(self.zone)

    def is_past(self, moment: datetime) -> bool:
        return moment.astimezone(UTC) <= self.now.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the note: ``at``, or ``day`` alone when no hour was said, or neither (``asked``: which day?).

    ``over``: said to come, but over already. ``place`` is the first of its atoms.
    """

    tense: str
    at: datetime | None = None
    day: date | None = None
    asked: bool = False
    over: bool = False
    place: int = 0


def pieces(scan: Scan, present: Present) -> list[Piece]:
    """The words of time in the order of the text; they do not overlap."""
    found: list[Piece] = []
    index = 0
    while index < len(scan) and len(found) < _MOST_PIECES:
        piece = None if scan.used[index] else _piece_at(scan, index, present, found)
        if piece:
            found.append(piece)
            index = piece.end
        else:
            index += 1
    return found


def moments(scan: Scan, found: list[Piece], present: Present) -> list[Moment]:
    """The moments ``found`` makes (lengths of time left out), in order; marks their atoms as used."""
    groups = _grouped(scan, found)
    starts = {piece.start for group in groups for piece in group}
    result = []
    for group in groups:
        start, end = group[0].start, group[-1].end
        others = starts - {piece.start for piece in group}
        day = next((piece for piece in group if isinstance(piece, Day)), None)
        clock = next((piece for piece in group if isinstance(piece, Clock)), None)
        span = next((piece for piece in group if isinstance(piece, Span)), None)
        if _elsewhere(scan, start - 1) or _elsewhere(scan, end) or _denied(scan, group[-1]):
            continue
        begun = _begun(day, clock, present) or bool(day and day.past and not day.future)
        tense = tense_of(scan, start, end, others, planned=clock is not None and not begun, begun=begun)
        if tense != FUTURE and clock is None and _since(scan, start, end):
            continue
        for piece in group:
            scan.use(piece.start, piece.end)
        if tense is None and clock is None and day and day.future == present.today and _told(scan, start):
            tense = PAST
        moment = _from_span(span, present) if span else _resolve(day, clock, tense, present)
        result.append(replace(moment, place=start))
    return result


def _piece_at(scan: Scan, index: int, present: Present, found: list[Piece]) -> Piece | None:
    if span := span_at(scan, index):
        return from_span(span, present.today) if isinstance(span, DaySpan) else span
    if day := day_at(scan, index, present.today):
        return day
    last = found[-1] if found else None
    return clock_at(scan, index, isinstance(last, Day) and _only_joints(scan, last.end, index))


def _only_joints(scan: Scan, start: int, end: int) -> bool:
    """Whether nothing of weight stands in ``[start, end)``: particles, "at", a dash, one stop."""
    stops = 0
    for index in range(start, end):
        if scan.kind(index) is Kind.STOP:
            stops += 1
        elif scan.kind(index) is not Kind.DASH and not (
            scan.has(index, "fillers") or scan.has(index, "markers", "at", "in")
        ):
            return False
    return stops <= 1


def _grouped(scan: Scan, found: list[Piece]) -> list[list[Piece]]:
    """Days with their clock times: neighbours, or the two of one clause; spans stand alone."""
    groups: list[list[Piece]] = []
    for piece in found:
        if isinstance(piece, Span) and piece.sense == "length":
            continue
        last = groups[-1][-1] if groups else None
        if last and len(groups[-1]) == 1 and _belong(scan, last, piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _belong(scan: Scan, first: Piece, second: Piece) -> bool:
    if {type(first), type(second)} != {Day, Clock}:
        return False
    return _only_joints(scan, first.end, second.start) or scan.clause(first.start) == scan.clause(second.start)


def _elsewhere(scan: Scan, index: int) -> bool:
    return bool(scan.has(index, "elsewhere", "delivery"))


def _since(scan: Scan, start: int, end: int) -> bool:
    """Whether something has been so since that day ("kal theke phone off")."""
    return bool(scan.has(end, "markers", "range") or scan.has(start - 1, "markers", "since"))


def _told(scan: Scan, place: int) -> bool:
    """Whether something is said to be so ("aj taka nai"), not only when."""
    return any(scan.has(index, "outcomes") or scan.has(index, "reasons") for index in range(*scan.clause(place)))


def _begun(day: Day | None, clock: Clock | None, present: Present) -> bool:
    """Whether it is a part of today that has begun, no hour being said."""
    if clock is None or clock.hour is not None or clock.part is None or (day and day.future != present.today):
        return False
    return present.at(present.today, time(clock.part.start)) <= present.now


def _denied(scan: Scan, piece: Piece) -> bool:
    """Whether a day is said not to suit ("friday te na")."""
    place = piece.end + 1 if scan.has(piece.end, "fillers", "particle") else piece.end
    return isinstance(piece, Day) and bool(scan.has(place, "negators", "after"))


def _from_span(span: Span, present: Present) -> Moment:
    length = timedelta(seconds=span.seconds)
    now = present.now.astimezone(UTC)
    if span.sense == PAST:
        return Moment(PAST, at=(now - length).astimezone(present.zone))
    exact = (now + length).astimezone(present.zone)
    rounded = exact.replace(second=0, microsecond=0)
    return Moment(FUTURE, at=exact if present.is_past(rounded) else rounded)


def _resolve(day: Day | None, clock: Clock | None, tense: str | None, present: Present) -> Moment:
    if day and day.asked:
        return Moment(FUTURE, asked=True)
    if day and tense != PAST and (day.just_gone(present.today) or (tense == FUTURE and _gone_by(day, present))):
        return Moment(FUTURE, asked=True, over=True)
    if day and (day.future is None or day.past is None):
        tense = PAST if day.future is None else FUTURE
    if day and day.implied and clock is None:
        clock = Clock(day.start, day.end, day.implied.hour, day.implied.minute, open=False, part=None)
    if tense == PAST:
        return Moment(PAST, at=_gone(day, clock, present))
    that = day.future if day else None
    if clock is None:
        return Moment(FUTURE, day=that)
    at = _coming(that, clock, present)
    return Moment(FUTURE, at=at, day=None if at else that, over=at is None)


def _gone_by(day: Day, present: Present) -> bool:
    return day.future is None and day.past is not None and day.past < present.today


def _coming(day: date | None, clock: Clock, present: Present) -> datetime | None:
    """The first time after now that ``clock`` can mean, on ``day`` if one was said; None when that day has none."""
    days = [day] if day else [present.today, present.today + timedelta(days=1)]
    for each in days:
        for at in _readings(each, clock, present, anyhow=day is not None):
            if not present.is_past(at):
                return at
        if clock.hour is None and clock.part and each == present.today and (soon := _still(clock, present)):
            return soon
    return None


def _gone(day: Day | None, clock: Clock | None, present: Present) -> datetime | None:
    """The last time not after now that was meant; None is just now. Without an hour: noon of that day."""
    if clock is None:
        if day is None or day.past is None or day.past >= present.today:
            return None
        return present.at(day.past, _NOON)
    if day is None and clock.hour is None and clock.part and clock.part.start <= present.now.hour < clock.part.end:
        return None
    days = [day.past] if day and day.past else [present.today, present.today - timedelta(days=1)]
    for each in days:
        past = [at for at in _readings(each, clock, present, anyhow=True) if present.is_past(at)]
        if past:
            return past[0]
    return None


def _readings(day: date, clock: Clock, present: Present, anyhow: bool) -> list[datetime]:
    """What ``clock`` can mean on ``day``, likeliest first; ``anyhow``: hours outside work too, if none is within."""
    if clock.hour is None:
        return [present.at(day, clock.part.typical)] if clock.part else []
    halves = [clock.hour % 12, clock.hour % 12 + 12] if clock.open else [clock.hour]
    if clock.part:
        hours = sorted(halves, key=clock.part.nearness)[:1]
    else:
        first, last = present.working
        within = [hour for hour in halves if first <= hour < last]
        hours = within + [hour for hour in reversed(halves) if hour not in within and (anyhow or not within)]
    back = timedelta(hours=1) if clock.earlier else timedelta()
    return [present.at(_night(day, hour, clock), time(hour % 24, clock.minute)) - back for hour in hours]


def _night(day: date, hour: int, clock: Clock) -> date:
    """The small hours of a night belong to the next day's date ("aj rat 1tay")."""
    crosses = clock.part and clock.part.end < clock.part.start and hour <= clock.part.end
    return day + timedelta(days=1) if crosses else day


def _still(clock: Clock, present: Present) -> datetime | None:
    """In half an hour or a little more, while the part of the day lasts."""
    if clock.part is None or clock.part.end < clock.part.start:
        return None
    soon = present.now + timedelta(minutes=60 - present.now.minute % 30)
    soon = soon.replace(second=0, microsecond=0)
    return soon if clock.part.start <= present.now.hour and soon.hour < clock.part.end else None


def as_follow_up(span: Span) -> Span:
    """A bare length of time read as the time until the next call ("line busy, 30 min")."""
    return replace(span, sense="future")
