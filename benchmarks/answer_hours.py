"""How long it takes to learn when a shop's customers answer, and to write the best time to call of all of them.

    python -m benchmarks.answer_hours [--calls 1000000] [--customers 200000]

The calls are simulated: two hours of the evening are answered more. The second night changes little, as most do.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker

from benchmarks.processes import ZONE
from cdm_core.db import embedded, migrate
from cdm_core.db.engine import create_engine
from cdm_core.db.steps import steps
from cdm_core.recommend import hours, hours_refit

NOW = datetime(2026, 11, 22, 2, tzinfo=ZONE)
WRITES = 200

_FILL = (
    "SET session_replication_role = replica",
    """
    INSERT INTO customers (id, first_name, available_time)
    SELECT n, 'Karim', CASE WHEN n % 5 = 0 THEN (ARRAY['18-20', 'সন্ধ্যার পর', 'after Asr'])[1 + n % 3] END
    FROM generate_series(1, CAST(:customers AS integer)) n
    """,
    "INSERT INTO call_ranking (customer_id, value, ranked_at) SELECT id, 1, CAST(:now AS timestamptz) FROM customers",
    """
    INSERT INTO customer_interactions (customer_id, interaction_type, outcome, outcome_code, occurred_at)
    SELECT whom, 'call', outcome, outcome, at
    FROM (
        SELECT 1 + floor(random() * CAST(:customers AS integer))::bigint AS whom, at,
               CASE WHEN random() < CASE WHEN hour IN (18, 19) THEN 0.6 ELSE 0.4 END
                    THEN 'connected' ELSE 'no_answer' END AS outcome
        FROM (
              SELECT hour, CAST(:now AS timestamptz) - make_interval(days => 1 + floor(random() * 300)::integer)
                           + make_interval(hours => hour - 2, mins => floor(random() * 60)::integer) AS at
              FROM (SELECT 9 + floor(random() * 12)::integer AS hour
                    FROM generate_series(1, CAST(:calls AS integer))) hours
        ) moments
    ) calls
    """,
    "SET session_replication_role = origin",
    "ANALYZE",
)


async def measure(customers: int, calls: int) -> None:
    with tempfile.TemporaryDirectory(prefix="cdm-hours-") as folder, embedded.start(Path(folder) / "db") as server:
        engine = create_engine(server.url, pool_size=2, application_name="cdm benchmark", statement_seconds=None)
        await migrate.upgrade(engine, zone=ZONE)
        async with engine.begin() as connection:
            for statement in _FILL:
                given = {"customers": customers, "calls": calls, "now": NOW}
                bound = {key: value for key, value in given.items() if f":{key} " in statement}
                await connection.execute(text(statement), bound)
        sessions = async_sessionmaker(engine)
        print(f"{customers:,} customers, {calls:,} calls")
        for night in ("first", "second"):
            await timed(f"{night} night", lambda: hours_refit.fit_and_store(steps(sessions, NOW)))

        async def write() -> None:
            for whom in range(1, WRITES + 1):
                async with sessions() as session, session.begin():
                    await hours.rescore(session, [whom])

        await timed(f"{WRITES} writes", write)
        print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
        await engine.dispose()


async def timed(what: str, work: Callable[[], Awaitable[None]]) -> None:
    began = time.perf_counter()
    await work()
    print(f"  {what} {time.perf_counter() - began:.2f} s")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--customers", type=int, default=200_000)
    arguments.add_argument("--calls", type=int, default=1_000_000)
    given = arguments.parse_args()
    asyncio.run(measure(given.customers, given.calls))


if __name__ == "__main__":
    main()
