"""Voice notes, pictures and papers: those of contacts, those that wait for whose they are, those to delete."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from cdm_core.tables.metadata import metadata

interaction_files = Table(
    "interaction_files",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("interaction_id", BigInteger, nullable=False),
    Column("origin", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("bot_id", BigInteger, nullable=False),
    Column("file_id", Text, nullable=False),
    Column("file_unique_id", Text, nullable=False),
    Column("file_name", Text),
    Column("mime_type", Text),
    Column("file_size", BigInteger),
    Column("duration_seconds", Integer),
    Column("state", String(10), nullable=False, server_default=FetchedValue()),
    Column("attempts", SmallInteger, nullable=False, server_default=FetchedValue()),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    Column("stored_name", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()),
    ForeignKeyConstraint(
        ["customer_id", "interaction_id"], ["customer_interactions.customer_id", "customer_interactions.id"]
    ),
)

waiting_files = Table(
    "waiting_files",
    metadata,
    Column("note_id", BigInteger, ForeignKey("waiting_notes.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("origin", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("bot_id", BigInteger, nullable=False),
    Column("file_id", Text, nullable=False),
    Column("file_unique_id", Text, nullable=False),
    Column("file_name", Text),
    Column("mime_type", Text),
    Column("file_size", BigInteger),
    Column("duration_seconds", Integer),
)

files_to_delete = Table("files_to_delete", metadata, Column("stored_name", Text, primary_key=True))
