"""Times offered for the next call: within working hours, on days that people work."""

from datetime import date, datetime, time, timedelta

from cdm_core.calendar import day_off, working_day
from cdm_core.thresholds import Thresholds

_RETRY = timedelta(hours=2)
_FULL_MINUTES = 5
_LATE_MORNING, _AFTERNOON = time(11), time(16)


def again_at(now: datetime, thresholds: Thresholds) -> datetime:
    """When to try someone again who was not reached: in two hours, else when the next working day begins."""
    local = now.astimezone(thresholds.zone)
    later = from_now(local, _RETRY)
    if later.date() == local.date() and thresholds.workday_start <= later.time() < thresholds.workday_end:
        return later
    before_work = local.time() < thresholds.workday_start
    first = (
        local.date() if before_work and not day_off(local.date(), thresholds) else working_day(local.date(), thresholds)
    )
    return _at(first, thresholds.workday_start, thresholds)


def from_now(now: datetime, wait: timedelta) -> datetime:
    """After ``wait``, at the next full five minutes."""
    begins = now.replace(second=0, microsecond=0) + wait
    return begins + timedelta(minutes=-begins.minute % _FULL_MINUTES)


def tomorrow(now: datetime, thresholds: Thresholds) -> datetime:
    """Tomorrow, an hour after work begins."""
    day = now.astimezone(thresholds.zone).date() + timedelta(days=1)
    return _at(day, thresholds.workday_start, thresholds) + timedelta(hours=1)


def offers(day: date | None, now: datetime, thresholds: Thresholds) -> list[datetime]:
    """Up to three times to choose from, on ``day`` and the working day after it; without a day, from now on."""
    if day is None:
        first = working_day(now.astimezone(thresholds.zone).date(), thresholds)
        return [again_at(now, thresholds), *(_at(first, hour, thresholds) for hour in (_LATE_MORNING, _AFTERNOON))]
    following = working_day(day, thresholds)
    asked = [_at(day, _LATE_MORNING, thresholds), _at(day, _AFTERNOON, thresholds)]
    return [moment for moment in (*asked, _at(following, _LATE_MORNING, thresholds)) if moment > now]


def _at(day: date, hour: time, thresholds: Thresholds) -> datetime:
    return datetime.combine(day, hour, thresholds.zone)
