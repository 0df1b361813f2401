"""Connections: any way of writing the address, statements that end, pools that outlive an outage."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.db.away import is_away, is_blocked, is_collision
from cdm_core.db.engine import connect_arguments, create_engine, normalize


@pytest.mark.parametrize(
    "written",
    [
        "postgres://cdm:s%20ecret@db.example:5433/shop",
        "postgresql://cdm:s%20ecret@db.example:5433/shop",
        "postgresql+psycopg://cdm:s%20ecret@db.example:5433/shop",
    ],
)
def test_any_postgresql_address_will_do(written: str) -> None:
    url = normalize(written)
    assert url.drivername == "postgresql+asyncpg"
    assert (url.password, url.port, url.database) == ("s ecret", 5433, "shop")


def test_libpq_ssl_mode_and_socket_folder_reach_the_driver() -> None:
    assert connect_arguments("postgresql://cdm@db.example/shop?sslmode=require")["ssl"] == "require"
    there = connect_arguments("postgresql://cdm@/shop?host=/run/a folder&port=5433")
    assert (there["host"], there["port"]) == ("/run/a folder", 5433)


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="needs PostgreSQL, not mysql"):
        normalize("mysql://cdm@db.example/shop")


async def test_sessions_are_in_utc_and_named(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW timezone"))).scalar_one() == "UTC"
        assert (await connection.execute(text("SHOW statement_timeout"))).scalar_one() == "5s"
        assert (await connection.execute(text("SHOW application_name"))).scalar_one() == "cdm tests"


@pytest.mark.parametrize(("seconds", "shown"), [(0.05, "50ms"), (None, "0")])
async def test_statements_end_in_time_unless_a_job_asks_otherwise(
    database_url: str, seconds: float | None, shown: str
) -> None:
    engine = create_engine(database_url, pool_size=1, application_name="cdm tests", statement_seconds=seconds)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW statement_timeout"))).scalar_one() == shown
        if seconds is not None:
            with pytest.raises(DBAPIError, match="statement timeout") as slow:
                await connection.execute(text("SELECT pg_sleep(10)"))
            assert is_collision(slow.value)
            assert not is_blocked(slow.value)
    await engine.dispose()


async def test_who_waits_for_a_lock_in_vain_is_told_apart(database_url: str, engine: AsyncEngine) -> None:
    hasty = create_engine(database_url, pool_size=1, application_name="cdm tests", statement_seconds=0.1)
    async with engine.connect() as holder, hasty.connect() as waiting:
        await holder.execute(text("LOCK products"))
        with pytest.raises(DBAPIError, match="lock timeout") as blocked:
            await waiting.execute(text("SELECT FROM products"))
    assert is_blocked(blocked.value)
    assert is_collision(blocked.value)
    assert not is_away(blocked.value)
    await hasty.dispose()


async def test_a_pool_outlives_its_connections(database_url: str, engine: AsyncEngine) -> None:
    pool = create_engine(database_url, pool_size=1, application_name="short-lived")
    own = text("SELECT pg_backend_pid()")
    async with pool.connect() as connection:
        before = (await connection.execute(own)).scalar_one()
    async with engine.connect() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
    async with pool.connect() as connection:
        assert (await connection.execute(own)).scalar_one() != before
    await pool.dispose()
