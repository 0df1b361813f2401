"""One file in, in one transaction; then the numbers of the customers it touched."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import audit, name_index, summary, thresholds, tombstones
from cdm_core import staff as people
from cdm_core.catch_up import catch_up
from cdm_core.db.as_of import set_as_of
from cdm_core.db.away import OvertakenError, is_collision, is_too_slow
from cdm_core.imports import columns as column_names
from cdm_core.imports import customers, events, family, orders, patience, products, staging
from cdm_core.imports.columns import Columns
from cdm_core.imports.kind import STAGING, Context, Counts, Kind
from cdm_core.imports.reader import Sheet, open_sheet
from cdm_core.imports.rows import Reading, Rejection, Rejects, Unread
from cdm_core.imports.values import Fault
from cdm_core.tables import imports, staff

Progress = Callable[[int, int], None]

_WORDS_TOGETHER = 1000
_PARTS = 1000
_TRIES = 4
_READ, _MERGED = 500, 800  # of _PARTS: where the bar stands after reading and after merging


class FileKind(StrEnum):
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    ORDERS = "orders"
    FAMILY = "family"
    EVENTS = "events"


KINDS: Mapping[FileKind, Kind] = {
    FileKind.CUSTOMERS: customers.KIND,
    FileKind.PRODUCTS: products.KIND,
    FileKind.ORDERS: orders.KIND,
    FileKind.FAMILY: family.KIND,
    FileKind.EVENTS: events.KIND,
}


@dataclass(frozen=True, slots=True)
class ImportResult:
    """``rows`` = ``accepted`` + ``rejected``; ``created``, ``changed`` and ``unchanged`` count things, not rows.

    ``columns`` tells how the file was understood; ``faults`` counts the rejected by reason, ``examples`` are the
    first of them, ``errors_path`` is where all are (None: no errors file was asked for, or none was needed). ``unread``
    are cells that cost no row.
    """

    kind: FileKind
    file: str
    columns: Columns
    rows: int
    accepted: int
    rejected: int
    created: int
    changed: int
    unchanged: int
    faults: Mapping[Fault, int]
    examples: tuple[Rejection, ...]
    unread: tuple[Unread, ...]
    errors_path: Path | None
    dry_run: bool
    duration: timedelta


async def import_file(
    engine: AsyncEngine,
    kind: FileKind,
    path: Path,
    *,
    source: str = "shop",
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    errors_path: Path | None = None,
    staff_id: int | None = None,
    now: datetime,
    zone: ZoneInfo,
    country: str = "BD",
    progress: Progress | None = None,
) -> ImportResult:
    """Bring ``path`` in, known by the keys of ``source``; ``mapping`` is column → field where names do not tell.

    All or nothing but for rejected rows, and run again where it lost against another transaction; a dry run does the
    same and takes it back. The engine must let statements run long (``statement_seconds=None``).
    ``progress(done, total)`` counts thousandths of the whole work.

    Raises ``CdmError``: those of ``reader.open_sheet`` and ``columns.resolve``.
    """
    began = time.perf_counter()
    report = progress or (lambda done, total: None)
    sheet = await asyncio.to_thread(open_sheet, path)
    columns = column_names.resolve(sheet.header, KINDS[kind].fields, mapping)

    async def once() -> tuple[Reading, Counts]:
        with Rejects(errors_path, columns) as rejects:
            async with AsyncSession(engine) as session:
                context = await _begin(session, source=source, now=now, zone=zone, country=country)
                reading = Reading(sheet, KINDS[kind], context, columns, rejects)
                counts = await _bring_in(session, reading, report)
                duration = timedelta(seconds=time.perf_counter() - began)
                if dry_run:
                    await session.rollback()
                else:
                    await _record(session, kind, sheet, reading, counts, context, staff_id, duration)
                    await session.commit()
        return reading, counts

    reading, counts = await _persistently(once)
    if not dry_run:
        if reading.accepted > summary.BATCH:
            await _plan_anew(engine)
        await _learn(engine, counts.words)
        await _sum_up(engine, now, country, report)
    report(_PARTS, _PARTS)
    rejected = reading.rows - reading.accepted
    return ImportResult(
        kind=kind,
        file=sheet.name,
        columns=columns,
        rows=reading.rows,
        accepted=reading.accepted,
        rejected=rejected,
        created=counts.created,
        changed=counts.changed,
        unchanged=counts.unchanged,
        faults=dict(reading.rejects.faults),
        examples=tuple(reading.rejects.examples),
        unread=tuple(reading.unread.values()),
        errors_path=errors_path if rejected else None,
        dry_run=dry_run,
        duration=timedelta(seconds=time.perf_counter() - began),
    )


async def _persistently(once: Callable[[], Awaitable[tuple[Reading, Counts]]]) -> tuple[Reading, Counts]:
    """The whole file again where it lost against another transaction, but not where somebody ended it."""
    for _ in range(_TRIES - 1):
        try:
            return await once()
        except (DBAPIError, OvertakenError) as error:
            if is_too_slow(error) or not is_collision(error):
                raise
    return await once()


async def _begin(session: AsyncSession, *, source: str, now: datetime, zone: ZoneInfo, country: str) -> Context:
    """Open the transaction: the core's own, at ``now``, one import at a time."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    await session.execute(text("SET LOCAL lock_timeout = 0"))
    await session.execute(text("SET LOCAL work_mem = '128MB'"))
    await session.execute(text("SET LOCAL default_statistics_target = 10"))  # enough for the temporary tables
    await set_as_of(session, now)
    await session.execute(text("SELECT set_config('cdm.writer', 'core', true)"))
    await patience.one_import_at_a_time(session)
    people = await session.execute(select(staff.c.id, staff.c.name).where(staff.c.active).order_by(staff.c.id.desc()))
    by_name = {column_names.plain(name): id_ for id_, name in people}
    return Context(source, now, zone, country, by_name, await tombstones.all_of(session))


async def _bring_in(session: AsyncSession, reading: Reading, report: Progress) -> Counts:
    await staging.of_file(session)
    await staging.FILE.begin(session, STAGING, f"line integer, {reading.kind.staging}")
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    await raw.copy_to_table(STAGING, source=_chunks(reading, report), null="", schema_name="pg_temp")
    await staging.FILE.plan(session, STAGING)
    counts = await reading.kind.merge(session, reading.context, reading.columns)
    await session.execute(
        text("INSERT INTO stale_customers (customer_id) SELECT DISTINCT customer_id FROM import_touched")
    )
    report(_MERGED, _PARTS)
    return counts


async def _chunks(reading: Reading, report: Progress) -> AsyncIterator[bytes]:
    """Rows read in a thread, so that whoever shares this loop goes on living."""
    chunks = reading.chunks()
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        report(_READ * min(reading.line, reading.sheet.lines) // reading.sheet.lines, _PARTS)
        yield chunk


async def _record(
    session: AsyncSession,
    kind: FileKind,
    sheet: Sheet,
    reading: Reading,
    counts: Counts,
    context: Context,
    staff_id: int | None,
    duration: timedelta,
) -> None:
    actor = "import" if staff_id is None else await people.get(session, staff_id)
    accepted = reading.accepted
    await audit.record(session, context.now, actor, "import", kind=kind, file=sheet.name, rows=accepted)
    await session.execute(
        insert(imports).values(
            kind=kind,
            source=context.source,
            file_name=sheet.name[-255:],
            staff_id=staff_id,
            rows=reading.rows,
            accepted=accepted,
            rejected=reading.rows - accepted,
            changed=counts.created + counts.changed,
            started_at=context.now,
            finished_at=context.now + duration,
        )
    )


async def _plan_anew(engine: AsyncEngine) -> None:
    """Let the server see what came in: summing up as it plans for the tables before may take minutes a batch."""
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("ANALYZE"))


async def _learn(engine: AsyncEngine, words: Mapping[str, int]) -> None:
    """Add the words of new names to the vocabulary, in short transactions: adding a customer waits for them."""
    ordered = sorted(words)
    for first in range(0, len(ordered), _WORDS_TOGETHER):
        async with AsyncSession(engine) as session, session.begin():
            part = ordered[first : first + _WORDS_TOGETHER]
            await name_index.learn_words(session, {word: words[word] for word in part})


async def _sum_up(engine: AsyncEngine, now: datetime, country: str, report: Progress) -> None:
    """Bring the customers the import marked in step, and whom other systems marked meanwhile.

    Were this to be cut off, the minute job would go on with it.
    """
    async with AsyncSession(engine) as session:
        waiting = await summary.stale(session)
        limits = await thresholds.load(session)
    done, batch = 0, 1
    while batch:
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            await set_as_of(session, now)
            batch = await catch_up(session, limits, country=country)
        done += batch
        report(_MERGED + (_PARTS - _MERGED) * min(done, waiting) // max(waiting, 1), _PARTS)
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await summary.store_score_cuts(session)
