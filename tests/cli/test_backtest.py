"""``cdm backtest``: on a file and on the database, for people and for programs."""

import csv
import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core.imports.load import FileKind, import_file
from tests.cli.conftest import Cdm

HEADER = ["order_id", "customer_id", "ordered_at", "sku", "product", "quantity", "unit_price", "amount", "status"]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A shop of 13 months to early October 2026: 120 customers, some of whom send things back."""
    dice = random.Random(11)
    start = date(2025, 9, 1)
    path = tmp_path / "orders.csv"
    with path.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(HEADER)
        for order in range(900):
            customer, day = dice.randrange(120) // (1 + order % 3), start + timedelta(dice.randrange(400))
            for line in range(1 + order % 2):
                sku = f"s{(customer + line) % 9}"
                written.writerow([f"o{order}", f"c{customer}", day, sku, sku, 1, 90 + customer, "", "completed"])
            if order % 17 == 0:
                written.writerow([f"o{order}", f"c{customer}", day, sku, sku, -1, 90 + customer, "", "returned"])
        written.writerow(["bad", "c1", "some day", "s1", "s1", 1, 10, "", "completed"])
    return path


async def test_a_file_for_people(cdm: Cdm, orders: Path, tmp_path: Path) -> None:
    chart = tmp_path / "chart.png"
    told = await cdm("backtest", "--orders", str(orders), "--cutoffs", "4", "--chart", str(chart))
    for words in ("guide's rule", "decayed revenue", "P(buy)", "production", "1 row left out"):
        assert words in told
    assert "The top tenth of production's list brought" in told
    assert "skipped with under 90 days of history before: 2025-10-" in told
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert "…" not in told.split("The top tenth")[0]


def made(path: Path, *, customers: int, products: int, price: str = "90") -> Path:
    dice = random.Random(5)
    with path.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(HEADER)
        for order in range(600):
            day, sku = date(2025, 9, 1) + timedelta(dice.randrange(400)), f"s{dice.randrange(products)}"
            row = [f"o{order}", f"c{dice.randrange(customers)}", day, sku, sku, 1, price, "", "completed"]
            written.writerow(row)
    return path


async def test_few_customers_or_products_judge_nothing(cdm: Cdm, tmp_path: Path) -> None:
    """Nor are columns shown of lists that hold everybody, or the same as the next."""
    few = await cdm("backtest", "--orders", str(made(tmp_path / "few.csv", customers=10, products=4)))
    assert "Too few customers (10): read nothing into this. The top tenth" in few
    assert few.rstrip().endswith("Too few products (4) to judge lists.")
    for gone in ("buy@50", "rev@50", "top 5", "hit@5", "as shown"):
        assert gone not in few
    some = await cdm("backtest", "--orders", str(made(tmp_path / "some.csv", customers=40, products=12)))
    assert "Too few customers (40)" in some
    assert "(top 5 %, top 10 % with 95 % interval)" in some
    assert "hit@5" in some
    assert "buy@50" not in some
    many = await cdm("backtest", "--orders", str(made(tmp_path / "many.csv", customers=150, products=12)))
    assert "Too few" not in many
    assert "(50, top 5 %, top 10 % with 95 % interval)" in many
    assert "The next order held one of five as shown for " in many


async def test_the_commonest_reason_for_rows_left_out_stands_in_the_verdict(cdm: Cdm, tmp_path: Path) -> None:
    told = await cdm("backtest", "--orders", str(made(tmp_path / "a.csv", customers=9, products=2, price="free")))
    assert (
        "Nothing to judge by: days of history 0, needed 180; 600 rows left out, all for “no number” (line 2, column"
        " unit_price)." in told
    )


async def test_a_shop_of_nothing_but_what_came_back(cdm: Cdm, tmp_path: Path) -> None:
    told = await cdm("backtest", "--orders", str(made(tmp_path / "a.csv", customers=9, products=2, price="-90")))
    assert "left out" not in told
    assert "Nothing to judge by: after no cutoff did any customer's orders, less what came back, come to more" in told


async def test_a_file_and_the_database_say_the_same(
    cdm: Cdm, orders: Path, engine: AsyncEngine, now: datetime, zone: ZoneInfo
) -> None:
    """Names of customers and products order ties, which is all that may differ."""
    await import_file(engine, FileKind.ORDERS, orders, now=now, zone=zone)
    told = [await cdm("backtest", *options, "--json") for options in (("--orders", str(orders)), ())]
    file, database = (json.loads(text[text.index("{") : text.rindex("}") + 1]) for text in told)
    assert file["horizon_days"] == database["horizon_days"] == 90
    assert [cutoff["cutoff"] for cutoff in file["cutoffs"]] == [cutoff["cutoff"] for cutoff in database["cutoffs"]]
    assert [cutoff["customers"] for cutoff in file["cutoffs"]] == [
        cutoff["customers"] for cutoff in database["cutoffs"]
    ]
    for name in ("past_revenue", "decayed_revenue", "bgnbd_pbuy", "bgnbd_value"):
        for measure in ("auc", "revenue_share_top10"):
            one, other = (each["mean"]["rankers"][name][measure] for each in (file, database))
            assert one == pytest.approx(other, abs=0.02), (name, measure)


async def test_many_cutoffs_are_told_in_one_sentence_and_named_for_programs(cdm: Cdm, orders: Path) -> None:
    options = ("backtest", "--orders", str(orders), "--cutoffs", "100", "--horizon", "200")
    told = await cdm(*options)
    (sentence,) = [line for line in told.splitlines() if "skipped" in line]
    assert " and 98 before it; 1 row left out for “no date” (line " in sentence
    assert len(sentence) < 600
    found = await cdm(*options, "--json")
    numbers = json.loads(found[found.index("{") : found.rindex("}") + 1])
    assert (len(numbers["cutoffs"]), len(numbers["skipped"])) == (1, 99)
    assert numbers["skipped"] == sorted(numbers["skipped"], reverse=True)
    assert 350 < numbers["history_days"] <= 400
    assert numbers["cutoffs"][0]["basis"] in ("decayed_revenue", "bgnbd_value", "both")


async def test_the_database_is_judged_by_the_shops_own_horizon(
    cdm: Cdm, orders: Path, engine: AsyncEngine, now: datetime, zone: ZoneInfo
) -> None:
    await import_file(engine, FileKind.ORDERS, orders, now=now, zone=zone)
    await cdm("settings", "set", "ranking_horizon_days", "60")
    assert "60 days after each cutoff" in await cdm("backtest", "--cutoffs", "1")
    assert "30 days after each cutoff" in await cdm("backtest", "--cutoffs", "1", "--horizon", "30")
    assert "90 days after each cutoff" in await cdm("backtest", "--cutoffs", "1", "--orders", str(orders))


async def test_a_shop_without_orders(cdm: Cdm, tmp_path: Path) -> None:
    assert "Nothing to judge by: days of history 0, needed 180." in await cdm("backtest")
    chart = tmp_path / "chart.svg"
    assert "nothing to draw" in await cdm("backtest", "--chart", str(chart), status=1)
    assert not chart.exists()


async def test_a_chart_names_rankings_as_the_table_does_and_the_days_ahead(
    cdm: Cdm, orders: Path, tmp_path: Path
) -> None:
    chart = tmp_path / "chart.svg"
    await cdm("backtest", "--orders", str(orders), "--cutoffs", "1", "--horizon", "60", "--chart", str(chart))
    drawn = chart.read_text()
    for words in (
        "guide's rule",
        "model's value",
        "P(buy)",
        "production",
        "Revenue of the top tenth in 60 days, cutoff ",
    ):
        assert f"<!-- {words}" in drawn
    assert "bgnbd" not in drawn


async def test_a_chart_that_cannot_be_written_is_said_in_words(cdm: Cdm, orders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "chart.png"
    folder.mkdir()
    options = ("--orders", str(orders), "--cutoffs", "1", "--chart", str(folder))
    told = await cdm("backtest", *options, status=1)
    assert "The top tenth of production's list brought" in told
    assert "The chart cannot be written" in told


async def test_what_cannot_be_read_or_drawn(cdm: Cdm, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    assert "The file lacks a column for" in await cdm("backtest", "--orders", str(other), status=1)
    assert "A chart is written as" in await cdm("backtest", "--chart", "chart.doc", status=1)
    nowhere = tmp_path / "nowhere" / "chart.png"
    told = await cdm("backtest", "--orders", str(other), "--chart", str(nowhere), status=1)
    assert "There is no folder" in told
    assert "The file lacks" not in told, "it is said before any work"
    await cdm("backtest", "--horizon", "0", status=2)
