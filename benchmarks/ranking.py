"""How long the nightly fit and ranking of a whole shop take in the database, how much memory, and what a write pays.

    python -m benchmarks.ranking [--customers 10000 100000] [--writes 200]

"Refit" is all of the night's step "models". A write is one customer's ``summary.refresh`` with the ranking and without;
"thousand" is a batch of 1,000 customers, as imports and ``cdm refresh`` make. Memory is this process's peak.
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Sequence
from unittest.mock import patch

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.crowd import NOW, crowd
from cdm_core import summary
from cdm_core.db.as_of import set_as_of
from cdm_core.db.engine import sessions
from cdm_core.db.steps import steps
from cdm_core.recommend import refit, scoring


async def measure(customers: int, writes: int) -> None:
    async with crowd(customers) as engine:
        for again in ("", " again"):
            began, busy = time.perf_counter(), time.process_time()
            done = await refit.run(steps(sessions(engine), NOW))
            wall, busy = time.perf_counter() - began, time.process_time() - busy
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"  refit{again} {wall:6.1f} s, of this process {busy:.1f} s; {done.ranked:,} ranked by {done.basis};"
                f" peak {peak:,.0f} MiB",
                flush=True,
            )
        singles = [[1 + 7919 * at % customers] for at in range(writes)]
        batches = [list(range(1 + 1000 * at, 1001 + 1000 * at)) for at in range(min(10, customers // 1000))]
        for name, ids in (("a write", singles), ("a thousand", batches)):
            await _compare(engine, name, ids)


async def _compare(engine: AsyncEngine, name: str, writes: Sequence[list[int]]) -> None:
    """Both in turn, so that what else the machine does hits them alike."""

    async def nothing(_session: AsyncSession, _ids: Sequence[int]) -> None:
        return None

    ranked, bare = [], []
    for ids in writes:
        ranked.append(await _refresh(engine, ids))
        with patch.object(scoring, "rescore", nothing):
            bare.append(await _refresh(engine, ids))
    half = len(writes) // 2
    whole, without = sorted(ranked)[half], sorted(bare)[half]
    print(f"  {name} {whole:.2f} ms, without the ranking {without:.2f} ms", flush=True)


async def _refresh(engine: AsyncEngine, ids: list[int]) -> float:
    async with AsyncSession(engine) as session, session.begin():
        await set_as_of(session, NOW)
        locked = await summary.begin_write(session, ids)
        began = time.perf_counter()
        await summary.refresh(session, locked)
        return (time.perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--writes", type=int, default=200)
    arguments = parser.parse_args()
    for customers in arguments.customers:
        asyncio.run(measure(customers, arguments.writes))


if __name__ == "__main__":
    main()
