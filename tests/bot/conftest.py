"""The whole bot against the sandbox, in this process, started once for all tests.

    async def test_help(nusrat: Person) -> None:
        await nusrat.say("/help")
        await nusrat.sees("What you can type")
        toast = await nusrat.press("বাংলা")

``chat`` is the team's world: ``chat.tanvir`` (agent, reads Bengali), ``chat.nusrat`` (agent, English),
``chat.farhana`` (manager, leads team Mirpur), ``chat.rafiq`` (admin), ``chat.stranger``, the group "mirpur", the
``sandbox`` client (faults, ledger), the ``clock`` and ``sessions`` on the database. The four and the stranger are
fixtures too. Each test begins with an empty database but for these people, and with the clock at ``now``, standing
still: ``chat.at(moment)`` moves it. ``sees`` looks only at what comes after the person's own last act.

The bot never stops between tests, so tests here have a database of their own: a message that a test elsewhere queues
would be sent before its eyes.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import asyncpg
import httpx
import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from bot.sandbox.personas import default_users
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from cdm_core import api_keys
from cdm_core.db.engine import connect_arguments, create_engine
from cdm_core.words import Scope
from tests import databases
from tests.bot.people import ROLES, FrozenClock, Person, Team, running_bot
from tests.bot.shop import Shop
from tests.factories import NOW
from web.app import WebConfig, create_app


@pytest.fixture(scope="session")
async def migrated_url(server_url: URL) -> AsyncIterator[URL]:
    async with databases.copy(server_url) as url:
        yield url


@pytest.fixture(scope="session")
async def _clean(migrated_url: URL) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    connection = await asyncpg.connect(**connect_arguments(migrated_url), server_settings={"lock_timeout": "5s"})
    yield connection, await databases.cleaning(connection)
    await connection.close()


@pytest.fixture(scope="session")
async def _engine(migrated_url: URL) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_url, pool_size=10, application_name="cdm bot tests")
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def _team(migrated_url: URL, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    state = State(users=[replace(user, started=user.key in ROLES) for user in default_users()])
    async with running_sandbox(state) as sandbox:
        clock = FrozenClock(now)
        files = tmp_path_factory.mktemp("files")
        async with running_bot(sandbox, migrated_url, clock, limited=False, files=files):
            yield Team(sandbox, state, clock, files)


@pytest.fixture
async def chat(
    _team: Team, database_url: str, sessions: async_sessionmaker[AsyncSession], now: datetime
) -> AsyncIterator[Team]:
    await _team.begin(sessions, now)
    yield _team
    await _team.sandbox.clear_faults()
    await _team.settled()


@pytest.fixture
async def shop(chat: Team) -> Shop:
    """The customers that most tests talk of; who wants more makes a ``shop`` of their own."""
    return await Shop.open(chat)


@pytest.fixture
def tanvir(chat: Team) -> Person:
    return chat.tanvir


@pytest.fixture
def nusrat(chat: Team) -> Person:
    return chat.nusrat


@pytest.fixture
def farhana(chat: Team) -> Person:
    return chat.farhana


@pytest.fixture
def rafiq(chat: Team) -> Person:
    return chat.rafiq


@pytest.fixture
def stranger(chat: Team) -> Person:
    return chat.stranger


@pytest.fixture
async def api(chat: Team, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The shop's program, at the clock of the chat."""
    async with chat.sessions.begin() as session:
        key, _ = await api_keys.create(session, "shop", {Scope.READ, Scope.WRITE}, now=NOW)
    app = create_app(WebConfig(database_url, chat.clock, pool_size=2))
    async with app.router.lifespan_context(app):
        headers = {"Authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test", headers=headers) as client:
            yield client
