"""What the benchmarks of the chat play on: a fresh database, the sandbox in a process of its own, and people."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks import processes
from benchmarks.processes import ZONE, Running
from bot.sandbox.client import Sandbox
from bot.sandbox.personas import DEMO_TOKEN
from cdm_core.db import embedded, migrate
from cdm_core.db.engine import create_engine
from cdm_core.tables import chats, staff

FIRST_USER = 800_000_000


@dataclass(frozen=True, slots=True)
class Stage:
    """``data_dir`` is the folder of the server, where it is the stage's own."""

    database_url: str
    engine: AsyncEngine
    sandbox: Sandbox
    data_dir: Path | None = None

    async def number(self, query: str, **values: object) -> int:
        """The one number ``query`` gives."""
        async with self.engine.connect() as connection:
            return int((await connection.execute(text(query), values)).scalar_one())

    async def until(self, query: str, number: int, **values: object) -> None:
        """Wait until ``query`` gives at least ``number``."""
        while await self.number(query, **values) < number:  # noqa: ASYNC110 - the database offers no event
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def stage(settings: Mapping[str, str] | None = None) -> AsyncIterator[Stage]:
    """An empty database on a server of its own with the product's settings but for ``settings``, and a sandbox."""
    with (
        tempfile.TemporaryDirectory(prefix="cdm-bench-") as folder,
        embedded.start(Path(folder) / "db", settings=settings) as server,
    ):
        engine = create_engine(server.url, pool_size=4, application_name="cdm benchmark")
        await migrate.upgrade(engine, zone=ZONE)
        async with _sandbox() as sandbox:
            yield Stage(server.url, engine, sandbox, server.data_dir)
        await engine.dispose()


@contextlib.asynccontextmanager
async def _sandbox() -> AsyncIterator[Sandbox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = Running(processes.sandbox, port)
    try:
        async with Sandbox(f"http://127.0.0.1:{port}", DEMO_TOKEN) as sandbox:
            async with asyncio.timeout(30):
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        await sandbox.overview()
                        break
                    await asyncio.sleep(0.05)
            yield sandbox
    finally:
        await process.end()


async def hire(on: Stage, number: int) -> list[str]:
    """Agents who have started the bot; their keys in the sandbox. The id of ``agentN`` is ``FIRST_USER + N``."""
    keys = [f"agent{n}" for n in range(number)]
    ids = [FIRST_USER + n for n in range(number)]
    people = [
        {"key": key, "id": ident, "first_name": key, "started": True} for key, ident in zip(keys, ids, strict=True)
    ]
    await on.sandbox.add_users(*people)
    async with on.engine.begin() as connection:
        rows = await connection.execute(
            insert(staff)
            .values(
                [
                    {"name": key, "role": "agent", "telegram_user_id": ident}
                    for key, ident in zip(keys, ids, strict=True)
                ]
            )
            .returning(staff.c.id, staff.c.telegram_user_id)
        )
        private = [{"chat_id": row.telegram_user_id, "type": "private", "staff_id": row.id} for row in rows]
        await connection.execute(insert(chats).values(private))
    return keys
