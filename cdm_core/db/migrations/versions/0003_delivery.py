"""Inbox, outbox and the ledger of the clock."""

from cdm_core.db.migrations.sql_file import run_sql_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql_file("0003_delivery.sql")
