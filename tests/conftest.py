"""What every test may ask for: a migrated, empty database, a session, and a fixed present."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import settings
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core.db.engine import connect_arguments, create_engine
from cdm_core.db.engine import sessions as make_sessions
from tests import databases, factories

pytest_plugins = ["tests.golden"]

settings.register_profile("cdm", settings(), deadline=None)  # with CI in the environment: the same examples each time
settings.load_profile("cdm")


@pytest.fixture(scope="session")
def server_url() -> Iterator[URL]:
    """A server on which databases may be made; its database here is ``postgres``."""
    with databases.server() as url:
        yield url


@pytest.fixture(scope="session")
async def migrated_url(server_url: URL) -> AsyncIterator[URL]:
    """This process's own copy of the migrated schema. Tests want ``database_url``, which is also clean."""
    async with databases.copy(server_url) as url:
        yield url


@pytest.fixture(scope="session")
async def _clean(migrated_url: URL) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    connection = await asyncpg.connect(**connect_arguments(migrated_url), server_settings={"lock_timeout": "5s"})
    yield connection, await databases.cleaning(connection)
    await connection.close()


@pytest.fixture
async def database_url(migrated_url: URL, _clean: tuple[asyncpg.Connection, str]) -> str:
    """The address of a database that holds nothing but what migrations put there."""
    connection, script = _clean
    await connection.execute(script)
    return migrated_url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def _engine(migrated_url: URL) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_url, pool_size=20, application_name="cdm tests")
    yield engine
    await engine.dispose()


@pytest.fixture
def engine(_engine: AsyncEngine, database_url: str) -> AsyncEngine:
    """A pool over the clean database."""
    return _engine


@pytest.fixture
def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions over the clean database, for what opens its own transactions."""
    return make_sessions(engine)


@pytest.fixture
async def session(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    """One session; commit in the test what others must see, the rest is rolled back."""
    async with sessions() as opened:
        yield opened


@pytest.fixture(scope="session")
def zone() -> ZoneInfo:
    return databases.ZONE


@pytest.fixture(scope="session")
def now() -> datetime:
    """Sunday 22 November 2026, 11:10 in Dhaka: a working morning."""
    return factories.NOW
