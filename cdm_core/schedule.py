"""What the clock does, when, and how late it may still be done: the jobs as data, and the arithmetic of their slots.

A slot is one thing to be done once on one local date: a person's morning digest of that day, a night's purge. Local
times are turned into moments date by date, so that neither summer time nor a clock set back doubles or drops one.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cdm_core import calendar
from cdm_core.clock import local_date
from cdm_core.thresholds import Thresholds
from cdm_core.words import RunState

LATE_AFTER = timedelta(minutes=2)
"""A slot done later than this is marked late."""

_BESIDE = "@"

LOOK_BACK = timedelta(days=31)
"""After a longer standstill, older slots are not even reported."""


class JobName(StrEnum):
    MORNING_DIGEST = "morning-digest"
    NIGHTLY = "nightly"
    STALE_REFRESH = "stale-refresh"
    HOT_ALERTS = "hot-alerts"
    FOLLOW_UP_REMINDERS = "follow-up-reminders"
    OCCASION_REMINDERS = "occasion-reminders"
    WIN_BACK = "win-back"
    TROUBLES = "troubles"
    EVENING_SUMMARY = "evening-summary"
    WEEKLY_REPORT = "weekly-report"


EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class Plan:
    """When a job is due: ``at`` the local time the settings give, each person's own (``personal``), or each minute.

    ``weekdays`` are the ISO weekdays of a job with a time, ``holidays`` whether it is due on public holidays too.
    ``window`` is how long after its time a slot is still worth
    doing; later it has expired. ``repeatable``: it tells nobody anything, so by hand it runs as often as somebody asks.
    """

    at: Callable[[Thresholds], time] | None = None
    weekdays: Callable[[Thresholds], Collection[int]] = lambda _: EVERY_DAY
    personal: bool = False
    holidays: bool = True
    window: timedelta = timedelta(minutes=1)
    repeatable: bool = False

    @property
    def each_minute(self) -> bool:
        return self.at is None and not self.personal

    def on(self, day: date, limits: Thresholds) -> bool:
        """Whether a job with a time is due on ``day`` at all."""
        return day.isoweekday() in self.weekdays(limits) and (self.holidays or calendar.holiday(day, limits) is None)


PLANS: dict[JobName, Plan] = {
    JobName.MORNING_DIGEST: Plan(personal=True, window=timedelta(hours=6)),
    JobName.NIGHTLY: Plan(at=lambda _: time(2), window=timedelta(hours=20), repeatable=True),
    JobName.STALE_REFRESH: Plan(),
    JobName.HOT_ALERTS: Plan(),
    JobName.FOLLOW_UP_REMINDERS: Plan(),
    JobName.OCCASION_REMINDERS: Plan(at=lambda limits: limits.workday_start, window=timedelta(hours=6)),
    JobName.WIN_BACK: Plan(at=lambda limits: limits.winback_at, window=timedelta(hours=12), repeatable=True),
    JobName.TROUBLES: Plan(),
    JobName.EVENING_SUMMARY: Plan(
        at=lambda limits: limits.evening_summary_at,
        weekdays=lambda limits: EVERY_DAY - limits.weekend,
        holidays=False,
        window=timedelta(hours=4),
    ),
    JobName.WEEKLY_REPORT: Plan(
        at=lambda limits: limits.weekly_report_at,
        weekdays=lambda limits: {limits.weekly_report_weekday},
        window=timedelta(hours=24),
    ),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One run: ``key`` tells whom or what it is for ("" where there is but one), ``now`` is when it is judged.

    ``by_hand``: somebody asked for it. ``planned``: it is the one of its day; else it runs beside it.
    """

    job: JobName
    key: str
    local_date: date
    at: datetime
    now: datetime
    by_hand: bool = False
    planned: bool = True

    @property
    def name(self) -> str:
        """What the ledger and messages know it by, with its job and day: one beside the plan by its minute too."""
        return self.key if self.planned else f"{self.key}{_BESIDE}{self.at.astimezone(UTC):%H%M}"

    @property
    def expires_at(self) -> datetime | None:
        """When its message is not worth sending any more; what somebody asked for always is."""
        return None if self.by_hand else self.now + PLANS[self.job].window

    @property
    def lateness(self) -> timedelta:
        return max(self.now - self.at, timedelta())

    @property
    def fate(self) -> RunState:
        """What becomes of it when it is run now: done, done late, or, where nobody asks for it, expired."""
        if self.lateness >= PLANS[self.job].window and not self.by_hand:
            return RunState.EXPIRED
        return RunState.LATE if self.lateness > LATE_AFTER else RunState.DONE


def moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The one moment (UTC) that is ``at`` on the local ``day``; None where the zone skipped that whole day.

    A time that happens twice is its first, one that is skipped is as long after (else before) the gap as it is into it.
    """
    for fold in (0, 1):
        found = datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)
        if found.astimezone(zone).date() == day:
            return found
    return None


def slots(
    job: JobName,
    key: str,
    at: time,
    zone: ZoneInfo,
    *,
    last: datetime | None,
    now: datetime,
    weekdays: Collection[int] = EVERY_DAY,
    since: datetime | None = None,
) -> tuple[Slot, ...]:
    """The slots of local time ``at`` (on ISO ``weekdays``) that came up to ``now``, the oldest first.

    All that were still within the job's window at the tick before, ``last``, or came since: the ledger knows which of
    them were done. With no tick before, those still within it now. None is of a time before ``since``.
    """
    first = max(min(last or now, now) - PLANS[job].window, now - LOOK_BACK)
    found = []
    day = local_date(first, zone) - timedelta(days=1)
    while day <= local_date(now, zone) + timedelta(days=1):
        due = moment(day, at, zone) if day.isoweekday() in weekdays else None
        if due is not None and first < due <= now and (since is None or due >= since):
            found.append(Slot(job, key, day, due, now))
        day += timedelta(days=1)
    return tuple(found)


def asked_for(job: JobName, key: str, at: time | None, zone: ZoneInfo, *, asked: datetime, now: datetime) -> Slot:
    """The slot that somebody asks for as of ``asked``, judged at ``now``; ``at`` is the plan's time on that day.

    It is the planned one once the time of that has come. Before, and on a day without one (``at`` None), it runs
    beside the plan, so that the planned one still comes.
    """
    day = local_date(asked, zone)
    due = None if at is None else moment(day, at, zone)
    planned = due is not None and due <= now
    return Slot(job, key, day, due if due is not None and planned else asked, now, by_hand=True, planned=planned)


def person_of(name: str) -> int | None:
    """Whom the slot of this name is for; None where it is for nobody alone."""
    key = name.partition(_BESIDE)[0]
    return int(key) if key.isdecimal() else None


def is_planned(name: str) -> bool:
    """Whether the slot of this name is one of the plan, not one beside it."""
    return _BESIDE not in name


def next_moment(at: time, zone: ZoneInfo, *, now: datetime, on: Callable[[date], bool]) -> datetime | None:
    """When ``at`` comes next after ``now`` on a day that counts (``on``); None where there is none for two weeks."""
    day = local_date(now, zone)
    for ahead in range(15):
        candidate = day + timedelta(days=ahead)
        due = moment(candidate, at, zone) if on(candidate) else None
        if due is not None and due > now:
            return due
    return None
