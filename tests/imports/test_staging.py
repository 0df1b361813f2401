"""The temporary tables of imports: orders leave theirs to the connection, files make their own."""

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import order_puts
from cdm_core.access import CustomerRef
from cdm_core.db.as_of import set_as_of
from cdm_core.db.engine import create_engine
from cdm_core.imports.load import FileKind, import_file
from cdm_core.order_puts import PutLine, PutOrder
from cdm_core.words import OrderStatus
from tests import factories
from tests.factories import NOW

FILE = "order_id,customer_id,ordered_at,sku,product,unit_price\nF-1,new,2026-11-20,TEA,Green tea,300\n"


async def test_orders_and_files_by_one_connection(
    session: AsyncSession, database_url: str, tmp_path: Path, zone: ZoneInfo
) -> None:
    await factories.customer(session, id=123)
    await factories.settle(session, 123)
    tea = PutLine(status=OrderStatus.COMPLETED, sku="TEA", product="Green tea", amount=Decimal(300))
    family = tmp_path / "family.csv"
    family.write_text("customer_id,name,relationship\n#123,Mina,mother\n")
    orders = tmp_path / "orders.csv"
    orders.write_text(FILE)
    alone = create_engine(database_url, pool_size=1, application_name="cdm test")

    async def put(own: AsyncSession, key: str) -> tuple[order_puts.PutState, object]:
        await set_as_of(own, NOW)
        customer = CustomerRef(123, name="", owner_id=None)
        done = await order_puts.put(own, PutOrder("shop", key, None, NOW, [tea]), customer, now=NOW, zone=zone)
        return done.state, (await own.execute(text("SELECT CAST('import_orders' AS regclass)::oid"))).scalar_one()

    async with AsyncSession(alone) as own:
        await put(own, "O-0")
        await own.rollback()
    made = []
    for keys in (("O-1", "O-2", "O-1"), ("O-2", "O-3")):
        for key in keys:
            async with AsyncSession(alone) as own, own.begin():
                made.append(await put(own, key))
        for kind, file in ((FileKind.FAMILY, family), (FileKind.ORDERS, orders)):
            await import_file(alone, kind, file, now=NOW, zone=zone)
    await alone.dispose()
    states, tables = zip(*made, strict=True)
    assert states == ("created", "created", "unchanged", "unchanged", "created")
    assert [len(set(part)) for part in (tables[:3], tables[3:])] == [1, 1]
    summed = text("SELECT total_orders, lifetime_value FROM customer_summary WHERE customer_id = 123")
    assert tuple((await session.execute(summed)).one()) == (3, 900)


async def test_a_second_order_of_one_transaction_is_refused_before_it_mixes_with_the_first(
    session: AsyncSession, zone: ZoneInfo
) -> None:
    await factories.customer(session, id=123)
    await factories.settle(session, 123)
    await session.commit()
    customer = CustomerRef(123, name="", owner_id=None)
    tea = PutLine(status=OrderStatus.COMPLETED, sku="TEA", amount=Decimal(300))

    async def put(key: str) -> None:
        await set_as_of(session, NOW)
        await order_puts.put(session, PutOrder("shop", key, None, NOW, [tea]), customer, now=NOW, zone=zone)

    for key in ("O-1", "O-2"):  # with tables of its own, then with those the connection has
        await put(key)
        with pytest.raises(RuntimeError, match="one order a transaction"):
            await put("O-3")
        await session.rollback()
        await put(key)
        await session.commit()
    kept = await session.execute(text("SELECT external_id FROM order_keys ORDER BY 1"))
    assert kept.scalars().all() == ["O-1", "O-2"]
