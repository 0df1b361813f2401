"""Many behaviours and drop-offs at once, of many customers: kept now, summed up by the next minute's job.

Signs that call for an alert are read from the facts, so an alert waits for no sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import customer_refs, product_keys, summary
from cdm_core.behaviors import Behaved
from cdm_core.db.away import OvertakenError
from cdm_core.dropoff_log import LeftBehind
from cdm_core.errors import CdmError
from cdm_core.moments import fitting
from cdm_core.tables import categories

MOST = 1000
"""Events of a batch; it locks as many customers at most."""

AT_ONCE = 3
"""Batches that are kept at once. Locks live in shared memory, which as many as there are connections could exhaust;
whoever has few connections lets batches wait before they take one."""

_SLOTS = 0x63646D05
_FREE = " OR ".join(f"pg_try_advisory_xact_lock(:slots, {slot})" for slot in range(AT_ONCE))
_QUEUE = text(f"SELECT pg_advisory_xact_lock(:slots, pg_backend_pid() % {AT_ONCE}) WHERE NOT ({_FREE})")
_IDS = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :number)")
_THERE = text("SELECT count(*) FROM customers WHERE id = ANY(CAST(:ids AS bigint[])) AND erased_at IS NULL")
_STALE = text("INSERT INTO stale_customers (customer_id, events_only) SELECT unnest(CAST(:ids AS bigint[])), true")
_KEPT_AS = """
    SELECT t.id, t.customer_id, t.import_key
    FROM unnest(CAST(:customers AS bigint[]), CAST(:keys AS text[])) AS wanted (customer_id, import_key)
    JOIN {table} t ON t.customer_id = wanted.customer_id AND t.import_key = wanted.import_key
    """
_KEEP_BEHAVIOR = text(
    """
    INSERT INTO customer_behavior (id, customer_id, behavior_type, product_id, category_id, search_query, session_id,
                                   device_type, occurred_at, import_key, created_at)
    SELECT *, CAST(:now AS timestamptz)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:customers AS bigint[]), CAST(:kinds AS text[]),
                CAST(:products AS bigint[]), CAST(:categories AS bigint[]), CAST(:queries AS text[]),
                CAST(:sessions AS text[]), CAST(:devices AS text[]), CAST(:moments AS timestamptz[]),
                CAST(:keys AS text[]))
    ON CONFLICT (customer_id, import_key) DO NOTHING
    RETURNING id
    """
)
_KEEP_DROPOFFS = text(
    """
    INSERT INTO customer_dropoff_tracking (id, customer_id, stage, product_id, cart_value, reason, session_id,
                                           occurred_at, import_key, created_at)
    SELECT *, CAST(:now AS timestamptz)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:customers AS bigint[]), CAST(:kinds AS text[]),
                CAST(:products AS bigint[]), CAST(:carts AS numeric[]), CAST(:reasons AS text[]),
                CAST(:sessions AS text[]), CAST(:moments AS timestamptz[]), CAST(:keys AS text[]))
    ON CONFLICT (customer_id, import_key) DO NOTHING
    RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Event:
    """``customer`` and ``product`` are ids or ``source:key``; ``key`` tells a repeat (``cdm_core.repeats``)."""

    customer: int | str
    fact: Behaved | LeftBehind
    product: int | str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event: its row's ``id``, ``repeated`` where it was kept before; or why it was refused."""

    id: int | None = None
    customer_id: int | None = None
    repeated: bool = False
    refused: CdmError | None = None


@dataclass(frozen=True, slots=True)
class _Whole:
    """An event of which everything is there."""

    place: int
    customer_id: int
    product_id: int | None
    fact: Behaved | LeftBehind
    key: str | None


async def keep(session: AsyncSession, events: Sequence[Event], *, now: datetime) -> tuple[Fate, ...]:
    """Keep the events (at most ``MOST``) that can be; the fates are in their order.

    Raises ``OvertakenError`` where a customer was merged or erased meanwhile: run it again.
    """
    if len(events) > MOST:
        raise ValueError(f"{len(events)} events in one batch; at most {MOST}")
    await session.execute(_QUEUE, {"slots": _SLOTS})
    fates: dict[int, Fate] = {}
    whole: list[_Whole] = []
    for place, found in enumerate(await _look_up(session, events, now)):
        if isinstance(found, CdmError):
            fates[place] = Fate(refused=found)
        else:
            whole.append(found)
    ids = await summary.begin_adding(session, {one.customer_id for one in whole})
    if (await session.execute(_THERE, {"ids": ids})).scalar_one() < len(ids):
        raise OvertakenError
    done = [one for one in whole if isinstance(one.fact, Behaved)]
    left = [one for one in whole if isinstance(one.fact, LeftBehind)]
    kept = {**await _keep_behavior(session, done, now), **await _keep_dropoffs(session, left, now)}
    await session.execute(_STALE, {"ids": sorted({one.customer_id for one in whole if not kept[one.place].repeated})})
    return tuple(fates.get(place) or kept[place] for place in range(len(events)))


async def _look_up(session: AsyncSession, events: Sequence[Event], now: datetime) -> list[_Whole | CdmError]:
    who = await customer_refs.refs_of(session, {event.customer for event in events})
    what = await product_keys.products_of(session, {event.product for event in events if event.product is not None})
    asked = {event.fact.category_id for event in events if isinstance(event.fact, Behaved)} - {None}
    groups = set()
    if asked:
        groups = set((await session.execute(select(categories.c.id).where(categories.c.id.in_(asked)))).scalars())

    def look(place: int, event: Event) -> _Whole | CdmError:
        customer = who[event.customer]
        if isinstance(customer, CdmError):
            return customer
        if event.product is not None and event.product not in what:
            return product_keys.named(event.product)
        group = event.fact.category_id if isinstance(event.fact, Behaved) else None
        if group is not None and group not in groups:
            return CdmError("no_such_category", category_id=group)
        try:
            fitting(event.fact.at, now)
        except CdmError as refusal:
            return refusal
        product = None if event.product is None else what[event.product]
        return _Whole(place, customer, product, event.fact, event.key)

    return [look(place, event) for place, event in enumerate(events)]


async def _keep_behavior(session: AsyncSession, done: Sequence[_Whole], now: datetime) -> dict[int, Fate]:
    facts = [one.fact for one in done if isinstance(one.fact, Behaved)]
    own = {
        "kinds": [fact.behavior_type for fact in facts],
        "categories": [fact.category_id for fact in facts],
        "queries": [fact.search_query for fact in facts],
        "devices": [fact.device_type for fact in facts],
    }
    return await _keep(session, "customer_behavior", _KEEP_BEHAVIOR, done, own, now)


async def _keep_dropoffs(session: AsyncSession, left: Sequence[_Whole], now: datetime) -> dict[int, Fate]:
    facts = [one.fact for one in left if isinstance(one.fact, LeftBehind)]
    own = {
        "kinds": [fact.stage for fact in facts],
        "carts": [fact.cart_value for fact in facts],
        "reasons": [fact.reason for fact in facts],
    }
    return await _keep(session, "customer_dropoff_tracking", _KEEP_DROPOFFS, left, own, now)


async def _keep(
    session: AsyncSession,
    table: str,
    statement: TextClause,
    events: Sequence[_Whole],
    own: dict[str, Any],
    now: datetime,
) -> dict[int, Fate]:
    if not events:
        return {}
    numbered = await session.execute(_IDS, {"table": table, "number": len(events)})
    ids = list(numbered.scalars())
    shared = {
        "now": now,
        "ids": ids,
        "customers": [one.customer_id for one in events],
        "products": [one.product_id for one in events],
        "sessions": [one.fact.session_id for one in events],
        "moments": [one.fact.at for one in events],
        "keys": [one.key for one in events],
    }
    new = set((await session.execute(statement, {**shared, **own})).scalars())
    fates = {one.place: Fate(ident, one.customer_id) for one, ident in zip(events, ids, strict=True)}
    known = [one for one, ident in zip(events, ids, strict=True) if ident not in new]
    if known:
        asked = {"customers": [one.customer_id for one in known], "keys": [one.key for one in known]}
        rows = await session.execute(text(_KEPT_AS.format(table=table)), asked)
        before = {(row.customer_id, row.import_key): row.id for row in rows}
        for one in known:
            fates[one.place] = Fate(before[one.customer_id, one.key], one.customer_id, repeated=True)
    return fates
