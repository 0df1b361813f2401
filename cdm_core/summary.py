"""``customer_summary``: the rows of the live view ``customer_numbers``, kept with every write, as is the ranking.

A core write is ``begin_write`` … the facts … ``refresh``, in one transaction. The lock is a statement of its own
and comes first: without it, two writers of one customer would each sum up without the other's row.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import thresholds
from cdm_core.consents import not_held
from cdm_core.db.away import OvertakenError
from cdm_core.recommend import hours, scoring
from cdm_core.resting import RESTED, rest
from cdm_core.tables import customer_summary, customers

BATCH = 1000
"""Most customers a transaction may lock: advisory locks live in shared memory."""

_LOCK_SPACE = 0x63640000_00000000
"""Keeps these keys apart from the leaders' locks: customer ids stay far below 2^48."""

_INGEST_SPACE = 0x63650000_00000000
"""The same for those who add facts and leave the sums to others: they do not wait for each other."""

_COLUMNS = ", ".join(column.name for column in customer_summary.columns)
_CHANGES = ", ".join(f"{c.name} = EXCLUDED.{c.name}" for c in customer_summary.columns if c.name != "customer_id")

_LOCK = text("SELECT pg_advisory_xact_lock(:space + id) FROM unnest(CAST(:ids AS bigint[])) AS id")
_LOCK_ADDING = text("SELECT pg_advisory_xact_lock_shared(:space + id) FROM unnest(CAST(:ids AS bigint[])) AS id")
_UPSERT = text(
    f"""
    INSERT INTO customer_summary ({_COLUMNS})
    SELECT {_COLUMNS} FROM customer_numbers WHERE customer_id = ANY(CAST(:ids AS bigint[]))
    ON CONFLICT (customer_id) DO UPDATE SET {_CHANGES}
    RETURNING customer_id, total_orders > 0 AS buyer,
              (SELECT c.erased_at IS NOT NULL FROM customers c WHERE c.id = customer_summary.customer_id) AS erased
    """
)
_STORE_CUTS = text(
    f"""
    UPDATE settings SET value = coalesce(
        (SELECT percentile_cont(ARRAY[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) WITHIN GROUP (ORDER BY r.value)
         FROM (SELECT s.customer_id FROM customer_summary s
               WHERE NOT s.do_not_call AND {not_held("s.customer_id")} AND {RESTED} OFFSET 0) free  -- each once
         JOIN call_ranking r ON r.customer_id = free.customer_id), '{{}}')::text
    WHERE key = 'call_score_cuts'
    """
)
_UNMARK = text(
    "DELETE FROM stale_customers WHERE customer_id = ANY(CAST(:ids AS bigint[])) RETURNING customer_id, events_only"
)
_TRANSITIONS = text(
    """
    INSERT INTO lifecycle_transitions (customer_id, from_stage, to_stage, from_type, to_type, at)
    SELECT c.id, c.lifecycle_stage, s.lifecycle_stage, c.customer_type, s.customer_type, cdm_now()
    FROM customers c
    JOIN customer_summary s ON s.customer_id = c.id
    WHERE c.id = ANY(CAST(:ids AS bigint[]))
      AND (c.lifecycle_stage, c.customer_type) IS DISTINCT FROM (s.lifecycle_stage, s.customer_type)
    RETURNING customer_id
    """
)
_STAGES = text(
    """
    UPDATE customers c
    SET lifecycle_stage = s.lifecycle_stage, customer_type = s.customer_type
    FROM customer_summary s
    WHERE c.id = ANY(CAST(:ids AS bigint[])) AND s.customer_id = c.id
    """
)


async def begin_write(session: AsyncSession, customer_ids: Iterable[int], *, whole: bool = False) -> list[int]:
    """Lock these customers (at most ``BATCH``) until the transaction ends and mark it as the core's own.

    Gives the ids sorted, as ``refresh`` wants them. ``whole``: all their facts are moved or emptied, so that none may
    be added meanwhile.
    """
    ids = await _begin(session, customer_ids, _LOCK, _LOCK_SPACE)
    if whole:
        await session.execute(_LOCK, {"space": _INGEST_SPACE, "ids": ids})
    return ids


async def begin_adding(session: AsyncSession, customer_ids: Iterable[int]) -> list[int]:
    """Begin a core write (at most ``BATCH`` customers, sorted) that adds facts and marks them stale for ``take_stale``.

    It waits for nobody but who moves or empties all facts of one of them.
    """
    return await _begin(session, customer_ids, _LOCK_ADDING, _INGEST_SPACE)


async def _begin(session: AsyncSession, customer_ids: Iterable[int], lock: TextClause, space: int) -> list[int]:
    ids = sorted(set(customer_ids))
    if len(ids) > BATCH:
        raise ValueError(f"{len(ids)} customers in one write; at most {BATCH}")
    await session.execute(text("SELECT set_config('cdm.writer', 'core', true)"))
    await session.execute(lock, {"space": space, "ids": ids})
    return ids


async def refresh(
    session: AsyncSession, customer_ids: Sequence[int], *, erased: bool = False, only_events: Collection[int] = ()
) -> list[int]:
    """Sum these customers up and rank them anew, after ``begin_write``; gives those whose stage or type changed.

    To ``only_events`` nothing but behaviours and drop-offs was added, from which it does not follow when to call them,
    nor, of buyers, what a call is worth.
    Raises ``OvertakenError`` where one of them is gone: merged with another before this write had its lock, or erased,
    unless the write brings nothing but numbers (``erased``).
    """
    ids = {"ids": list(customer_ids)}
    summed = (await session.execute(_UPSERT, ids)).all()
    if len(summed) < len(customer_ids) or (any(row.erased for row in summed) and not erased):
        raise OvertakenError
    changed = [row.customer_id for row in await session.execute(_TRANSITIONS, ids)]
    if changed:
        await session.execute(_STAGES, {"ids": changed})
    called = [customer_id for customer_id in customer_ids if customer_id not in only_events]
    leads = [row.customer_id for row in summed if not row.buyer and row.customer_id in only_events]
    if called or leads:
        await scoring.rescore(session, sorted([*called, *leads]))
    if called:
        await hours.rescore(session, called)
    return changed


@dataclass(frozen=True, slots=True)
class Taken:
    """``ids`` are sorted, and ``only_events`` those of them who have but behaviours and drop-offs more than before.

    ``marked`` counts also who was marked and is gone.
    """

    marked: int = 0
    ids: Sequence[int] = ()
    only_events: Collection[int] = ()


async def take_stale(session: AsyncSession, *, limit: int = BATCH) -> Taken:
    """Lock the customers longest waiting in ``stale_customers`` and drop their marks, as the begin of a core write.

    Marks made after the lock stay for the next; of ``limit`` marks several may be one customer's.
    """
    oldest = text(
        "SELECT DISTINCT customer_id FROM (SELECT customer_id FROM stale_customers ORDER BY id LIMIT :limit) waiting"
    )
    waiting = (await session.execute(oldest, {"limit": limit})).scalars().all()
    if not waiting:
        return Taken()
    ids = await begin_write(session, waiting)
    marks = (await session.execute(_UNMARK, {"ids": ids})).all()
    more = {mark.customer_id for mark in marks if not mark.events_only}
    there = await _there(session, ids)
    return Taken(len(ids), there, {one for one in there if one not in more})


async def stale(session: AsyncSession) -> int:
    """How many customers wait for ``take_stale``."""
    count: int = (await session.execute(text("SELECT count(DISTINCT customer_id) FROM stale_customers"))).scalar_one()
    return count


async def refresh_due(session: AsyncSession, *, limit: int = BATCH) -> int:
    """Sum up buyers whom time alone has made inactive; gives how many."""
    ids = (
        (
            await session.execute(
                text(
                    """
                SELECT customer_id FROM customer_summary
                WHERE inactive_at <= cdm_now() AND lifecycle_stage <> 'inactive'
                ORDER BY inactive_at LIMIT :limit
                """
                ),
                {"limit": limit},
            )
        )
        .scalars()
        .all()
    )
    if ids:
        await refresh(session, await _there(session, await begin_write(session, ids)), erased=True)
    return len(ids)


async def refresh_all(
    engine: AsyncEngine, *, progress: Callable[[int, int], None] | None = None, batch: int = BATCH
) -> int:
    """Sum up every customer, a transaction a batch; ``progress(done, total)``. Gives how many."""
    async with AsyncSession(engine) as session:
        total = (await session.execute(text("SELECT count(*) FROM customers"))).scalar_one()
    done = 0
    async for ids in _all_ids(engine, batch):
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await refresh(session, await _there(session, await begin_write(session, ids)), erased=True)
        done += len(ids)
        if progress is not None:
            progress(done, max(total, done))
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await store_score_cuts(session)
    return done


async def store_score_cuts(session: AsyncSession) -> None:
    """Note the nine values that cut those who may be called now into tenths by value, for the 1 to 10 call score."""
    now = (await session.execute(text("SELECT cdm_now()"))).scalar_one()
    await session.execute(_STORE_CUTS, rest(now, await thresholds.load(session)))


async def _there(session: AsyncSession, locked: Sequence[int]) -> list[int]:
    """Those who were not merged with another before they were locked."""
    found = select(customers.c.id).where(customers.c.id.in_(locked)).order_by(customers.c.id)
    return list((await session.execute(found)).scalars())


async def _all_ids(engine: AsyncEngine, batch: int) -> AsyncIterator[list[int]]:
    last = 0
    while True:
        async with AsyncSession(engine) as session:
            ids = list(
                (
                    await session.execute(
                        select(customers.c.id).where(customers.c.id > last).order_by(customers.c.id).limit(batch)
                    )
                ).scalars()
            )
        if not ids:
            return
        yield ids
        last = ids[-1]
