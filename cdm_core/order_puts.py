"""One order as the shop has it by now, brought in as a file of orders would: made, changed, or as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_ends, summary, winback_outcomes
from cdm_core.access import CustomerRef
from cdm_core.db.away import OvertakenError
from cdm_core.errors import CdmError
from cdm_core.imports import keys, order_merge, orders, staging
from cdm_core.imports.columns import Columns
from cdm_core.imports.kind import STAGING, Context
from cdm_core.imports.rows import copied
from cdm_core.imports.staging import Staging
from cdm_core.imports.values import Bad, clean
from cdm_core.moments import fitting
from cdm_core.tables import order_keys, sales_orders
from cdm_core.words import OrderStatus, PaymentMethod


class PutState(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PutLine:
    """One line: of a product by ``sku`` or name, or of none where the order tells its total alone.

    It comes to ``quantity`` × ``unit_price``, else to ``amount``.
    """

    status: OrderStatus
    sku: str | None = None
    product: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PutOrder:
    """What the shop says of order ``key`` of ``source``, the whole of it. ``called`` is what the same source calls
    the customer, where it was told so; ``updated_at`` when the shop came to say so, by its own clock.
    """

    source: str
    key: str
    called: str | None
    at: datetime
    lines: Sequence[PutLine]
    payment: PaymentMethod | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Whose the order is, its id, what became of it, and whose it was before."""

    customer_id: int
    order_id: int
    state: PutState
    former_id: int | None


async def put(
    session: AsyncSession, order: PutOrder, customer: CustomerRef | None, *, now: datetime, zone: ZoneInfo
) -> Put:
    """Bring the order in and close the alert it answers. Without a ``customer`` one is made whom the order's source
    calls ``order.called``; one who was erased has orders as numbers still. What the order was before the shop last
    changed it, told late, changes nothing.

    Raises ``OvertakenError`` where others brought in the same meanwhile (run it again), ``CdmError``
    ``bad_order_line`` (``line`` from 1, ``field``, ``fault``) or those of ``moments.fitting``, and ``RuntimeError``
    for a second order in one transaction.
    """
    fitting(order.at, now)
    if order.updated_at is not None:
        fitting(order.updated_at, now)
    order = replace(order, key=clean(order.key))
    before = await _locked(session, order.source, order.key)
    if before is not None and await _is_older(session, order):
        return Put(*before, PutState.UNCHANGED, former_id=before[0])
    known = {before[0]} if before else set()
    locked = await summary.begin_write(session, known | ({customer.customer_id} if customer else set()))
    called = order.called or f"#{customer.customer_id if customer else ''}"
    tables = await staging.of_order(session)
    await _stage(session, order, called, tables, now=now, zone=zone)
    if customer is None:
        await keys.resolve(session, _context(order.source, now, zone), first_seen="min(at)", staging=tables)
        if not (await session.execute(text("SELECT created FROM import_customers"))).scalar_one():
            raise OvertakenError
    else:
        await keys.known(session, clean(called), customer.customer_id, at=order.at, staging=tables)
    try:
        counts = await order_merge.bring_in(session, order.source, staging=tables)
    except IntegrityError as error:  # a file is bringing the same order in
        raise OvertakenError from error
    ids = sorted((await session.execute(text("SELECT DISTINCT customer_id FROM import_touched"))).scalars())
    if ids:
        if others := set(ids) - set(locked):
            await summary.begin_write(session, others)
        await winback_outcomes.settle(session, ids, now=now)
        await summary.refresh(session, ids, erased=True)
    for customer_id in ids:
        await alert_ends.close_answered(session, now=now, customer_id=customer_id)
    if order.updated_at is not None:
        await session.execute(update(order_keys).where(*_of(order)).values(updated_at=order.updated_at))
    found = await _find(session, order.source, order.key)
    assert found is not None
    state = PutState.CREATED if counts.created else PutState.CHANGED if counts.changed else PutState.UNCHANGED
    return Put(*found, state, former_id=before[0] if before else None)


async def hold(session: AsyncSession, source: str, key: str) -> None:
    """Lock the order and whose it is until the transaction ends: what is read of it now stands."""
    found = await _locked(session, source, clean(key))
    if found is not None:
        await summary.begin_write(session, [found[0]])


async def _locked(session: AsyncSession, source: str, key: str) -> tuple[int, int] | None:
    """``_find``, when nobody else brings the order in any more."""
    this = {"this": f"order\t{source}\t{key}"}
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:this, 0))"), this)
    return await _find(session, source, key)


async def _find(session: AsyncSession, source: str, key: str) -> tuple[int, int] | None:
    """Whose the order is, and its id."""
    known = order_keys.c
    found = select(known.customer_id, known.order_id).where(known.source == source, known.external_id == key)
    row = (await session.execute(found)).one_or_none()
    return None if row is None else (row.customer_id, row.order_id)


async def _is_older(session: AsyncSession, order: PutOrder) -> bool:
    """Whether the shop has changed the order since, as it told us, and the order is there."""
    if order.updated_at is None:
        return False
    orders_, known = sales_orders.c, order_keys.c
    kept = order_keys.join(sales_orders, (orders_.customer_id == known.customer_id) & (orders_.id == known.order_id))
    later = select(known.order_id).select_from(kept).where(*_of(order), known.updated_at > order.updated_at)
    return (await session.execute(later)).first() is not None


def _of(order: PutOrder) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return order_keys.c.source == order.source, order_keys.c.external_id == order.key


async def _stage(
    session: AsyncSession, order: PutOrder, called: str, tables: Staging, *, now: datetime, zone: ZoneInfo
) -> None:
    """The order's lines as rows of a file, worded and counted as there: a file that says the same changes nothing."""
    read = orders.readers(_context(order.source, now, zone))
    named = any(line.sku or line.product for line in order.lines)
    shape = orders.shape(_context(order.source, now, zone), Columns((), {"sku": 0} if named else {}))
    rows = []
    for number, line in enumerate(order.lines, 1):
        cells: dict[str, object] = {
            "order_id": order.key,
            "customer_id": called,
            "ordered_at": order.at.astimezone(zone).isoformat(),
            "sku": line.sku,
            "product": line.product,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "amount": line.amount,
            "status": line.status,
            "payment_method": order.payment,
        }
        said = ((field.name, "" if cells[field.name] is None else clean(_cell(cells[field.name]))) for field in _FIELDS)
        try:
            rows.append(shape(number, [read[name](cell) if cell else None for name, cell in said]))
        except Bad as bad:
            raise CdmError("bad_order_line", line=number, field=bad.field or "amount", fault=bad.fault) from None
    await tables.begin(session, STAGING, f"line integer, {orders.KIND.staging}")
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    await raw.copy_to_table(STAGING, source=BytesIO(copied(rows)), null="", schema_name="pg_temp")


def _cell(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _context(source: str, now: datetime, zone: ZoneInfo) -> Context:
    return Context(source, now, zone, country="", people={})


_FIELDS = orders.FIELDS
