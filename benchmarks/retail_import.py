"""A file of orders, imported whole and twice, and every customer's numbers held against a computation of its own.

    python -m benchmarks.retail_import FILE

FILE is CSV, plain or gzipped, with the columns order_id, customer_id, ordered_at (ISO, with its offset), quantity,
unit_price and status (completed, pending, returned or cancelled), one row a line of an order. The first year of the
UCI set "Online Retail II" in these columns is what it was made for. The database is a fresh one on a server of its
own with the product's settings. "Loaded" is the one transaction that brings the file in, "whole" also sums up all
customers; memory is this process's peak, without the server's. Ends with status 1 where a number differs.
"""

import argparse
import asyncio
import csv
import gzip
import resource
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.stage import ZONE
from cdm_core.clock import Clock
from cdm_core.db import embedded, migrate
from cdm_core.db.engine import create_engine
from cdm_core.imports.load import FileKind, ImportResult, import_file

CENT = Decimal("0.01")
SHOWN = 10
"""Differences printed at most."""

Numbers = tuple[Decimal, int, datetime | None]
"""Lifetime value, completed orders, time of the last of them."""

_NUMBERS = text(
    """
    SELECT k.external_id, s.lifetime_value, s.total_orders, s.last_order_date
    FROM customer_keys k JOIN customer_summary s USING (customer_id)
    """
)
_LOADED = text("SELECT extract(epoch FROM finished_at - started_at) FROM imports ORDER BY id LIMIT 1")


@dataclass(slots=True)
class Order:
    at: datetime
    bought: bool = False


@dataclass(slots=True)
class Customer:
    value: Decimal = Decimal(0)
    orders: dict[str, Order] = field(default_factory=dict)

    @property
    def numbers(self) -> Numbers:
        bought = [order.at for order in self.orders.values() if order.bought]
        return self.value, len(bought), max(bought, default=None)


def compute(path: Path) -> dict[str, Numbers]:
    """The numbers by customer, straight from the file's rows.

    What was bought counts, what came back (returned, of a negative quantity) is taken off; an order is as old as its
    earliest line and bought if any line is.
    """
    customers: dict[str, Customer] = defaultdict(Customer)
    with (
        gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as file
    ):
        for row in csv.DictReader(file):
            customer, at, status = (
                customers[row["customer_id"]],
                datetime.fromisoformat(row["ordered_at"]),
                row["status"],
            )
            quantity = Decimal(row["quantity"])
            order = customer.orders.setdefault(row["order_id"], Order(at))
            order.at = min(order.at, at)
            order.bought = order.bought or status == "completed"
            if status == "completed" or (status == "returned" and quantity < 0):
                customer.value += (quantity * Decimal(row["unit_price"])).quantize(CENT, ROUND_HALF_UP)
    return {key: customer.numbers for key, customer in customers.items()}


async def imported(engine: AsyncEngine) -> dict[str, Numbers]:
    async with AsyncSession(engine) as session:
        return {key: (value, orders, last) for key, value, orders, last in await session.execute(_NUMBERS)}


async def bring(engine: AsyncEngine, path: Path) -> ImportResult:
    return await import_file(engine, FileKind.ORDERS, path, now=Clock(ZONE).now(), zone=ZONE)


async def measure(path: Path) -> bool:
    """Whether all agrees."""
    with tempfile.TemporaryDirectory(prefix="cdm-retail-") as folder, embedded.start(Path(folder) / "db") as server:
        engine = create_engine(server.url, pool_size=2, application_name="cdm benchmark", statement_seconds=None)
        await migrate.upgrade(engine, zone=ZONE)
        first = await bring(engine, path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        async with AsyncSession(engine) as session:
            loaded = float((await session.execute(_LOADED)).scalar_one())
        whole = first.duration.total_seconds()
        print(f"{first.rows:,} lines, {first.rejected:,} rejected; {first.created:,} orders")
        print(f"loaded in {loaded:.1f} s: {first.rows / loaded:,.0f} lines/s")
        print(f"whole in {whole:.1f} s: {first.rows / whole:,.0f} lines/s; peak memory {peak:,.0f} MiB")
        again = await bring(engine, path)
        print(f"again in {again.duration.total_seconds():.1f} s: {again.created} created, {again.changed} changed")
        ours, theirs = await imported(engine), compute(path)
        await engine.dispose()
    wrong = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
    print(f"{len(theirs):,} customers: lifetime value, orders and last order of {len(theirs) - len(wrong):,} agree")
    for key in wrong[:SHOWN]:
        print(f"  {key}: imported {ours.get(key)}, by the file {theirs.get(key)}")
    return not wrong and not again.created and not again.changed


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    sys.exit(0 if asyncio.run(measure(arguments.parse_args().file)) else 1)


if __name__ == "__main__":
    main()
