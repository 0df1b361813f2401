"""The one list of jobs."""

from jobs import hot_alerts, morning_digest, nightly, stale_refresh
from jobs.job import Job, Shop


def all_jobs(shop: Shop) -> tuple[Job, ...]:
    return morning_digest.job(shop), nightly.job(shop), stale_refresh.job(shop), hot_alerts.job(shop)
