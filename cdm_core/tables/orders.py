"""Orders, their lines, and the keys of other systems."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    Numeric,
    String,
    Table,
)

from cdm_core.tables.metadata import metadata

sales_orders = Table(
    "sales_orders",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("ordered_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("status", String(20), nullable=False),
    Column("total_amount", Numeric(14, 2), nullable=False, server_default=FetchedValue()),
    Column("payment_method", String(20)),
    Column("source", String(50)),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("confirmed_by", BigInteger, ForeignKey("staff.id")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("returned_at", DateTime(timezone=True)),
)

sales_order_items = Table(
    "sales_order_items",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, primary_key=True),
    Column("order_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("product_id", BigInteger, ForeignKey("products.id")),
    Column("product_name", String(255), nullable=False),
    Column("quantity", Numeric(12, 3), nullable=False),
    Column("unit_price", Numeric(14, 2)),
    Column("amount", Numeric(14, 2), nullable=False),
    Column("status", String(20), nullable=False),
    Column("returned_at", DateTime(timezone=True)),
    ForeignKeyConstraint(
        ["customer_id", "order_id"], ["sales_orders.customer_id", "sales_orders.id"], ondelete="CASCADE"
    ),
)

order_keys = Table(
    "order_keys",
    metadata,
    Column("source", String(50), primary_key=True),
    Column("external_id", String(255), primary_key=True),
    Column("customer_id", BigInteger, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("imported", String(64)),
    Column("updated_at", DateTime(timezone=True)),
)
