"""Keys to the HTTP API, and what its list of customers is sorted by."""

from cdm_core.db.migrations.sql_file import run_sql_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql_file("0008_web.sql")
