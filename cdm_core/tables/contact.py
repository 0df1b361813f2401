"""Contacts with customers, and what is promised, claimed, dealt and said about calls."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdm_core.tables.metadata import metadata

customer_interactions = Table(
    "customer_interactions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("interaction_type", String(50), nullable=False),
    Column("interaction_direction", String(20), nullable=False, server_default=FetchedValue()),
    Column("subject", String(255)),
    Column("description", Text),
    Column("outcome", String(100)),
    Column("outcome_code", String(30)),
    Column("reason", String(20)),
    Column("duration_seconds", Integer),
    Column("follow_up_required", Boolean, nullable=False, server_default=FetchedValue()),
    Column("occurred_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("source", String(20), nullable=False, server_default=FetchedValue()),
    Column("import_key", String(64)),
    Column("origin", String(64)),
    Column("undo", JSONB),
    Column("undone_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("asked", Boolean, nullable=False, server_default=FetchedValue()),
    Column("status", String(10), nullable=False, server_default=FetchedValue()),
    Column("interaction_id", BigInteger),
    Column("closed_by", BigInteger),
    Column("closed_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    ForeignKeyConstraint(
        ["customer_id", "interaction_id"], ["customer_interactions.customer_id", "customer_interactions.id"]
    ),
)

waiting_notes = Table(
    "waiting_notes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("origin", String(64), nullable=False),
    Column("text", Text),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("settled_at", DateTime(timezone=True)),
)

claims = Table(
    "claims",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

call_feedback = Table(
    "call_feedback",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
)

deals = Table(
    "deals",
    metadata,
    Column("local_date", Date, primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
)
