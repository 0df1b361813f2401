"""The short versions of the proofs in ``benchmarks/guarantees``: a fresh database and a sandbox, and no bot yet."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from benchmarks.stage import Stage
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from cdm_core.db.engine import create_engine
from tests import databases


@pytest.fixture
async def on(server_url: URL) -> AsyncIterator[Stage]:
    async with databases.copy(server_url) as url, running_sandbox(State()) as sandbox:
        engine = create_engine(url, pool_size=4, application_name="cdm bot tests")
        yield Stage(url.render_as_string(hide_password=False), engine, sandbox)
        await engine.dispose()
