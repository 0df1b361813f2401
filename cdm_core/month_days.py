"""Which days of the year the days ahead stand for: birthdays and anniversaries are kept by month and day."""

from calendar import isleap
from datetime import date, timedelta

LEAP_DAY = 229
PLACEHOLDER_YEAR = 1900
"""This year and those before it stand for "year unknown"."""


def month_days(start: date, days: int, leap_day: tuple[int, int]) -> dict[int, date]:
    """The month-days (month · 100 + day) of ``days`` days from ``start`` on, each with its date, the first if twice.

    In ordinary years 29 February is kept on ``leap_day`` (month, day).
    """
    found: dict[int, date] = {}
    for ahead in range(days):
        day = start + timedelta(days=ahead)
        found.setdefault(day.month * 100 + day.day, day)
        if (day.month, day.day) == leap_day and not isleap(day.year):
            found.setdefault(LEAP_DAY, day)
    return found


def completed_years(since: date | None, day: date) -> int | None:
    """The age or years that are completed on the occasion ``day``; None where the year is not known."""
    return day.year - since.year if since is not None and PLACEHOLDER_YEAR < since.year < day.year else None
