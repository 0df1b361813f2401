"""Bots that die, bots that run twice, and a database or a Telegram that goes away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import URL, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from benchmarks import processes
from benchmarks.processes import Running
from bot.call import Call
from bot.commands import ROUTES
from bot.registry import Routes, command
from bot.reply import Reply
from bot.sandbox.client import Sandbox
from bot.sandbox.personas import default_users
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from cdm_core import outbox
from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from cdm_core.errors import CdmError
from cdm_core.outbox import OutMessage
from cdm_core.tables import chats, staff
from cdm_core.words import MessageKind
from tests import databases
from tests.bot.people import running_bot

CLOCK = Clock(databases.ZONE)


@dataclass(frozen=True, slots=True)
class World:
    """A sandbox and a database that no other bot works on; Nusrat is an agent."""

    url: URL
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    sandbox: Sandbox
    state: State

    async def count(self, query: str) -> int:
        async with self.sessions() as session:
            return int((await session.execute(text(query))).scalar_one())

    async def until(self, query: str, number: int, seconds: float = 90) -> None:
        async with asyncio.timeout(seconds):
            while await self.count(query) < number:  # noqa: ASYNC110 - the database offers no event
                await asyncio.sleep(0.02)


@pytest.fixture
async def world(server_url: URL) -> AsyncIterator[World]:
    state = State(users=[replace(user, started=True) for user in default_users()])
    async with databases.copy(server_url) as url, running_sandbox(state) as sandbox:
        engine = create_engine(url, pool_size=5, application_name="cdm bot tests")
        nusrat = state.user("nusrat")
        async with engine.begin() as connection:
            values = {"name": "Nusrat", "role": "agent", "telegram_user_id": nusrat.id}
            ident = (await connection.execute(insert(staff).values(values).returning(staff.c.id))).scalar_one()
            await connection.execute(insert(chats).values(chat_id=nusrat.id, type="private", staff_id=ident))
        yield World(url, engine, sessions(engine), sandbox, state)
        await engine.dispose()


DONE = "SELECT count(*) FROM inbox WHERE state = 'done'"
SENT = "SELECT count(*) FROM outbox WHERE state = 'sent'"


async def test_what_was_said_while_no_bot_ran_is_answered(world: World) -> None:
    await world.sandbox.say("nusrat", "/help")
    async with running_bot(world.sandbox, world.url, CLOCK):
        await world.sandbox.wait_for("nusrat", contains="What you can type")


async def test_two_bots_at_once_answer_everything_once(world: World) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK, limited=False):
        async with running_bot(world.sandbox, world.url, CLOCK, limited=False):
            for _ in range(40):
                await world.sandbox.say("nusrat", "/help")
            await world.until(SENT, 40)
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 41)
    assert len(await world.sandbox.ledger(method="sendMessage")) == 41
    assert await world.count("SELECT count(*) FROM audit_log") == 41


async def test_the_second_bot_takes_over_when_the_first_ends(world: World) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK):
        second = contextlib.AsyncExitStack()
        await second.enter_async_context(running_bot(world.sandbox, world.url, CLOCK))
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 1)
    async with second:
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 2)


async def test_who_takes_over_while_telegram_is_away_keeps_the_one_repeat(world: World) -> None:
    """Though it found Telegram there when it started."""
    first = contextlib.AsyncExitStack()
    await first.enter_async_context(running_bot(world.sandbox, world.url, CLOCK))
    await world.sandbox.say("nusrat", "/help")
    await world.until(SENT, 1)
    async with running_bot(world.sandbox, world.url, CLOCK):
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 2)
        await world.sandbox.fault("server_error", "*", seconds=5)
        async with world.sessions.begin() as session:
            (chat,) = (await session.execute(text("SELECT chat_id FROM chats"))).scalars()
            payload = {"text": "the morning list"}
            await outbox.put(
                session, OutMessage("list", chat, MessageKind.DIGEST, "sendMessage", payload, again="(sent again)")
            )
        await world.until("SELECT count(*) FROM delivery_attempts WHERE result = 'unknown'", 1)
        await first.aclose()
        await world.sandbox.wait_for("nusrat", contains="(sent again)", timeout=20)
        await world.until(SENT, 3)
    assert await world.count("SELECT count(*) FROM delivery_attempts WHERE result = 'unknown'") == 1


async def test_answers_keep_the_order_of_a_chat(world: World) -> None:
    for n in range(30):
        await world.sandbox.say("nusrat", f"/nope{n}")
    async with running_bot(world.sandbox, world.url, CLOCK, limited=False):
        await world.until(SENT, 30)
    answers = [one["text"].split()[1] for one in await world.sandbox.messages("nusrat") if one["from"]["bot"]]
    assert answers == [f"/nope{n}" for n in range(30)]


async def test_asked_to_end_it_finishes_what_is_in_hand(world: World) -> None:
    address = world.url.render_as_string(hide_password=False)
    process = Running(processes.bot, address, world.sandbox.url, world.sandbox.token)
    for _ in range(20):
        await world.sandbox.say("nusrat", "/help")
    await world.until("SELECT count(*) FROM audit_log", 1)
    assert await process.end() == 0
    assert await world.count("SELECT count(*) FROM inbox WHERE state = 'leased'") == 0
    assert await world.count("SELECT count(*) FROM outbox WHERE state IN ('leased', 'sending')") == 0
    assert await world.count("SELECT count(*) FROM audit_log") == await world.count(DONE)


@command("poison", listed=False)
async def poison(call: Call) -> Reply:
    raise RuntimeError("secret words")


@command("refuses", listed=False)
async def refuses(call: Call) -> Reply:
    await call.session.execute(text("UPDATE staff SET name = 'changed'"))
    raise CdmError("unreadable", customer_id=5)


BROKEN = Routes((*ROUTES.all, poison, refuses))


async def test_a_poisonous_message_is_put_aside_and_the_chat_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cdm_core.inbox.BACKOFF_SECONDS", (0.0, 0.0))
    async with running_bot(world.sandbox, world.url, CLOCK, routes=BROKEN):
        await world.sandbox.say("nusrat", "/poison")
        await world.sandbox.say("nusrat", "/help")
        await world.sandbox.wait_for("nusrat", contains="This did not work", after=0)
        await world.sandbox.wait_for("nusrat", contains="What you can type", after=0)
    async with world.sessions() as session:
        row = (await session.execute(text("SELECT attempts, error FROM inbox WHERE state = 'quarantined'"))).one()
    assert row.attempts == 3
    assert "RuntimeError at test_processes.py" in row.error
    assert "secret" not in row.error
    assert "secret" not in capsys.readouterr().out


async def test_a_refusal_takes_back_its_effects_and_is_told(world: World) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK, routes=BROKEN):
        await world.sandbox.say("nusrat", "/refuses")
        await world.sandbox.wait_for("nusrat", contains="Text and contacts only")
    assert await world.count("SELECT count(*) FROM staff WHERE name = 'changed'") == 0
    assert await world.count(DONE) == 1


async def test_malformed_updates_are_put_aside_without_stopping_anything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdm_core.inbox.BACKOFF_SECONDS", (0.0, 0.0))
    bot = world.state.first_bot
    broken: list[dict[str, Any]] = [
        {"message_id": "x", "date": "yesterday", "chat": 5},
        {"message_id": 1, "date": 10**20, "chat": {"id": 1, "type": "private"}, "text": "/help"},
        {"chat": {"id": 2}},
        {},
    ]
    for body in broken:
        world.state.updates.push(bot, "message", body)
    world.state.updates.push(bot, "callback_query", {"id": 5, "data": {"a": 1}})
    async with running_bot(world.sandbox, world.url, CLOCK):
        await world.sandbox.say("nusrat", "/help")
        await world.sandbox.wait_for("nusrat", contains="What you can type")
        await world.until("SELECT count(*) FROM inbox WHERE state IN ('done', 'quarantined')", 6)
    assert await world.count("SELECT count(*) FROM inbox WHERE state = 'quarantined'") >= 4


async def test_the_database_goes_away_and_comes_back(world: World) -> None:
    """Every connection is cut again and again; everything said meanwhile is answered, once."""
    cut = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'cdm bot%' AND pid <> pg_backend_pid()"
    )
    async with running_bot(world.sandbox, world.url, CLOCK, limited=False):
        for _ in range(5):
            for _ in range(10):
                await world.sandbox.say("nusrat", "/help")
            admin = create_engine(world.url, pool_size=1, application_name="cdm admin")
            async with admin.begin() as connection:
                await connection.execute(cut)
            await admin.dispose()
        await world.until(DONE, 50)
        await world.until(SENT, 50)
        assert await world.count("SELECT count(*) FROM audit_log") == 50
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 51)


async def test_telegram_away_at_the_start_is_waited_for(world: World) -> None:
    await world.sandbox.fault("server_error", "*", seconds=1)
    async with running_bot(world.sandbox, world.url, CLOCK):
        await world.sandbox.say("nusrat", "/help")
        await world.sandbox.wait_for("nusrat", contains="What you can type")


async def test_ids_that_start_lower_after_a_quiet_week_are_not_lost(world: World) -> None:
    async with running_bot(world.sandbox, world.url, CLOCK, poll_seconds=1):
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 1)
        queue = world.state.updates.queue(world.state.first_bot.id)
        queue.next_id -= 1_000_000
        async with asyncio.timeout(5):
            while queue.turn < 3:  # noqa: ASYNC110 - until the offset was taken and forgotten
                await asyncio.sleep(0.02)
        await world.sandbox.say("nusrat", "/help")
        await world.until(SENT, 2)
