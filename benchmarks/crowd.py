"""A large shop for benchmarks of reading, on a server of its own with the product's settings."""

import contextlib
import itertools
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.processes import ZONE
from cdm_core import name_index, summary, thresholds
from cdm_core.clock import Clock
from cdm_core.db import embedded, migrate
from cdm_core.db.engine import connect_arguments, create_engine, normalize
from cdm_core.names import name_key, name_skeletons

NOW = datetime(2026, 11, 22, 11, 10, tzinfo=ZONE)
"""A Sunday, a working morning."""

AGENTS = 20
_FILL = Path(__file__).with_suffix(".sql")
_FIRST, _LAST = Path(__file__).with_name("crowd_names.txt").read_text().splitlines()
NAMES = tuple(itertools.product(_FIRST.split(), _LAST.split()))
"""Every first name with every last name."""


@contextlib.asynccontextmanager
async def crowd(customers: int) -> AsyncIterator[AsyncEngine]:
    """An engine on the shop; says on the way how long it took to make."""
    with tempfile.TemporaryDirectory(prefix="cdm-crowd-") as folder, embedded.start(Path(folder) / "db") as server:
        engine = create_engine(server.url, pool_size=4, application_name="cdm benchmark", statement_seconds=None)
        await migrate.upgrade(engine, zone=ZONE)
        began = time.perf_counter()
        await _fill(server.url, customers)
        async with AsyncSession(engine) as session, session.begin():
            await name_index.learn(session, [f"{given} {last}" for given, last in NAMES])
            await summary.store_score_cuts(session)
        print(f"{customers:,} customers made in {time.perf_counter() - began:.0f} s", flush=True)
        yield engine
        await engine.dispose()


async def at_its_present(engine: AsyncEngine) -> timedelta:
    """Have the shop's clock stand at ``NOW``, and go on from there; gives how far it is from ours."""
    offset = NOW - Clock.real_now()
    async with AsyncSession(engine) as session, session.begin():
        seconds = str(offset.total_seconds())
        await thresholds.change(session, "clock_offset_seconds", seconds, now=NOW, staff_id=None)
    return offset


async def _fill(url: str, customers: int) -> None:
    connection = await asyncpg.connect(**connect_arguments(normalize(url)))
    try:
        # Neither triggers nor foreign keys: what is written here is right by itself.
        await connection.execute(
            "SET session_replication_role = replica; SET statement_timeout = 0; SET work_mem = '128MB'"
        )
        await connection.execute("SELECT set_config('cdm.as_of', $1, false)", NOW.isoformat())
        await connection.execute(
            "CREATE TEMP TABLE crowd_names"
            " (id integer, first_name text, last_name text, name_key text, name_skeletons text[])"
        )
        await connection.copy_records_to_table("crowd_names", records=_names())
        values = {"customers": customers, "agents": AGENTS, "names": len(NAMES), "now": NOW.isoformat()}
        for statement in _FILL.read_text().strip().removesuffix(";").split(";\n"):
            for name, value in values.items():
                statement = statement.replace(f":{name}", str(value))
            await connection.execute(statement)
        for table in ("staff", "products", "customers", "sales_orders"):  # filled with ids of their own
            await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _names() -> list[tuple[int, str, str, str, list[str]]]:
    return [
        (number, given, last, name_key(f"{given} {last}"), name_skeletons(f"{given} {last}"))
        for number, (given, last) in enumerate(NAMES, 1)
    ]
