"""Changes by hand, consents, merges, hand-overs, absences, files of contacts."""

from cdm_core.db.migrations.sql_file import run_sql_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql_file("0005_agents_day.sql")
