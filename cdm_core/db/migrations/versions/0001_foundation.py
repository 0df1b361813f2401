"""Settings, the clock in SQL, staff and chats."""

from cdm_core.db.migrations.sql_file import run_sql_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql_file("0001_foundation.sql")
