"""Which database a command works on: the one of ``CDM_DATABASE_URL``, else the embedded server in ``CDM_DATA_DIR``."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.db import embedded
from cdm_core.db.engine import create_engine
from cli.config import Config


@contextmanager
def database_url(config: Config) -> Iterator[str]:
    """The address; an embedded server runs while the block does (or longer, where others use it)."""
    if config.database_url is not None:
        yield config.database_url
        return
    with embedded.start(config.data_dir) as server:
        yield server.url


@asynccontextmanager
async def engine_of(config: Config, *, purpose: str, pool_size: int = 4) -> AsyncIterator[AsyncEngine]:
    """A pool for a command that may take its time: no statement timeout."""
    with database_url(config) as url:
        engine = create_engine(url, pool_size=pool_size, application_name=f"cdm {purpose}", statement_seconds=None)
        try:
            yield engine
        finally:
            await engine.dispose()
