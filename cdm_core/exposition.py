"""The figures of the running system as Prometheus metrics, for every process that serves them."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric

from cdm_core.backlog import Backlog
from cdm_core.figures import Figures
from cdm_core.words import InboxState, OutboxState


def metrics(read: Figures | None) -> Iterable[Metric]:
    """What a scrape gets; None: the database did not answer, and there is nothing but ``cdm_database_up 0``."""
    yield GaugeMetricFamily("cdm_database_up", "Whether the database answers", value=0 if read is None else 1)
    if read is None:
        return
    yield from _waiting("cdm_inbox", "Updates received and not done", read.inbox)
    yield from _waiting("cdm_outbox", "Messages not sent, and those in trouble", read.outbox)
    deliveries = GaugeMetricFamily("cdm_deliveries_last_hour", "Attempts to send, by result", labels=["result"])
    for result, number in read.deliveries.items():
        deliveries.add_metric([result], number)
    yield deliveries
    last = GaugeMetricFamily("cdm_job_last_run_timestamp_seconds", "When a job ran last", labels=["job"])
    late = GaugeMetricFamily("cdm_job_lateness_seconds", "How late it was", labels=["job"])
    took = GaugeMetricFamily("cdm_job_duration_seconds", "How long it took", labels=["job"])
    for job, run in read.jobs.items():
        last.add_metric([job], run.ran_at.timestamp())
        late.add_metric([job], run.lateness_seconds)
        took.add_metric([job], run.duration_seconds)
    yield from (last, late, took)
    slots = GaugeMetricFamily("cdm_job_slots_last_day", "Slots of jobs, by how they went", labels=["job", "state"])
    for (job, state), number in read.slots.items():
        slots.add_metric([job, state], number)
    yield slots
    alerts = GaugeMetricFamily("cdm_alerts", "Urgent alerts not closed", labels=["state"])
    for alert_state, number in read.alerts.items():
        alerts.add_metric([alert_state], number)
    yield alerts
    yield GaugeMetricFamily(
        "cdm_stale_customers", "Customers whose numbers wait for the next minute", value=read.stale_customers
    )


def _waiting(
    name: str, about: str, states: Mapping[InboxState, Backlog] | Mapping[OutboxState, Backlog]
) -> Iterable[Metric]:
    numbers = GaugeMetricFamily(name, about, labels=["state"])
    ages = GaugeMetricFamily(f"{name}_oldest_seconds", f"{about}: age of the oldest", labels=["state"])
    for state, waiting in states.items():
        numbers.add_metric([state], waiting.number)
        ages.add_metric([state], waiting.oldest_seconds)
    yield from (numbers, ages)
