"""What is promised under faults, proved; exits 1 when a figure is not as demanded.

    python -m benchmarks.guarantees [NAME …] [--quick]

Names: kills, hold, commands, slots, restarts, races, downtime, zones, crowd; without any, all of them, one at a time
(about half an hour). ``--quick`` is a smaller round of each. What they prove: docs/guarantees.md.
"""

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks.guarantees import crowd, downtime, kills, races, restarts, slots, zones
from benchmarks.guarantees.proof import Figure, exactly, missed, told
from benchmarks.stage import stage
from cdm_core.db.engine import sessions

LEDGER_ZONES = ("America/Nuuk", "Africa/Casablanca", "Australia/Lord_Howe")


async def prove_kills(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await kills.digests(on, kills=20 if quick else 200, chats=100 if quick else 500)


async def prove_hold(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await kills.digests(on, kills=10 if quick else 60, chats=100 if quick else 500, hold=True)


async def prove_commands(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await kills.commands(on, kills=5 if quick else 50, people=60, rate=10 if quick else 20)


async def prove_slots(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await slots.prove(on, slots=100 if quick else 1000)


async def prove_restarts(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await restarts.prove(on, seconds=10 if quick else 60)


async def prove_races(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await races.prove(on.database_url, races=100 if quick else 1000)


async def prove_downtime(quick: bool) -> Sequence[Figure]:
    figures: list[Figure] = []
    for case in downtime.CASES:
        async with stage() as on:
            figures += await downtime.prove(sessions(on.engine), case)
    return figures


async def prove_zones(quick: bool) -> Sequence[Figure]:
    """All fifty by arithmetic, and the real job for a year in a few."""
    figures = [zones.arithmetic(name, mean_minutes=540 if quick else 60) for name in zones.FIFTY_ZONES]
    wrong = missed(figures)
    summed = [exactly("zones × 3 years with one slot a local day", len(figures) - len(wrong), len(figures)), *wrong]
    for name in LEDGER_ZONES[: 1 if quick else None]:
        async with stage() as on:
            days = 10 if quick else 366
            summed += await zones.ledger(sessions(on.engine), name, begin=date(2024, 3, 25), days=days)
    return summed


async def prove_crowd(quick: bool) -> Sequence[Figure]:
    async with stage() as on:
        return await crowd.prove(on, chats=1000 if quick else 10_000)


PROOFS: Mapping[str, Callable[[bool], Awaitable[Sequence[Figure]]]] = {
    "kills": prove_kills,
    "hold": prove_hold,
    "commands": prove_commands,
    "slots": prove_slots,
    "restarts": prove_restarts,
    "races": prove_races,
    "downtime": prove_downtime,
    "zones": prove_zones,
    "crowd": prove_crowd,
}


async def prove(names: Sequence[str], *, quick: bool) -> bool:
    """Print a table a proof; whether all hold."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    holds = True
    for name in names:
        began, load = time.monotonic(), os.getloadavg()[0]
        figures = await PROOFS[name](quick)
        took = told("took", f"{time.monotonic() - began:.0f} s, load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
        console.print(_table(name, [*figures, took]))
        holds = holds and not missed(figures)
    return holds


def _table(name: str, figures: Sequence[Figure]) -> Table:
    table = Table(title=name, title_justify="left", width=110)
    for column, ratio in (("figure", 4), ("measured", 4), ("demanded", 2), ("", 1)):
        table.add_column(column, ratio=ratio)
    for figure in figures:
        sign = "" if not figure.demanded else "[green]✓[/green]" if figure.holds else "[red]✗ missed[/red]"
        table.add_row(figure.what, figure.measured, figure.demanded, sign)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*PROOFS, []], help=", ".join(PROOFS))
    parser.add_argument("--quick", action="store_true", help="a smaller round of each")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return 0 if asyncio.run(prove(arguments.names or list(PROOFS), quick=arguments.quick)) else 1


if __name__ == "__main__":
    sys.exit(main())
