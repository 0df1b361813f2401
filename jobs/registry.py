"""The one list of jobs."""

from jobs import (
    evening_summary,
    follow_up_reminders,
    hot_alerts,
    morning_digest,
    nightly,
    occasion_reminders,
    stale_refresh,
    troubles,
    weekly_report,
    win_back,
)
from jobs.job import Job, Shop

_JOBS = (
    morning_digest,
    nightly,
    stale_refresh,
    hot_alerts,
    follow_up_reminders,
    occasion_reminders,
    win_back,
    troubles,
    evening_summary,
    weekly_report,
)


def all_jobs(shop: Shop) -> tuple[Job, ...]:
    return tuple(module.job(shop) for module in _JOBS)
