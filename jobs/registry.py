"""The one list of jobs."""

from jobs import follow_up_reminders, hot_alerts, morning_digest, nightly, stale_refresh, troubles, win_back
from jobs.job import Job, Shop

_JOBS = (morning_digest, nightly, stale_refresh, hot_alerts, follow_up_reminders, win_back, troubles)


def all_jobs(shop: Shop) -> tuple[Job, ...]:
    return tuple(module.job(shop) for module in _JOBS)
