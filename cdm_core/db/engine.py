"""Connections to PostgreSQL: one pool for each purpose, so that none starves another."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 5.0
NETWORK_SECONDS = 5.0  # on top of the statement's, for an answer that never comes


def normalize(url: str | URL) -> URL:
    """The address as our driver wants it: any PostgreSQL scheme, libpq's ``sslmode`` taken along.

    Raises ValueError for another database, sqlalchemy.exc.ArgumentError for what is no address.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError(f"CDM needs PostgreSQL, not {parsed.get_backend_name()}")
    query = dict(parsed.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def connect_arguments(url: str | URL) -> dict[str, Any]:
    """``url`` as keyword arguments of ``asyncpg.connect``, for connections outside any pool."""
    address = normalize(url)
    _, arguments = address.get_dialect()().create_connect_args(address)
    return {**arguments, "timeout": CONNECT_SECONDS}


def create_engine(
    url: str | URL,
    *,
    pool_size: int,
    application_name: str,
    statement_seconds: float | None = STATEMENT_SECONDS,
    checked: bool = True,
) -> AsyncEngine:
    """A pool of at most ``pool_size`` connections, each checked before use, in UTC.

    A statement that takes longer than ``statement_seconds`` is cancelled, a little before that if it only waits for
    a lock, which is told apart so; None, for jobs, lets it run. ``checked`` is off where whoever uses the pool runs a
    failed transaction again anyway, which saves a round trip each.
    """
    settings: Mapping[str, str] = {
        "application_name": application_name,
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": str(int((statement_seconds or 0) * 1000)),
        "lock_timeout": str(int((statement_seconds or 0) * 800)),
    }
    return create_async_engine(
        normalize(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=checked,
        pool_recycle=1800,
        hide_parameters=True,  # errors are logged; what was bound is personal
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": None if statement_seconds is None else statement_seconds + NETWORK_SECONDS,
            "prepared_statement_cache_size": 256,
            "server_settings": dict(settings),
        },
    )


def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """A maker of sessions whose objects stay readable after a commit."""
    return async_sessionmaker(engine, expire_on_commit=False)
