"""The test databases: one server, one template a schema, one copy a test process.

The template is made once from the migrations and kept between runs under a name that hashes them. A copy belongs
to the process that holds the advisory lock of its name; copies whose process is gone are dropped by the next.
"""

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import URL

from cdm_core.db import embedded, migrate
from cdm_core.db.engine import connect_arguments, create_engine, normalize

ZONE = ZoneInfo("Asia/Dhaka")
SEED = "test_seed"  # the schema that keeps what migrations put into tables
_NOBODY_HELD_OUT = "UPDATE settings SET value = '0' WHERE key = 'hold_out_share'"  # who is listed is not left to chance
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "logging_collector": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
}


@contextlib.contextmanager
def server() -> Iterator[URL]:
    """The address of a server to make databases on: ``CDM_TEST_DATABASE_URL``, or an embedded one."""
    if given := os.environ.get("CDM_TEST_DATABASE_URL"):
        yield normalize(given)
        return
    folder = Path(tempfile.gettempdir()) / f"cdm-tests-{os.geteuid()}"
    with embedded.start(folder, settings=FAST) as running:
        yield normalize(running.url).set(database="postgres")


@contextlib.asynccontextmanager
async def copy(base: URL) -> AsyncIterator[URL]:
    """A database of our own with the migrated schema, dropped afterwards."""
    admin = await asyncpg.connect(**connect_arguments(base))
    name = f"cdm_test_{os.getpid()}_{secrets.token_hex(3)}"
    try:
        await _drop_abandoned(admin)
        await admin.execute("SELECT pg_advisory_lock(hashtext($1))", name)
        async with _locked(admin, "cdm_template"):
            template = await _template(admin, base)
            # Quickest where fsync is off; the default writes the whole copy to the log.
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        yield base.set(database=name)
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


async def cleaning(connection: asyncpg.Connection) -> str:
    """The SQL that empties every table and puts back what the migrations had put there."""
    tables = await connection.fetch(
        "SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> $1 ORDER BY relname",
        migrate.VERSION_TABLE,
    )
    seeds = await connection.fetch(
        "SELECT quote_ident(relname) AS name, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)"
        "   FROM pg_attribute WHERE attrelid = to_regclass('public.' || quote_ident(relname))"
        "   AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns"
        f" FROM pg_class WHERE relnamespace = to_regnamespace('{SEED}') AND relkind = 'r'"
    )
    return "".join(
        [
            "BEGIN; SET LOCAL session_replication_role = replica;",  # no triggers, no foreign keys
            *(f"DELETE FROM public.{table['name']};" for table in tables),
            *(
                f"INSERT INTO public.{seed['name']} ({seed['columns']}) OVERRIDING SYSTEM VALUE"
                f" SELECT {seed['columns']} FROM {SEED}.{seed['name']};"
                for seed in seeds
            ),
            "COMMIT;",
        ]
    )


async def _template(admin: asyncpg.Connection, base: URL) -> str:
    """The name of the template of the present migrations, made if it is not there."""
    name = f"cdm_template_{_migrations_hash()}"
    if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return name
    for old in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'cdm\\_template\\_%'"):
        await admin.execute(f'DROP DATABASE "{old["datname"]}" WITH (FORCE)')
    making = f"cdm_template_making_{os.getpid()}"
    await admin.execute(f'CREATE DATABASE "{making}" TEMPLATE template0')
    url = base.set(database=making)
    engine = create_engine(url, pool_size=1, application_name="cdm tests", statement_seconds=None)
    await migrate.upgrade(engine, zone=ZONE)
    await engine.dispose()
    made = await asyncpg.connect(**connect_arguments(url))
    try:
        await made.execute(_NOBODY_HELD_OUT)
        await _keep_seeds(made)
    finally:
        await made.close()
    await admin.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


async def _keep_seeds(connection: asyncpg.Connection) -> None:
    await connection.execute(f"CREATE SCHEMA {SEED}")
    tables = await connection.fetch(
        "SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND relname <> $1",
        migrate.VERSION_TABLE,
    )
    for table in tables:
        name = table["name"]
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM public.{name})"):
            await connection.execute(f"CREATE TABLE {SEED}.{name} AS TABLE public.{name}")


def _migrations_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted(migrate.MIGRATIONS.rglob("*")):
        if file.suffix in (".py", ".sql"):
            digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


async def _drop_abandoned(admin: asyncpg.Connection) -> None:
    for found in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'cdm\\_test\\_%'"):
        name = found["datname"]
        if await admin.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", name):
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute("SELECT pg_advisory_unlock(hashtext($1))", name)


@contextlib.asynccontextmanager
async def _locked(admin: asyncpg.Connection, name: str) -> AsyncIterator[None]:
    await admin.execute("SELECT pg_advisory_lock(hashtext($1))", name)
    try:
        yield
    finally:
        await admin.execute("SELECT pg_advisory_unlock(hashtext($1))", name)
