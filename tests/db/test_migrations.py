"""Migrations are the only way a schema comes to be; what the code believes of it is held against it here."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.db import migrate
from cdm_core.db.engine import connect_arguments, create_engine
from cdm_core.errors import CdmError
from cdm_core.tables import metadata
from cdm_core.tables.views import views


@pytest.fixture
async def empty(server_url: URL) -> AsyncIterator[AsyncEngine]:
    """A database nobody has touched."""
    admin = await asyncpg.connect(**connect_arguments(server_url))
    await admin.execute("DROP DATABASE IF EXISTS cdm_empty WITH (FORCE)")
    await admin.execute("CREATE DATABASE cdm_empty")
    engine = create_engine(
        server_url.set(database="cdm_empty"), pool_size=2, application_name="test", statement_seconds=None
    )
    yield engine
    await engine.dispose()
    await admin.execute("DROP DATABASE cdm_empty WITH (FORCE)")
    await admin.close()


async def test_tables_in_code_and_database_agree(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "compare_server_default": False,
            "version_table": migrate.VERSION_TABLE,
            # Indexes, and constraints other than keys, are the migrations' own business.
            "include_object": lambda _item, _name, kind, _reflected, _other: kind in ("table", "column"),
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_keys_in_code_and_database_agree(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        stored = await connection.run_sync(_primary_keys)
    in_code = {name: {column.name for column in table.primary_key.columns} for name, table in metadata.tables.items()}
    assert in_code == {name: set(columns) for name, columns in stored.items()}


async def test_views_in_code_and_database_agree(engine: AsyncEngine) -> None:
    def columns(connection: Connection) -> dict[str, list[str]]:
        look = inspect(connection)
        return {name: [column["name"] for column in look.get_columns(name)] for name in views.tables}

    async with engine.connect() as connection:
        stored = await connection.run_sync(columns)
    assert {name: [column.name for column in view.columns] for name, view in views.tables.items()} == stored


async def test_summary_holds_what_the_live_view_says(engine: AsyncEngine) -> None:
    """The refresh copies by name; a column of one that the other lacks would be lost or fail."""
    live = [column.name for column in views.tables["customer_numbers"].columns]
    assert [column.name for column in metadata.tables["customer_summary"].columns] == live


async def test_every_fact_of_a_customer_is_keyed_by_the_customer(engine: AsyncEngine) -> None:
    """What lets the same schema be distributed by customer."""
    facts = [table for table in metadata.tables.values() if "customer_id" in table.c and "id" in table.c]
    known_by_id_alone = {"audit_log", "outbox"}
    async with engine.connect() as connection:
        stored = await connection.run_sync(_primary_keys)
    assert {table.name for table in facts if stored[table.name] != ["customer_id", "id"]} == known_by_id_alone


async def test_upgrade_of_an_empty_database_and_again(empty: AsyncEngine) -> None:
    assert (await migrate.status(empty)).current is None
    after = await migrate.upgrade(empty)
    assert (after.current, after.pending) == (migrate.head(), ())
    assert await migrate.upgrade(empty) == after


async def test_printed_sql_makes_the_same_schema(empty: AsyncEngine, engine: AsyncEngine) -> None:
    raw = await asyncpg.connect(**connect_arguments(empty.url))
    await raw.execute(migrate.sql())
    await raw.close()
    assert (await migrate.status(empty)).pending == ()
    listing = text(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' ORDER BY 1, ordinal_position"
    )
    async with empty.connect() as printed, engine.connect() as migrated:
        assert (await printed.execute(listing)).all() == (await migrated.execute(listing)).all()


async def test_other_peoples_tables_are_left_alone(empty: AsyncEngine) -> None:
    async with empty.begin() as connection:
        await connection.execute(text("CREATE TABLE customers (id serial PRIMARY KEY, nickname text)"))
        await connection.execute(text("INSERT INTO customers (nickname) VALUES ('theirs')"))
    with pytest.raises(CdmError) as refusal:
        await migrate.upgrade(empty)
    assert (refusal.value.code, refusal.value.facts) == ("foreign_tables", {"tables": ["customers"]})
    async with empty.connect() as connection:
        assert (await connection.execute(text("SELECT nickname FROM customers"))).scalars().all() == ["theirs"]
        assert (await connection.run_sync(lambda sync: inspect(sync).get_table_names())) == ["customers"]


def _primary_keys(connection: Connection) -> dict[str, list[str]]:
    look = inspect(connection)
    return {name: look.get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}
