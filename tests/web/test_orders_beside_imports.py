"""Orders, customers and products put while a file is coming in: none waits for it but what the file is making."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core import access, customer_writes, order_puts, products, thresholds
from cdm_core.customer_writes import Key
from cdm_core.db.as_of import set_as_of
from cdm_core.db.engine import create_engine
from cdm_core.imports import claims, patience
from cdm_core.imports.load import FileKind, ImportResult, import_file
from cdm_core.order_puts import PutLine, PutOrder
from cdm_core.words import OrderStatus, ProfileField
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients

Import = Callable[[], Coroutine[object, object, ImportResult]]

FILE = "order_id,customer_id,ordered_at,sku,product,unit_price\nF-1,new,2026-11-20,TEA,Green tea,300\n"


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.product(session, id=456, name="Honey", sku="HONEY")
    await factories.settle(session, 123)
    return await client("read,write")


@pytest.fixture
async def patient(database_url: str) -> AsyncIterator[AsyncEngine]:
    """As the command has it: an import waits as long as it must."""
    made = create_engine(database_url, pool_size=2, application_name="cdm import tests", statement_seconds=None)
    yield made
    await made.dispose()


@pytest.fixture
def importing(patient: AsyncEngine, tmp_path: Path, zone: ZoneInfo) -> Import:
    file = tmp_path / "orders.csv"
    file.write_text(FILE)
    return lambda: import_file(patient, FileKind.ORDERS, file, now=NOW, zone=zone)


@asynccontextmanager
async def _stopped_short_of_its_commit(
    importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> AsyncIterator[None]:
    task = asyncio.create_task(importing())
    async with sessions.begin() as other:
        await other.execute(text("LOCK imports"))
        await _until_waiting(other, "relation", task)
        yield
        assert not task.done()
    assert (await task).created == 1


async def _until_waiting(session: AsyncSession, for_: str, *tasks: asyncio.Task[Any]) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = :for AND NOT granted")
    while (await session.execute(waiting, {"for": for_})).scalar_one() < len(tasks):
        assert not any(task.done() for task in tasks)


async def _until_a_circle_was_sought(session: AsyncSession, *tasks: asyncio.Task[Any]) -> None:
    """Until each waits for so long that the server has looked whether they wait for each other: who comes after them
    is the one it ends."""
    sought = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart"
        " > 1.2 * CAST(current_setting('deadlock_timeout') AS interval)"
    )
    while (await session.execute(sought)).scalar_one() < len(tasks):
        assert not any(task.done() for task in tasks)


async def _put(shop: AsyncClient, key: str, customer: object, **line: object) -> Response:
    items = [{"quantity": 1, "amount": 300, **line}]
    order = {"customerId": customer, "ordered_at": NOW.isoformat(), "items": items}
    return await shop.put(f"/cdm/orders/shop/{key}", json=order)


async def test_what_the_file_does_not_make(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with _stopped_short_of_its_commit(importing, sessions):
        for number, (customer, line) in enumerate(
            [(123, {"sku": "GHEE", "product": "Ghee"}), ("shop:other", {"sku": "HONEY"}), (123, {"product": "Dates"})]
        ):
            answer = await _put(shop, f"O-{number}", customer, **line)
            assert answer.status_code == 201, answer.text


def _is_busy(answer: Response) -> bool:
    return (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "busy", "5")


async def test_what_the_file_makes_is_made_once(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async def put() -> list[Response]:
        by_sku, by_name = _put(shop, "O-2", "shop:other", sku="TEA"), _put(shop, "O-3", 123, product="Green tea")
        return [*await asyncio.gather(by_sku, by_name, shop.put("/cdm/products/shop:TEA", json={"price": 310}))]

    async with _stopped_short_of_its_commit(importing, sessions):
        assert (await shop.put("/cdm/products/shop:GHEE", json={"name": "Ghee"})).status_code == 201
        assert all(map(_is_busy, await put()))
    *orders, product = await put()
    assert [answer.status_code for answer in (*orders, product)] == [201, 201, 200]
    theirs = (await shop.get("/cdm/orders/shop/F-1")).json()["items"][0]["product_id"]
    assert {order.json()["items"][0]["product_id"] for order in orders} == {theirs}
    assert (product.json()["product_id"], product.json()["price"]) == (theirs, 310)


async def test_many_who_name_a_product_of_the_file_keep_no_connection_from_others(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with _stopped_short_of_its_commit(importing, sessions), sessions() as looking:
        puts = [asyncio.create_task(_put(shop, f"O-{number}", 123, sku="TEA")) for number in range(12)]
        await _until_waiting(looking, "advisory", puts[-1])
        shown = await asyncio.wait_for(shop.get("/cdm/products"), timeout=3)
        assert [product["name"] for product in shown.json()] == ["Honey"]
        assert all([_is_busy(await put) for put in puts])
    assert (await _put(shop, "O-1", 123, sku="TEA")).status_code == 201


async def test_many_who_name_a_customer_of_the_file_keep_no_connection_from_others(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> None:
    new = {"source": "shop", "key": "new", "first_name": "Mitu"}
    async with _stopped_short_of_its_commit(importing, sessions), sessions() as looking:
        assert (await shop.post("/cdm/customers", json=new | {"key": "other"})).status_code == 201
        puts = [
            *(asyncio.create_task(_put(shop, f"O-{number}", "shop:new", sku="HONEY")) for number in range(6)),
            *(asyncio.create_task(shop.post("/cdm/customers", json=new)) for _ in range(6)),
        ]
        await _until_waiting(looking, "transactionid", puts[-1])
        shown = await asyncio.wait_for(shop.get("/cdm/products"), timeout=3)
        assert [product["name"] for product in shown.json()] == ["Honey"]
        for busy in [await put for put in puts]:
            assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (503, "busy", "5")
    order, told = await _put(shop, "O-1", "shop:new", sku="HONEY"), await shop.post("/cdm/customers", json=new)
    assert (order.status_code, told.status_code) == (201, 200)
    theirs = (await shop.get("/cdm/orders/shop/F-1")).json()["customer_id"]
    assert (order.json()["customer_id"], told.json()["customer_id"]) == (theirs, theirs)


async def test_two_who_make_a_customer_beside_no_file_wait_for_each_other(
    shop: AsyncClient, sessions: async_sessionmaker[AsyncSession]
) -> None:
    new = {"source": "shop", "key": "new", "first_name": "Mitu"}
    async with sessions.begin() as other, sessions() as looking:
        mitu = await factories.customer(other, id=77)
        await other.execute(text("INSERT INTO customer_keys VALUES ('shop', 'new', 77)"))
        puts = [
            asyncio.create_task(_put(shop, "O-1", "shop:new", sku="HONEY")),
            asyncio.create_task(shop.post("/cdm/customers", json=new)),
        ]
        await _until_waiting(looking, "transactionid", *puts)
        await asyncio.wait(puts, timeout=2 * patience.BRIEF_MILLISECONDS / 1000)
        assert not any(put.done() for put in puts)
    assert [((await put).status_code, (await put).json()["customer_id"]) for put in puts] == [(201, mitu), (200, mitu)]


async def test_the_file_finds_a_customer_who_is_being_made(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with sessions.begin() as putting, sessions() as looking:
        await set_as_of(putting, NOW)
        limits = await thresholds.load(putting)
        mitu, _ = await customer_writes.put(
            putting, "key:shop", Key("shop", "new"), {ProfileField.FIRST_NAME: "Mitu"}, now=NOW, thresholds=limits
        )
        task = asyncio.create_task(importing())
        await _until_waiting(looking, "transactionid", task)
    assert (await task).created == 1
    assert (await shop.get("/cdm/orders/shop/F-1")).json()["customer_id"] == mitu
    assert (await shop.get("/cdm/customer360")).headers["X-Total-Count"] == "2"


@pytest.mark.parametrize("few", [0, claims.FEW])
async def test_the_file_finds_a_product_that_is_being_made(
    shop: AsyncClient,
    importing: Import,
    sessions: async_sessionmaker[AsyncSession],
    monkeypatch: pytest.MonkeyPatch,
    few: int,
) -> None:
    async with sessions.begin() as putting, sessions() as looking:
        await set_as_of(putting, NOW)
        tea, _ = await products.put(putting, "TEA", {}, now=NOW)
        monkeypatch.setattr(claims, "FEW", few)
        task = asyncio.create_task(importing())
        await _until_waiting(looking, "advisory", task)
    assert (await task).created == 1
    order = (await shop.get("/cdm/orders/shop/F-1")).json()
    assert order["items"][0]["product_id"] == tea.product_id


async def test_while_a_file_makes_very_much(
    shop: AsyncClient,
    importing: Import,
    sessions: async_sessionmaker[AsyncSession],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "FEW", 0)
    async with _stopped_short_of_its_commit(importing, sessions):
        monkeypatch.undo()
        assert (await _put(shop, "O-1", 123, sku="HONEY")).status_code == 201
        assert (await shop.put("/cdm/products/shop:HONEY", json={"price": 9})).status_code == 200
        for new in (
            await shop.post("/cdm/customers", json={"source": "shop", "key": "other", "phone": "01711223344"}),
            await shop.post("/cdm/customers", json={"source": "page", "key": "new"}),
            await _put(shop, "O-2", "shop:another", sku="HONEY"),
        ):
            assert new.status_code == 201, new.text
        for busy in (
            await shop.put("/cdm/products/shop:GHEE", json={"price": 9}),
            await asyncio.wait_for(_put(shop, "O-3", 123, sku="GHEE"), timeout=3),
        ):
            assert (busy.status_code, busy.json()["code"]) == (503, "busy")
    assert (await _put(shop, "O-3", "shop:new", sku="GHEE")).status_code == 201


async def test_the_file_finds_what_an_order_is_making(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession], zone: ZoneInfo
) -> None:
    tea = PutLine(status=OrderStatus.COMPLETED, sku="TEA", product="Green tea", amount=Decimal(300))
    order = PutOrder(source="shop", key="O-1", called="new", at=NOW, lines=[tea])
    async with sessions.begin() as putting, sessions() as looking:
        await set_as_of(putting, NOW)
        made = await order_puts.put(putting, order, None, now=NOW, zone=zone)
        task = asyncio.create_task(importing())
        await _until_waiting(looking, "transactionid", task)
    assert (await task).created == 1
    theirs = (await shop.get("/cdm/orders/shop/F-1")).json()
    own = (await shop.get("/cdm/orders/shop/O-1")).json()
    assert theirs["customer_id"] == made.customer_id
    assert theirs["items"][0]["product_id"] == own["items"][0]["product_id"]


@pytest.mark.parametrize("customer", [123, "shop:new"])
async def test_an_order_put_before_the_file_that_has_it_is_one(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession], zone: ZoneInfo, customer: object
) -> None:
    line = PutLine(status=OrderStatus.COMPLETED, sku="HONEY", amount=Decimal(250))
    order = PutOrder(source="shop", key="F-1", called="new", at=NOW, lines=[line])
    async with sessions() as looking, sessions.begin() as putting:
        await set_as_of(putting, NOW)
        whose = None
        if customer == 123:
            whose = await access.access_customer(putting, None, await thresholds.load(putting), 123)
        await order_puts.put(putting, order, whose, now=NOW, zone=zone)
        task = asyncio.create_task(importing())
        await _until_waiting(looking, "transactionid", task)
    done = await task
    assert (done.created, done.changed) == (0, 1)
    await _is_one_order(shop, sessions)
    assert (await shop.get("/cdm/orders/shop/F-1")).json()["items"][0]["amount"] == 300


async def test_an_order_put_after_the_file_that_has_it_is_one(
    shop: AsyncClient, importing: Import, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with _stopped_short_of_its_commit(importing, sessions):
        assert _is_busy(await _put(shop, "F-1", 123, sku="HONEY"))
    assert (await _put(shop, "F-1", 123, sku="HONEY")).status_code == 200
    await _is_one_order(shop, sessions)
    assert (await shop.get("/cdm/orders/shop/F-1")).json()["customer_id"] == 123


async def _is_one_order(shop: AsyncClient, sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as looking:
        every = "SELECT (SELECT count(*) FROM sales_orders), (SELECT count(*) FROM order_keys)"
        assert tuple((await looking.execute(text(every))).one()) == (1, 1)
        joined = "SELECT count(*) FROM sales_orders JOIN order_keys USING (customer_id) WHERE order_id = id"
        assert (await looking.execute(text(joined))).scalar_one() == 1


@pytest.fixture
def stocking(
    patient: AsyncEngine, tmp_path: Path, zone: ZoneInfo
) -> Callable[[str], Coroutine[Any, Any, ImportResult]]:
    """Import products with these SKUs, in this order."""

    def work(skus: str) -> Coroutine[Any, Any, ImportResult]:
        file = tmp_path / f"{skus}.csv"
        file.write_text("sku,name,category,price\n" + "".join(f"{sku},Sort {sku},Sorts,300\n" for sku in skus))
        return import_file(patient, FileKind.PRODUCTS, file, now=NOW, zone=zone)

    return work


async def test_a_file_of_products_and_an_order_of_the_same_in_another_order(
    shop: AsyncClient,
    stocking: Callable[[str], Coroutine[Any, Any, ImportResult]],
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    async with sessions() as looking, sessions() as other:
        await other.execute(text("INSERT INTO products (sku, name) VALUES ('M', 'Sort M')"))
        file = asyncio.create_task(stocking("ZMA"))
        await _until_waiting(looking, "transactionid", file)
        items = [{"sku": sku, "quantity": 1, "amount": 300} for sku in "AZ"]
        order = {"customerId": 123, "ordered_at": NOW.isoformat(), "items": items}
        assert _is_busy(await shop.put("/cdm/orders/shop/O-1", json=order))
        await _until_a_circle_was_sought(looking, file)
        await other.rollback()
    assert (await file).created == 3
    put = await shop.put("/cdm/orders/shop/O-1", json=order)
    assert put.status_code == 201, put.text
    listed = (await shop.get("/cdm/products")).json()
    assert [product["sku"] for product in listed if product["sku"] != "HONEY"] == ["Z", "M", "A"]
    ids = {product["sku"]: product["product_id"] for product in listed}
    assert [item["product_id"] for item in put.json()["items"]] == [ids["A"], ids["Z"]]


async def test_a_file_of_products_and_one_put_of_the_same(
    shop: AsyncClient,
    stocking: Callable[[str], Coroutine[Any, Any, ImportResult]],
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    async with sessions.begin() as putting, sessions() as looking:
        tea, _ = await products.put(putting, "T", {"stock": 5, "category": "Sorts"}, now=NOW)
        file = asyncio.create_task(stocking("AT"))
        await _until_waiting(looking, "transactionid", file)
        assert (await shop.put("/cdm/products/shop:GHEE", json={"price": 9})).status_code == 201
    done = await file
    assert (done.created, done.changed) == (1, 1)
    async with sessions.begin() as other:
        await other.execute(text("LOCK imports"))
        file = asyncio.create_task(stocking("TB"))
        await _until_waiting(other, "relation", file)
        again = asyncio.create_task(stocking("BT"))
        assert _is_busy(await shop.put("/cdm/products/shop:B", json={"stock": 7}))
        await _until_waiting(other, "advisory", again)
    assert [((await one).created, (await one).unchanged) for one in (file, again)] == [(1, 1), (0, 2)]
    put = await shop.put("/cdm/products/shop:B", json={"stock": 7})
    assert put.status_code == 200
    shown = (await shop.get(f"/cdm/products/{tea.product_id}")).json()
    assert (shown["name"], shown["category"], shown["price"], shown["stock"]) == ("Sort T", "Sorts", 300, 5)
    shown = put.json()
    assert (shown["name"], shown["price"], shown["stock"]) == ("Sort B", 300, 7)


async def test_a_file_of_events_and_a_product_of_a_category_both_make(
    shop: AsyncClient, patient: AsyncEngine, tmp_path: Path, sessions: async_sessionmaker[AsyncSession], zone: ZoneInfo
) -> None:
    viewed = tmp_path / "events.csv"
    viewed.write_text("customer_id,occurred_at,event,sku,category\n#1,2026-11-20,product_view,T,Sorts\n")
    async with sessions() as looking, sessions() as other:
        await other.execute(text("INSERT INTO categories (name) VALUES ('Sorts')"))
        file = asyncio.create_task(import_file(patient, FileKind.EVENTS, viewed, now=NOW, zone=zone))
        await _until_waiting(looking, "transactionid", file)
        put = await shop.put("/cdm/products/shop:T", json={"name": "Tea", "category": "Seeds"})
        assert put.status_code == 201, put.text
        await other.rollback()
    assert (await file).created == 1
    assert {product["name"] for product in (await shop.get("/cdm/products")).json()} == {"Tea", "Honey"}
