"""Hours of the day to call in: ranges as they are written, what of them may be called in, and what a card says."""

import re
from dataclasses import dataclass
from datetime import datetime, time

from cdm_core.clock import local_date
from cdm_core.digits import ascii_digits
from cdm_core.facts import Ranking
from cdm_core.thresholds import Thresholds
from cdm_core.words import HoursBasis

Hours = tuple[time, time]
"""From one local time to another; an end of 00:00 is midnight, an end before the start is of the next day."""

ByHour = dict[int, tuple[int, int]]
"""Attempts and answered of outbound calls, by local hour."""

WINDOW_DAYS = 365
"""Older calls say nothing of when somebody answers, nor how likely: people change their hours, and their phones."""

_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*([ap]m)?\s*(?:-|–|—|to)\s*(\d{1,2})(?:[:.](\d\d))?\s*([ap]m)?", re.I)
_DAY = 24 * 60
_FRIDAY = 5


@dataclass(frozen=True, slots=True)
class AnswerWindow:
    """Local times between which calls are answered, by whose experience, and how many ``calls`` that is.

    ``answered`` of them are counted where they are the customer's own, and None where they are all of the shop's.
    """

    start: time
    end: time
    basis: HoursBasis
    calls: int
    answered: int | None


def answer_window(stated: Hours | None, ranking: Ranking | None, calls: ByHour) -> AnswerWindow | None:
    """What is known of when the customer answers: in the hours they stated, if they did there, else by the ranking.

    None where they stated hours in which nobody has reached them yet, and where the ranking has none.
    """
    hours = stated or (stated_hours(ranking.best_call_time) if ranking is not None else None)
    if hours is None:
        return None
    if stated is None and ranking is not None and ranking.best_call_time_by is HoursBasis.SHOP:
        return AnswerWindow(*hours, HoursBasis.SHOP, ranking.best_call_time_n or 0, None)
    if stated is not None and (hours[0].minute or hours[1].minute):
        return None
    within = [count for hour, count in calls.items() if holds(hours, time(hour)) or hour == hours[0].hour]
    attempts, answered = sum(count[0] for count in within), sum(count[1] for count in within)
    basis = HoursBasis.STATED if stated is not None else HoursBasis.OWN
    return AnswerWindow(*hours, basis, attempts, answered) if answered or stated is None else None


def stated_hours(text: str | None) -> Hours | None:
    """The range written as ``text`` ("18:00-20:00", "6pm to 8pm", "১৮–২০"), or None: other words."""
    match = _HOURS.fullmatch(ascii_digits(text).strip()) if text else None
    if match is None:
        return None
    start = _time(match[1], match[2], match[3] or match[6])
    end = _time(match[4], match[5], match[6])
    return (start, end) if start is not None and end is not None and start != end else None


def written(hours: Hours) -> str:
    """``18:00-20:00``."""
    return f"{hours[0]:%H:%M}-{hours[1]:%H:%M}"


def holds(hours: Hours, at: time) -> bool:
    """Whether the local time ``at`` lies in the range."""
    start, end = hours
    return start <= at < end if start < end else at >= start or at < end


def open_parts(weekday: int, thresholds: Thresholds) -> tuple[tuple[int, int], ...]:
    """Minutes of the day ``[start, end)`` in which customers may be called on this ISO weekday."""
    first = _minutes(thresholds.workday_start)
    last = _minutes(thresholds.workday_end) or _DAY
    if weekday != _FRIDAY:
        return ((first, last),) if first < last else ()
    pause = _minutes(thresholds.jumuah_start), _minutes(thresholds.jumuah_end)
    parts = ((first, min(last, pause[0])), (max(first, pause[1]), last))
    return tuple(part for part in parts if part[0] < part[1])


def allowed(hours: Hours, weekday: int, thresholds: Thresholds) -> Hours | None:
    """The longest part of the range, the earliest of them, that may be called in on this weekday; None: no part."""
    parts = _parts(hours, weekday, thresholds)
    if not parts:
        return None
    begins, ends = max(parts, key=lambda part: part[1] - part[0])
    return _at(begins), _at(ends % _DAY)


def today(hours: Hours, now: datetime, thresholds: Thresholds) -> Hours | None:
    """What of the range may be called in on the day of ``now`` (aware); None where no part may."""
    return allowed(hours, local_date(now, thresholds.zone).isoweekday(), thresholds)


def opens_at(hours: Hours, now: datetime, thresholds: Thresholds) -> datetime | None:
    """When the next part of the range that may be called in begins later on the day of ``now`` (aware)."""
    local = now.astimezone(thresholds.zone)
    parts = _parts(hours, local.isoweekday(), thresholds)
    starts = (datetime.combine(local.date(), _at(begins), thresholds.zone) for begins, _ in parts)
    return min((start for start in starts if start > now), default=None)


def _parts(hours: Hours, weekday: int, thresholds: Thresholds) -> list[tuple[int, int]]:
    """The minutes of the range that may be called in on this weekday, the earliest first."""
    start, end = _minutes(hours[0]), _minutes(hours[1]) or _DAY
    ranges = ((start, end),) if start < end else ((start, _DAY), (0, end))
    return [
        (max(start, first), min(end, last))
        for start, end in sorted(ranges)
        for first, last in open_parts(weekday, thresholds)
        if max(start, first) < min(end, last)
    ]


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _at(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half.lower() == "pm" else 0)
    if number > 24 or int(minute or 0) > 59:
        return None
    return time(number % 24, int(minute or 0))
