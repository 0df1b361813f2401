"""Processes whose database is away, dies, or is not theirs."""

import asyncio
import os
import shutil
import signal
import struct
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.db import embedded
from cdm_core.db.engine import connect_arguments
from cli.config import Config
from cli.database import keep_embedded
from cli.processes import ready
from tests.databases import FAST

STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
SSL_REQUEST = struct.pack("!i", 80877103)


class StartingServer:
    """Answers as PostgreSQL does while it starts."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = struct.unpack("!i", await reader.readexactly(4))[0]
        if (await reader.readexactly(length - 4))[:4] == SSL_REQUEST:
            writer.write(b"N")
            length = struct.unpack("!i", await reader.readexactly(4))[0]
            await reader.readexactly(length - 4)
        writer.write(b"E" + struct.pack("!i", len(STARTING_UP) + 4) + STARTING_UP)
        await writer.drain()
        writer.close()
        self.asked.set()


@pytest.fixture
async def starting() -> AsyncIterator[tuple[StartingServer, str]]:
    server = StartingServer()
    async with await asyncio.start_server(server.answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield server, f"postgresql://u:p@127.0.0.1:{port}/x"


async def test_a_database_that_is_starting_is_waited_for(
    starting: tuple[StartingServer, str], capsys: pytest.CaptureFixture[str]
) -> None:
    server, url = starting
    stop = asyncio.Event()
    waiting = asyncio.create_task(ready(Config(), url, stop))
    async with asyncio.timeout(10):
        await server.asked.wait()
        stop.set()
        assert await waiting is False
    assert "waiting for it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("demo", "true", "invented customers"),
        ("timezone", "Europe/Berlin", "CDM_TIMEZONE"),
        ("country", "DE", "CDM_COUNTRY"),
    ],
)
async def test_a_database_that_is_not_ours_is_refused(
    engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str], key: str, value: str, told: str
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE settings SET value = :v WHERE key = :k"), {"k": key, "v": value})
    with pytest.raises(typer.Exit):
        await ready(Config(), database_url, asyncio.Event())
    assert told in capsys.readouterr().err


async def test_ours_is_taken(database_url: str) -> None:
    assert await ready(Config(), database_url, asyncio.Event())


async def test_an_embedded_server_that_dies_is_started_again() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cdm-kept-"))
    await asyncio.to_thread(folder.chmod, 0o711)
    stop = asyncio.Event()
    try:
        with embedded.start(folder, settings=FAST) as server:
            keeper = asyncio.create_task(keep_embedded(folder, stop))
            connection = await asyncpg.connect(**connect_arguments(server.url))
            directory = await connection.fetchval("SHOW data_directory")
            await connection.close()
            os.kill(int((Path(directory) / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            async with asyncio.timeout(60):
                while True:
                    try:
                        connection = await asyncpg.connect(**connect_arguments(server.url))
                    except (OSError, asyncpg.PostgresError):
                        await asyncio.sleep(0.1)
                    else:
                        break
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
            stop.set()
            await keeper
    finally:
        embedded.remove(folder)
        shutil.rmtree(folder, ignore_errors=True)
