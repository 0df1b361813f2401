"""The keeper of files alone: two at once, one that died in the middle, a contact undone while its file is fetched.

On a database of their own: the bot that serves the other tests keeps files too.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot.api import BotApi
from bot.file_keeper import FileKeeper
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from cdm_core import contact_files, interactions
from cdm_core.access import CustomerRef
from cdm_core.clock import Clock
from cdm_core.contact_files import Place, SentFile
from cdm_core.contacts import Contact
from cdm_core.db.engine import create_engine
from cdm_core.db.engine import sessions as make_sessions
from cdm_core.db.notify import Bells
from cdm_core.words import FileKind
from tests import databases
from tests.core.people import people
from tests.databases import ZONE
from tests.factories import NOW


@dataclass
class World:
    sandbox: Sandbox
    state: State
    sessions: async_sessionmaker[AsyncSession]
    url: URL
    folder: Path

    async def want(self, number: int) -> Place:
        """A contact with so many voice notes that nobody has fetched."""
        async with self.sessions() as session:
            who = await people(session)
            ref = CustomerRef(who.rahim, "", who.tanvir.id)
            logged = await interactions.log(session, who.tanvir, ref, Contact(at=NOW), now=NOW)
            kept = [self.state.add_file(b"voice %d" % n, "voice", "v.ogg", "audio/ogg") for n in range(number)]
            sent = [SentFile(FileKind.VOICE, self.state.first_bot.id, one.id, one.unique_id) for one in kept]
            await contact_files.add(session, who.rahim, logged.interaction_id, sent, origin="1:1", now=NOW)
            await session.commit()
        return Place(who.rahim, logged.interaction_id)

    @contextlib.asynccontextmanager
    async def keepers(self, number: int) -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with BotApi(self.sandbox.token, self.sandbox.url) as api, Bells(self.url, application_name="t") as bells:
            keepers = [
                asyncio.create_task(FileKeeper(api, self.sessions, bells, Clock(ZONE), self.folder, stop).run())
                for _ in range(number)
            ]
            yield
            stop.set()
            bells.ring("files")
            await asyncio.gather(*keepers)

    async def until(self, condition: str) -> None:
        async with asyncio.timeout(15), self.sessions() as session:
            while not (await session.execute(text(f"SELECT {condition}"))).scalar_one():
                await session.rollback()
                await asyncio.sleep(0.01)

    def lies_there(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
async def world(server_url: URL, tmp_path: Path) -> AsyncIterator[World]:
    state = State()
    async with databases.copy(server_url) as url, running_sandbox(state) as sandbox:
        engine = create_engine(url, pool_size=10, application_name="cdm file tests")
        yield World(sandbox, state, make_sessions(engine), url, tmp_path / "files")
        await engine.dispose()


ALL_KEPT = "NOT EXISTS (SELECT FROM interaction_files WHERE state <> 'kept')"


async def test_two_at_once_fetch_each_file_once(world: World) -> None:
    await world.want(12)
    async with world.keepers(2):
        await world.until(ALL_KEPT)
    assert len(world.lies_there()) == 12
    assert len(await world.sandbox.ledger(method="getFile")) == 12


async def test_what_one_that_died_left_is_fetched_anew(world: World) -> None:
    await world.want(1)
    async with world.sessions.begin() as session:
        await session.execute(text("UPDATE interaction_files SET attempts = 1, next_attempt_at = clock_timestamp()"))
        name = (
            "SELECT '2026/' || customer_id || '/.' || id || '-' || file_unique_id || '.ogg.part' FROM interaction_files"
        )
        half = world.folder / (await session.execute(text(name))).scalar_one()
    half.parent.mkdir(parents=True)
    half.write_bytes(b"voi")
    async with world.keepers(1):
        await world.until(ALL_KEPT)
    assert world.lies_there() == [b"voice 0"]


async def test_a_contact_undone_while_its_file_is_fetched_leaves_nothing(world: World) -> None:
    place = await world.want(1)
    await world.sandbox.fault("slow", "getFile", ms=300)
    async with world.keepers(1):
        await world.until("EXISTS (SELECT FROM interaction_files WHERE attempts = 1)")
        async with world.sessions.begin() as session:
            assert await contact_files.drop(session, place) == 1
        assert len(await world.sandbox.ledger(method="getFile", count=1, wait=5)) == 1
        await world.until("true")
    assert world.lies_there() == []


async def test_a_folder_that_cannot_be_written_is_tried_again(world: World) -> None:
    await world.want(1)
    world.folder.write_bytes(b"in the way")
    async with world.keepers(1):
        await world.until("EXISTS (SELECT FROM interaction_files WHERE attempts = 1 AND state = 'wanted')")
        await world.until(
            "EXISTS (SELECT FROM interaction_files WHERE next_attempt_at < clock_timestamp() + interval '1 minute')"
        )
        world.folder.unlink()
        async with world.sessions.begin() as session:
            await session.execute(text("UPDATE interaction_files SET next_attempt_at = clock_timestamp()"))
        await world.until(ALL_KEPT)
    assert world.lies_there() == [b"voice 0"]
