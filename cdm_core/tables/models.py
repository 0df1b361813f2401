"""Fitted models, the ranking they give, and what came of what was shown."""

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    FetchedValue,
    ForeignKey,
    Identity,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdm_core.tables.metadata import metadata

model_fits = Table(
    "model_fits",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("version", String(20), nullable=False),
    Column("fitted_at", DateTime(timezone=True), nullable=False),
    Column("data_from", Date),
    Column("data_until", Date),
    Column("parameters", JSONB, nullable=False),
    Column("diagnostics", JSONB, nullable=False),
)

call_ranking = Table(
    "call_ranking",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("owner_id", BigInteger),
    Column("fit_id", BigInteger),
    Column("value", Double, nullable=False),
    Column("p_alive", REAL),
    Column("p_buy", REAL),
    Column("expected_orders", REAL),
    Column("expected_spend", Numeric(14, 2)),
    Column("p_answer", REAL),
    Column("best_call_time", String(11)),
    Column("best_call_time_n", Integer),
    Column("best_call_time_by", String(6)),
    Column("due_again", ARRAY(BigInteger), nullable=False, server_default=FetchedValue()),
    Column("new_items", ARRAY(BigInteger), nullable=False, server_default=FetchedValue()),
    Column("ranked_at", DateTime(timezone=True), nullable=False),
)

recommendation_log = Table(
    "recommendation_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("household_id", BigInteger, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False),
    Column("shown_in", String(10), nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id")),
    Column("held_out", Boolean, nullable=False, server_default=FetchedValue()),
    Column("fit_id", BigInteger),
    Column("rank", Integer),
    Column("score", SmallInteger, nullable=False),
    Column("value", Double),
    Column("propensity", REAL, nullable=False),
    Column("drawn_until", Date),
    Column("next_action", String(20), nullable=False),
    Column("offer_type", String(20), nullable=False),
    Column("products", ARRAY(BigInteger), nullable=False, server_default=FetchedValue()),
    Column("acted_at", DateTime(timezone=True)),
    Column("interaction_id", BigInteger),
    Column("ordered_at", DateTime(timezone=True)),
    Column("order_id", BigInteger),
    Column("revenue", Numeric(14, 2)),
    Column("settled_at", DateTime(timezone=True)),
)
