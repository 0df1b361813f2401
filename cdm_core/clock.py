"""The one place that reads the wall clock. Everything else is handed a time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(slots=True)
class Clock:
    """The business clock of a process: real time plus an offset that only a demo may move.

    ``now()`` is what is due and what "today" is; ``real_now()`` is for leases and rate limits, which always use
    real time.
    """

    zone: ZoneInfo
    offset: timedelta = field(default=timedelta())

    def now(self) -> datetime:
        return self.real_now() + self.offset

    @staticmethod
    def real_now() -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return local_date(self.now(), self.zone)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The business date of an aware ``moment`` in ``zone``."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no date")
    return moment.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which the business ``day`` begins in ``zone``."""
    return datetime.combine(day, time(), zone)
