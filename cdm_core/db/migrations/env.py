"""Alembic's environment: run by ``cdm_core.db.migrate`` alone, which hands over the connection."""

from alembic import context

from cdm_core.tables import metadata

VERSION_TABLE = "cdm_schema_version"

if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql",
        target_metadata=metadata,
        literal_binds=True,
        version_table=VERSION_TABLE,
    )
else:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        version_table=VERSION_TABLE,
    )

with context.begin_transaction():
    context.run_migrations()
