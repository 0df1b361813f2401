"""Fitted models, the ranking they give, and what came of what was shown."""

from cdm_core.db.migrations.sql_file import run_sql_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql_file("0007_hold_out.sql")
    run_sql_file("0007_models.sql")
    run_sql_file("0007_call_list.sql")
