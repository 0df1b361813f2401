"""Runs a versioned SQL file as it stands; a file of several commands cannot be a prepared statement."""

from pathlib import Path
from typing import Any

from alembic import context, op

SQL = Path(__file__).parent / "sql"


def run_sql_file(name: str) -> None:
    """Execute (or, offline, print) ``sql/<name>`` within the migration's transaction."""
    script = (SQL / name).read_text(encoding="utf-8")
    if context.is_offline_mode():
        context.get_context().impl.static_output(script)
        return
    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda raw: raw.execute(script))
