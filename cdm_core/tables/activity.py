"""What customers do in the shop."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Numeric,
    String,
    Table,
)

from cdm_core.tables.metadata import metadata

customer_behavior = Table(
    "customer_behavior",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("behavior_type", String(50), nullable=False),
    Column("product_id", BigInteger, ForeignKey("products.id")),
    Column("category_id", BigInteger, ForeignKey("categories.id")),
    Column("search_query", String(255)),
    Column("session_id", String(255)),
    Column("device_type", String(50)),
    Column("occurred_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("import_key", String(64)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)

customer_dropoff_tracking = Table(
    "customer_dropoff_tracking",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("stage", String(50), nullable=False),
    Column("product_id", BigInteger, ForeignKey("products.id")),
    Column("cart_value", Numeric(12, 2)),
    Column("reason", String(255)),
    Column("session_id", String(255)),
    Column("recovered", Boolean, nullable=False, server_default=FetchedValue()),
    Column("recovered_at", DateTime(timezone=True)),
    Column("recovered_by", BigInteger, ForeignKey("staff.id")),
    Column("occurred_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("import_key", String(64)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)
