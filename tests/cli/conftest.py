"""The ``cdm`` command on the test's database.

    async def test_upgrade(cdm: Cdm) -> None:
        assert "already at" in await cdm("db", "upgrade")

``cdm`` gives all that was printed; ``status=`` is the exit status expected.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import logs
from cli.console import config
from cli.main import app

Cdm = Callable[..., Awaitable[str]]
Process = Callable[..., AbstractAsyncContextManager[asyncio.subprocess.Process]]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """No settings but the address of the database; change them before the command runs."""
    for name in [name for name in os.environ if name.startswith("CDM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDM_DATABASE_URL", database_url)
    # Loggers keep the stream they first wrote to, and that of a command run here is closed when it ends.
    monkeypatch.setattr(logs, "set_up", lambda level: None)
    yield monkeypatch
    config.cache_clear()


@pytest.fixture
def cdm(environment: pytest.MonkeyPatch) -> Cdm:
    async def invoke(*arguments: str, status: int = 0) -> str:
        config.cache_clear()
        ended = await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments))
        assert ended.exit_code == status, (ended.output, ended.exception)
        assert "Traceback" not in ended.output
        return ended.output

    return invoke


@pytest.fixture
def process(environment: pytest.MonkeyPatch) -> Process:
    """As a process of its own, for commands that run until they are told to end; killed when left."""

    @asynccontextmanager
    async def start(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        started = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("cdm"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield started
        finally:
            if started.returncode is None:
                started.kill()
            await started.communicate()

    return start
