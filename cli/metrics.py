"""Prometheus metrics on ``CDM_METRICS_PORT``: the figures of ``cdm_core.figures``, read when somebody asks."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from cdm_core.exposition import metrics
from cdm_core.figures import Figures, figures

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
            yield from metrics(None)
            return
        yield from metrics(read)

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
