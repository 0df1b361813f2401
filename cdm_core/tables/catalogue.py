"""What is sold."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Integer,
    Numeric,
    String,
    Table,
)

from cdm_core.tables.metadata import metadata

categories = Table(
    "categories",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("categories.id")),
)

products = Table(
    "products",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("sku", String(100)),
    Column("name", String(255), nullable=False),
    Column("category_id", BigInteger, ForeignKey("categories.id")),
    Column("price", Numeric(14, 2)),
    Column("stock", Integer),
    Column("pack_days", Integer),
    Column("active", Boolean, nullable=False, server_default=FetchedValue()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
)
