"""Staff, teams, absences, invitations, chats, settings and the audit log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cdm_core.tables.metadata import metadata

settings = Table(
    "settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("updated_by", BigInteger),
)

teams = Table(
    "teams",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("lead_id", BigInteger, ForeignKey("staff.id", name="teams_lead_id_fkey", use_alter=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)

staff = Table(
    "staff",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("team_id", BigInteger, ForeignKey("teams.id")),
    Column("telegram_user_id", BigInteger),
    Column("language", String(2), nullable=False, server_default=FetchedValue()),
    Column("digest_time", Time, nullable=False, server_default=FetchedValue()),
    Column("working_days", ARRAY(SmallInteger), nullable=False, server_default=FetchedValue()),
    Column("alerts", Boolean, nullable=False, server_default=FetchedValue()),
    Column("active", Boolean, nullable=False, server_default=FetchedValue()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("removed_at", DateTime(timezone=True)),
)

absences = Table(
    "absences",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("created_by", BigInteger, ForeignKey("staff.id")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)

invites = Table(
    "invites",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False),
    Column("role", String(20), nullable=False),
    Column("name", String(100)),
    Column("team_id", BigInteger, ForeignKey("teams.id")),
    Column("created_by", BigInteger, ForeignKey("staff.id")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("used_by", BigInteger, ForeignKey("staff.id")),
)

chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("type", String(10), nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("team_id", BigInteger, ForeignKey("teams.id")),
    Column("title", String(255)),
    Column("blocked_at", DateTime(timezone=True)),
    Column("current_customer_id", BigInteger),
    Column("current_until", DateTime(timezone=True)),
    Column("dialog", JSONB(none_as_null=True)),
    Column("told_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False, server_default=FetchedValue()),
    Column("tries_since", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("actor", String(100), nullable=False),
    Column("action", String(100), nullable=False),
    Column("customer_id", BigInteger),
    Column("details", JSONB, nullable=False, server_default=FetchedValue()),
)
