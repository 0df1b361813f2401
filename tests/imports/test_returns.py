"""When what is returned came back, as files and the API tell it, and what a backtest makes of it."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import sources
from cdm_core.recommend.backtest import backtest
from cdm_core.recommend.history import History
from cdm_core.recommend.verdict import to_json
from tests.factories import NOW
from tests.imports.conftest import Ask, Bring, as_csv

HEAD = ("order_id", "customer_id", "ordered_at", "sku", "quantity", "unit_price", "status")
BOUGHT = ("A1", "c1", "2026-10-01", "H1", 2, 100, "completed")
WENT = ("A1", "c1", "2026-10-01", "H1", 2, 100, "returned")
GHEE = ("A1", "c1", "2026-10-01", "G1", 1, 900, "completed")
DAYS = "SELECT line_no, (returned_at AT TIME ZONE 'Asia/Dhaka')::date FROM sales_order_items ORDER BY order_id, line_no"
TODAY, LATER = NOW.date(), NOW + timedelta(days=5)


def back(day: str, quantity: int = -1) -> tuple[object, ...]:
    """A return line of the order."""
    return "A1", "c1", day, "H1", quantity, 100, "returned"


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        ([BOUGHT], [None]),
        ([WENT], [TODAY]),
        ([BOUGHT, back("2026-10-09")], [None, date(2026, 10, 9)]),
        ([BOUGHT, back("2026-10-01")], [None, date(2026, 10, 1)]),
        ([WENT, back("2026-10-09"), back("2026-10-12")], [date(2026, 10, 12), date(2026, 10, 9), date(2026, 10, 12)]),
    ],
    ids=["kept", "day not told", "return line", "of the order's own day", "told by its return line"],
)
async def test_the_day_of_a_return_is_what_the_file_tells_of_it(
    bring: Bring, ask: Ask, rows: list[tuple[object, ...]], days: list[date | None]
) -> None:
    await bring("orders", [HEAD, *rows])
    assert [day for _, day in await ask(DAYS)] == days


async def test_what_is_said_to_be_returned_now_came_back_now_and_stays_so(bring: Bring, ask: Ask) -> None:
    await bring("orders", [HEAD, BOUGHT, GHEE])
    assert await ask(DAYS) == [(1, None), (2, None)]
    await bring("orders", [HEAD, WENT, GHEE])
    assert await ask(DAYS) == [(1, TODAY), (2, None)]
    await bring("orders", [HEAD, WENT, (*GHEE[:4], 2, *GHEE[5:])], now=LATER)
    assert await ask(DAYS) == [(1, TODAY), (2, None)], "something else of the order is new"
    await bring("orders", [HEAD, *((one[0], "c2", *one[2:]) for one in (WENT, GHEE))], now=LATER)
    assert await ask(DAYS) == [(1, TODAY), (2, None)], "another customer's"
    await bring("orders", [HEAD, BOUGHT, (*GHEE[:6], "returned")], now=LATER)
    assert await ask(DAYS) == [(1, None), (2, LATER.date())], "it was a mistake, the other one it is"


async def test_a_return_line_added_to_an_order_that_was_there_is_not_of_its_first_day(bring: Bring, ask: Ask) -> None:
    """Many shops give every line of an order the order's date."""
    await bring("orders", [HEAD, BOUGHT])
    await bring("orders", [HEAD, BOUGHT, back("2026-10-01")])
    assert await ask(DAYS) == [(1, None), (2, TODAY)]
    await bring("orders", [HEAD, BOUGHT, back("2026-10-01"), back("2026-10-20")], now=LATER)
    assert await ask(DAYS) == [(1, None), (2, TODAY), (3, date(2026, 10, 20))]


def shop() -> list[tuple[object, ...]]:
    """A year of orders with returns of all kinds, customers and products first named in the order of their keys."""
    dice = random.Random(11)
    start, orders = date(2025, 11, 1), list[tuple[int, int]]()
    for customer in range(1, 40):
        orders += [(dice.randrange(380), customer) for _ in range(1 + dice.randrange(9))]
    rows: list[tuple[object, ...]] = [
        (f"o{0:05}", "c00", start.isoformat(), f"s{sku}", 1, 100 + sku, "completed") for sku in range(6)
    ]
    for at, (day, customer) in enumerate(sorted(orders), 1):
        key, who, on = f"o{at:05}", f"c{customer:02}", (start + timedelta(day)).isoformat()
        sku, price = f"s{dice.randrange(6)}", 50 * (1 + dice.randrange(20))
        kind = dice.choice(["completed"] * 6 + ["returned", "cancelled", "pending", "some back", "all back", "apart"])
        status = kind if " " not in kind and kind != "apart" else "returned" if kind == "all back" else "completed"
        rows.append((key, who, on, sku, 2, price, status))
        later = (start + timedelta(min(day + dice.randrange(30), 385))).isoformat()
        if kind == "some back":
            rows.append((key, who, later, sku, -1, price, "returned"))
        elif kind == "all back":
            rows.append((key, who, on, f"s{dice.randrange(6)}", 1, price, "completed"))
            rows.append((key, who, later, sku, -1, 1, "returned"))
        elif kind == "apart":
            rows.append((f"r{key}", who, later, sku, -2, price, "returned"))
    return sorted(rows, key=lambda row: str(row[1]))


def figures(history: History) -> dict[str, Any]:
    return to_json(backtest(history, horizon=60, cutoffs=3), "")


async def test_a_backtest_of_a_file_and_of_the_database_it_was_brought_into_agree(
    bring: Bring, session: AsyncSession, tmp_path: Path, now: datetime, zone: ZoneInfo
) -> None:
    rows, path = shop(), tmp_path / "orders.csv"
    path.write_text(as_csv([HEAD, *rows]))
    from_file, _ = sources.read_file(path, now=now, zone=zone)
    await bring("orders", path)
    await set_as_of(session, now)
    from_database = await sources.read_database(session)
    of_file, of_database = (figures(each) for each in (from_file, from_database))
    assert len(of_file["cutoffs"]) == 3
    assert of_file == of_database
    for name in ("day", "customer", "item", "amount", "bought", "until"):
        assert getattr(from_file.lines, name).tolist() == getattr(from_database.lines, name).tolist(), name
    path.write_text(as_csv([HEAD, *(row for row in rows if row[6] != "returned")]))
    kept, _ = sources.read_file(path, now=now, zone=zone)
    assert figures(kept) != of_file, "returns count for something"


async def test_what_another_system_writes_is_dated_too(bring: Bring, ask: Ask, session: AsyncSession) -> None:
    await bring("orders", [HEAD, BOUGHT, GHEE])
    of_order = "SELECT status, returned_at FROM sales_orders"

    async def write(status: str, at: datetime) -> None:
        await set_as_of(session, at)
        for table in ("sales_orders", "sales_order_items"):
            await session.execute(text(f"UPDATE {table} SET status = :status"), {"status": status})
        await session.commit()

    await write("returned", NOW)
    assert await ask(of_order) == [("returned", NOW)]
    await write("returned", LATER)
    assert await ask(of_order) == [("returned", NOW)]
    assert await ask(DAYS) == [(1, TODAY), (2, TODAY)]
    await write("cancelled", LATER)
    assert await ask(of_order) == [("cancelled", None)]
    await session.execute(text("UPDATE sales_orders SET status = 'returned', returned_at = '2026-11-01 12:00+06'"))
    await session.commit()
    assert await ask("SELECT (returned_at AT TIME ZONE 'Asia/Dhaka')::date FROM sales_orders") == [(date(2026, 11, 1),)]
