"""Urgent alerts and win-back campaigns."""

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
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
)

from cdm_core.tables.metadata import metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("sign", String(20), nullable=False),
    Column("sign_at", DateTime(timezone=True), nullable=False),
    Column("sign_id", BigInteger),
    Column("amount", Numeric(14, 2)),
    Column("state", String(10), nullable=False, server_default=FetchedValue()),
    Column("level", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("next_at", DateTime(timezone=True)),
    Column("up_to", BigInteger, ForeignKey("staff.id")),
    Column("claimed_by", BigInteger, ForeignKey("staff.id")),
    Column("claimed_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", BigInteger, ForeignKey("staff.id")),
    Column("closed_why", String(20)),
    Column("interaction_id", BigInteger),
    Column("order_id", BigInteger),
    Column("reopened", Boolean, nullable=False, server_default=FetchedValue()),
    Column("version", SmallInteger, nullable=False, server_default=FetchedValue()),
)

alert_messages = Table(
    "alert_messages",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("alert_id", BigInteger, primary_key=True),
    Column("outbox_id", BigInteger, primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["customer_id", "alert_id"], ["alerts.customer_id", "alerts.id"]),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("slug", String(50), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("greeting_en", Text, nullable=False),
    Column("greeting_bn", Text, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("days_apart", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("active", Boolean, nullable=False, server_default=FetchedValue()),
    Column("created_by", BigInteger, ForeignKey("staff.id")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)

campaign_tasks = Table(
    "campaign_tasks",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("local_date", Date, nullable=False),
    Column("stage", String(50)),
    Column("reason", String(255)),
    Column("cart_value", Numeric(14, 2)),
    Column("cause_id", BigInteger),
    Column("state", String(10), nullable=False, server_default=FetchedValue()),
    Column("interaction_id", BigInteger),
    Column("order_id", BigInteger),
    Column("amount", Numeric(14, 2)),
    Column("settled_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
