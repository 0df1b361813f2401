"""When a customer answers: the hours they state, and the hours at which calls were answered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from cdm_core.digits import ascii_digits

MIN_ATTEMPTS = 3
"""Fewer calls in a window say nothing about it."""

_WINDOW_HOURS = 2
_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*([ap]m)?\s*(?:-|–|—|to)\s*(\d{1,2})(?:[:.](\d\d))?\s*([ap]m)?", re.I)


@dataclass(frozen=True, slots=True)
class AnswerWindow:
    """``answered`` of ``attempts`` outbound calls between these local times; an end of 00:00 is midnight."""

    start: time
    end: time
    answered: int
    attempts: int


def best_window(calls: Mapping[int, tuple[int, int]], *, workday: tuple[time, time]) -> AnswerWindow | None:
    """The two hours within the working day at which the customer answers best, or None: too few calls to say.

    ``calls`` maps the local hour to (attempts, answered). The rate is judged with one success and one failure
    added, so that 3 of 3 does not beat 9 of 10.
    """
    best: tuple[float, int, int] | None = None
    found: AnswerWindow | None = None
    for hour in range(workday[0].hour, (workday[1].hour or 24) - _WINDOW_HOURS + 1):
        within = [calls.get(each, (0, 0)) for each in range(hour, hour + _WINDOW_HOURS)]
        attempts, answered = sum(a for a, _ in within), sum(b for _, b in within)
        if attempts < MIN_ATTEMPTS or not answered:
            continue
        rank = ((answered + 1) / (attempts + 2), attempts, hour)
        if best is None or rank > best:
            best = rank
            found = AnswerWindow(time(hour), time((hour + _WINDOW_HOURS) % 24), answered, attempts)
    return found


def stated_hours(text: str | None) -> tuple[time, time] | None:
    """The range inside a stated ``available_time`` ("18:00-20:00", "6pm to 8pm", "১৮–২০"), or None: other words."""
    match = _HOURS.fullmatch(ascii_digits(text).strip()) if text else None
    if match is None:
        return None
    start = _time(match[1], match[2], match[3] or match[6])
    end = _time(match[4], match[5], match[6])
    return (start, end) if start is not None and end is not None and start != end else None


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half.lower() == "pm" else 0)
    if number > 24 or int(minute or 0) > 59:
        return None
    return time(number % 24, int(minute or 0))
