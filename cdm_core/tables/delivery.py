"""Updates in, messages out, and the ledger of the clock."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdm_core.tables.metadata import metadata

inbox = Table(
    "inbox",
    metadata,
    Column("bot_id", BigInteger, primary_key=True),
    Column("update_id", BigInteger, primary_key=True),
    Column("chat_id", BigInteger),
    Column("body", JSON),
    Column("state", String(12), nullable=False, server_default=FetchedValue()),
    Column("attempts", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("orphaned", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("retried_at", DateTime(timezone=True)),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("leased_until", DateTime(timezone=True)),
    Column("leased_by", String(64)),
    Column("done_at", DateTime(timezone=True)),
    Column("error", String(500)),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dedup_key", String(200), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("method", String(40), nullable=False),
    Column("payload", JSONB),
    Column("edits_outbox_id", BigInteger, ForeignKey("outbox.id")),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("customer_id", BigInteger),
    Column("context", JSONB),
    Column("state", String(10), nullable=False, server_default=FetchedValue()),
    Column("attempts", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("retried_at", DateTime(timezone=True)),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("expires_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
    Column("leased_by", String(64)),
    Column("sent_at", DateTime(timezone=True)),
    Column("telegram_message_id", BigInteger),
    Column("error", String(500)),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("outbox_id", BigInteger, ForeignKey("outbox.id"), primary_key=True),
    Column("attempt", SmallInteger, primary_key=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("result", String(20)),
    Column("detail", String(500)),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("job", String(50), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("local_date", Date, primary_key=True),
    Column("slot_at", DateTime(timezone=True), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("ran_at", DateTime(timezone=True), nullable=False),
    Column("duration_ms", Integer),
    Column("detail", JSONB, nullable=False, server_default=FetchedValue()),
)

run_requests = Table(
    "run_requests",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("job", String(50), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("beside", Boolean, nullable=False, server_default=FetchedValue()),
    Column("requested_by", BigInteger, ForeignKey("staff.id")),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("done_at", DateTime(timezone=True)),
)
