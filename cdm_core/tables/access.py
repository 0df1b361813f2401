"""Who may use the HTTP API."""

from sqlalchemy import BigInteger, Column, DateTime, FetchedValue, Identity, Integer, LargeBinary, String, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from cdm_core.tables.metadata import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("prefix", String(12), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("origins", ARRAY(Text), nullable=False, server_default=FetchedValue()),
    Column("requests_per_minute", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)
