"""Somebody, an import most of all, holds for long what an agent's message needs."""

import functools
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from bot import app, worker
from bot.sandbox.personas import default_users
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from cdm_core.db.engine import create_engine, sessions
from tests import databases
from tests.bot.people import ROLES, FrozenClock, Team, running_bot


async def test_a_message_waits_and_is_answered_however_long_it_takes(
    server_url: URL, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(app, "create_engine", functools.partial(create_engine, statement_seconds=0.25))
    monkeypatch.setattr(worker, "COLLISION_SECONDS", (0.01, 0.02))
    state, clock = State(users=[replace(user, started=user.key in ROLES) for user in default_users()]), FrozenClock(now)
    leased = text("SELECT leased_until FROM inbox WHERE state = 'leased'")
    async with databases.copy(server_url) as url, running_sandbox(state) as sandbox:
        engine = create_engine(url, pool_size=4, application_name="cdm bot tests")
        chat = Team(sandbox, state, clock, tmp_path)
        await chat.begin(sessions(engine), now)
        async with running_bot(sandbox, url, clock, limited=False):
            async with engine.connect() as holder, engine.connect() as looking:
                await holder.execute(text("LOCK staff"))
                await chat.nusrat.say("/help")
                leases: set[datetime] = set()
                while len(leases) < 2:
                    leases.update((await looking.execute(leased)).scalars())
                    await looking.rollback()
            await chat.nusrat.sees("What you can type")
            async with engine.connect() as looking:
                tried = text("SELECT state, attempts FROM inbox")
                assert [tuple(row) for row in await looking.execute(tried)] == [("done", 0)]
        await engine.dispose()
