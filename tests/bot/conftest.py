"""The whole bot against the sandbox, in this process, started once for all tests.

    async def test_help(nusrat: Person) -> None:
        await nusrat.say("/help")
        await nusrat.sees("What you can type")
        toast = await nusrat.press("বাংলা")

``chat`` is the team's world: ``chat.tanvir`` (agent, reads Bengali), ``chat.nusrat`` (agent, English),
``chat.farhana`` (manager, leads team Mirpur), ``chat.rafiq`` (admin), ``chat.stranger``, the group "mirpur", the
``sandbox`` client (faults, ledger), the ``clock`` and ``sessions`` on the database. The four and the stranger are
fixtures too. Each test begins with an empty database but for these people, and with the clock at ``now``, standing
still: ``chat.at(moment)`` moves it. The bot looks only at what comes after a person's own last act.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot.sandbox.personas import default_users
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from tests.bot.people import ROLES, FrozenClock, Person, Team, running_bot


@pytest.fixture(scope="session")
async def _team(migrated_url: URL, now: datetime) -> AsyncIterator[Team]:
    state = State(users=[replace(user, started=user.key in ROLES) for user in default_users()])
    async with running_sandbox(state) as sandbox:
        clock = FrozenClock(now)
        async with running_bot(sandbox, migrated_url, clock, limited=False):
            yield Team(sandbox, state, clock)


@pytest.fixture
async def chat(
    _team: Team, database_url: str, sessions: async_sessionmaker[AsyncSession], now: datetime
) -> AsyncIterator[Team]:
    await _team.begin(sessions, now)
    yield _team
    await _team.sandbox.clear_faults()
    await _team.settled()


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
