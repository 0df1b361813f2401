"""Prometheus metrics on ``CDM_METRICS_PORT``: the figures of ``cdm_core.figures``, read when somebody asks."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core.backlog import Backlog
from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from cdm_core.figures import Figures, figures
from cdm_core.words import InboxState, OutboxState

HOST = "127.0.0.1"
_SECONDS = 5.0


class FiguresCollector(Collector):
    """Asks the database in the event loop ``loop`` from the thread that serves the metrics."""

    def __init__(self, made: async_sessionmaker[AsyncSession], clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._made, self._clock, self._loop = made, clock, loop

    def collect(self) -> Iterable[Metric]:
        """With the database away there is nothing but ``cdm_database_up 0``."""
        try:
            read = asyncio.run_coroutine_threadsafe(self._read(), self._loop).result(_SECONDS)
        except Exception:
            yield GaugeMetricFamily("cdm_database_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("cdm_database_up", "Whether the database answers", value=1)
        yield from _metrics(read)

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    async def _read(self) -> Figures:
        async with self._made() as session:
            return await figures(session, now=self._clock.now())


@asynccontextmanager
async def serving(database_url: str, clock: Clock, port: int | None) -> AsyncIterator[None]:
    """Serve them while inside, on the loopback alone; without a port, nothing."""
    if port is None:
        yield
        return
    engine: AsyncEngine = create_engine(database_url, pool_size=1, application_name="cdm metrics")
    registry = CollectorRegistry()
    for each in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(each)
    registry.register(FiguresCollector(sessions(engine), clock, asyncio.get_running_loop()))
    server, thread = start_http_server(port, HOST, registry)
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await asyncio.to_thread(thread.join)
        await engine.dispose()


def _metrics(read: Figures) -> Iterable[Metric]:
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
