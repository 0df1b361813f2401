"""Customers, the keys others know them by, and their families."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cdm_core.tables.metadata import metadata

customers = Table(
    "customers",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("first_name", String(255), nullable=False, server_default=FetchedValue()),
    Column("last_name", String(255), nullable=False, server_default=FetchedValue()),
    Column("phone", String(40)),
    Column("phone_e164", String(16)),
    Column("email", String(255)),
    Column("address", Text),
    Column("city", String(100)),
    Column("district", String(100)),
    Column("gender", String(20)),
    Column("date_of_birth", Date),
    Column("birth_month", SmallInteger),
    Column("birth_day", SmallInteger),
    Column("marital_status", String(20)),
    Column("anniversary_date", Date),
    Column("profession", String(100)),
    Column("available_time", String(50)),
    Column("preferred_channel", String(20)),
    Column("preferred_language", String(2)),
    Column("customer_type", String(20), nullable=False, server_default=FetchedValue()),
    Column("lifecycle_stage", String(20), nullable=False, server_default=FetchedValue()),
    Column("owner_id", BigInteger, ForeignKey("staff.id")),
    Column("household_id", BigInteger),
    Column("source", String(50)),
    Column("tags", ARRAY(Text), nullable=False, server_default=FetchedValue()),
    Column("do_not_call_at", DateTime(timezone=True)),
    Column("do_not_call_by", BigInteger, ForeignKey("staff.id")),
    Column("name_key", Text),
    Column("name_skeletons", ARRAY(Text)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("birthday_md", SmallInteger, FetchedValue()),
    Column("anniversary_md", SmallInteger, FetchedValue()),
)

customer_keys = Table(
    "customer_keys",
    metadata,
    Column("source", String(50), primary_key=True),
    Column("external_id", String(255), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), nullable=False),
    Column("imported", JSONB),
)

name_tokens = Table(
    "name_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("skeleton", Text, nullable=False),
    Column("uses", BigInteger, nullable=False, server_default=FetchedValue()),
)

customer_family_members = Table(
    "customer_family_members",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("phone", String(40)),
    Column("phone_e164", String(16)),
    Column("email", String(255)),
    Column("relationship", String(50), nullable=False),
    Column("date_of_birth", Date),
    Column("birth_month", SmallInteger),
    Column("birth_day", SmallInteger),
    Column("anniversary_date", Date),
    Column("gender", String(20)),
    Column("profession", String(100)),
    Column("name_key", Text),
    Column("name_skeletons", ARRAY(Text)),
    Column("imported", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("birthday_md", SmallInteger, FetchedValue()),
    Column("anniversary_md", SmallInteger, FetchedValue()),
)
