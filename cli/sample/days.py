"""When things happen in such a shop: its hours, its week, its feasts."""

from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

WEEKEND = frozenset({5, 6})
"""Friday and Saturday, as ISO weekdays."""

# First day of Ramadan in Bangladesh and both Eids.
_FEASTS = {
    2023: (date(2023, 3, 24), date(2023, 4, 22), date(2023, 6, 29)),
    2024: (date(2024, 3, 12), date(2024, 4, 11), date(2024, 6, 17)),
    2025: (date(2025, 3, 2), date(2025, 3, 31), date(2025, 6, 7)),
    2026: (date(2026, 2, 19), date(2026, 3, 21), date(2026, 5, 28)),
    2027: (date(2027, 2, 9), date(2027, 3, 11), date(2027, 5, 17)),
    2028: (date(2028, 1, 29), date(2028, 2, 28), date(2028, 5, 6)),
}
_SHOPPING_HOURS = (9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
_SHOPPING_WEIGHTS = (2, 4, 6, 6, 4, 4, 4, 5, 5, 5, 7, 9, 11, 9, 4)
_CALLING_HOURS = (10, 11, 12, 13, 15, 16, 17, 18, 19)
_CALLING_WEIGHTS = (6, 9, 8, 3, 6, 8, 8, 9, 6)


def zone_of(now: datetime) -> tzinfo:
    """The zone of an aware ``now``, in which the shop lives."""
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return now.tzinfo


def feast(day: date) -> bool:
    """The weeks in which people buy for Ramadan and the Eids."""
    ramadan, eid, adha = _FEASTS.get(day.year, (date.min, date.min, date.max))
    return ramadan - timedelta(days=10) <= day < eid or adha - timedelta(days=12) <= day < adha


def busyness(day: date) -> float:
    """How much is bought on such a day, an ordinary one being 1."""
    return (2.3 if feast(day) else 1.0) * (1.2 if day.isoweekday() in WEEKEND else 1.0) * (1.1 if day.day < 9 else 1.0)


def shopping(random: Random, day: date, zone: tzinfo) -> datetime:
    """A moment at which people order and browse, mostly in the evening."""
    return _moment(random, day, random.choices(_SHOPPING_HOURS, _SHOPPING_WEIGHTS)[0], zone)


def calling(random: Random, day: date, zone: tzinfo) -> datetime:
    """A moment at which agents call."""
    return _moment(random, day, random.choices(_CALLING_HOURS, _CALLING_WEIGHTS)[0], zone)


def clock(day: date, hour: int, minute: int, zone: tzinfo) -> datetime:
    """That time of that day."""
    return datetime.combine(day, time(hour, minute), zone)


def year_ago(day: date, years: int) -> date:
    """The same day ``years`` before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _moment(random: Random, day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), zone)
