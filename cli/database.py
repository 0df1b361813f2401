"""Which database a command works on: the one of ``CDM_DATABASE_URL``, else the embedded server in ``CDM_DATA_DIR``."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.db import embedded
from cdm_core.db.engine import create_engine
from cli.config import Config

_LOOK_SECONDS = 3.0

log = structlog.get_logger(__name__)


@contextmanager
def database_url(config: Config) -> Iterator[str]:
    """The address; an embedded server runs while the block does (or longer, where others use it)."""
    if config.database_url is not None:
        yield config.database_url
        return
    with embedded.start(config.data_dir) as server:
        yield server.url


async def keep_running(config: Config, stop: asyncio.Event) -> None:
    """Start the embedded server again whenever it is found dead, until ``stop`` is set."""
    if config.database_url is None:
        await keep_embedded(config.data_dir, stop)


async def keep_embedded(data_dir: Path, stop: asyncio.Event) -> None:
    """As ``keep_running``, for the server in ``data_dir``."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.wait()
        try:
            status = await asyncio.to_thread(embedded.status, data_dir)
            if not status.running and not stop.is_set():
                log.warning("database_died", again=True)
                await asyncio.to_thread(lambda: embedded.start(data_dir).close())
        except (embedded.ServerError, OSError) as error:
            log.error("database_not_started", error=str(error))


@asynccontextmanager
async def engine_of(config: Config, *, purpose: str, pool_size: int = 4) -> AsyncIterator[AsyncEngine]:
    """A pool for a command that may take its time: no statement timeout."""
    with database_url(config) as url:
        engine = create_engine(url, pool_size=pool_size, application_name=f"cdm {purpose}", statement_seconds=None)
        try:
            yield engine
        finally:
            await engine.dispose()
