"""Bringing a database to this version's schema, and telling where it stands."""

import io
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.errors import CdmError
from cdm_core.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "cdm_schema_version"
_UPGRADE_LOCK = 0x63646D01


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """``current`` is None on an empty database; ``pending`` are the revisions not yet applied, oldest first."""

    current: str | None
    head: str
    pending: tuple[str, ...]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The revision this version of the software needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def upgrade(engine: AsyncEngine, *, zone: ZoneInfo | None = None, country: str | None = None) -> SchemaStatus:
    """Apply what is missing, in one transaction, and note the business ``zone`` and ``country`` in the settings.

    Raises ``CdmError("foreign_tables", tables=…)`` on a database that holds other people's tables of our names:
    nothing is changed then.
    """
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        await connection.run_sync(_refuse_foreign_tables)
        await connection.run_sync(_upgrade)
        for key, value in (("timezone", zone and zone.key), ("country", country)):
            if value is not None:
                await connection.execute(
                    text("UPDATE settings SET value = :value WHERE key = :key AND value <> :value"),
                    {"key": key, "value": value},
                )
        return await connection.run_sync(_status)


async def status(engine: AsyncEngine) -> SchemaStatus:
    """Where the schema of ``engine``'s database stands."""
    async with engine.connect() as connection:
        return await connection.run_sync(_status)


def sql() -> str:
    """The whole schema as SQL for ``psql``."""
    buffer = io.StringIO()
    config = _config()
    config.output_buffer = buffer
    command.upgrade(config, "head", sql=True)
    return buffer.getvalue()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _status(connection: Connection) -> SchemaStatus:
    script = ScriptDirectory.from_config(_config())
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    current = context.get_current_revision()
    pending = tuple(r.revision for r in script.iterate_revisions("head", current or "base"))
    return SchemaStatus(current=current, head=head(), pending=tuple(reversed(pending)))


def _refuse_foreign_tables(connection: Connection) -> None:
    present = set(inspect(connection).get_table_names())
    if VERSION_TABLE in present:
        return
    foreign = sorted(present & set(metadata.tables))
    if foreign:
        raise CdmError("foreign_tables", tables=foreign)
