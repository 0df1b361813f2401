"""A customer's numbers, the three views of the guide."""

from cdm_core.db.migrations.sql_file import run_sql_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql_file("0004_views.sql")
