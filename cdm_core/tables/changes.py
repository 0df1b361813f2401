"""What people change about customers by hand: fields, consents, relatives taken away, merges, hand-overs, erasures."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    LargeBinary,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdm_core.tables.metadata import metadata

consents = Table(
    "consents",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("allowed", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("changed_by", BigInteger, ForeignKey("staff.id")),
)

customer_changes = Table(
    "customer_changes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("relative_id", BigInteger),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("undone_at", DateTime(timezone=True)),
)

removed_relatives = Table(
    "removed_relatives",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("relationship", String(50), primary_key=True),
    Column("name_key", Text, primary_key=True),
    Column("removed_at", DateTime(timezone=True), nullable=False),
    Column("removed_by", BigInteger, ForeignKey("staff.id")),
)

merges = Table(
    "merges",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("gone_id", BigInteger, nullable=False),
    Column("gone_phone", String(16)),
    Column("moved", JSONB, nullable=False),
    Column("merged_by", BigInteger, ForeignKey("staff.id")),
    Column("merged_at", DateTime(timezone=True), nullable=False),
    Column("undone_by", BigInteger, ForeignKey("staff.id")),
    Column("undone_at", DateTime(timezone=True)),
)

not_duplicates = Table(
    "not_duplicates",
    metadata,
    Column("first_id", BigInteger, primary_key=True),
    Column("second_id", BigInteger, primary_key=True),
    Column("said_by", BigInteger, ForeignKey("staff.id")),
    Column("said_at", DateTime(timezone=True), nullable=False),
)

hand_overs = Table(
    "hand_overs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("asked_by", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("owner_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("granted", Boolean),
    Column("answered_by", BigInteger, ForeignKey("staff.id")),
    Column("answered_at", DateTime(timezone=True)),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
)
