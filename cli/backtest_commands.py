"""``cdm backtest``: what the recommendations would have brought on the shop's own history."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from cdm_core import thresholds
from cdm_core.clock import Clock
from cdm_core.db import migrate
from cdm_core.db.as_of import set_as_of
from cdm_core.db.engine import sessions
from cdm_core.imports.rows import Rejects
from cdm_core.recommend.backtest import Backtest, backtest
from cdm_core.recommend.history import History
from cdm_core.recommend.rankers import Ranker
from cdm_core.recommend.sources import read_database, read_file
from cdm_core.recommend.verdict import ranker_numbers, to_json
from cli import backtest_words
from cli.console import config, err, fail, out, progress, run
from cli.database import engine_of
from templates import backtest_chart

_HORIZON = 90


def replay(
    orders: Annotated[
        Path | None,
        typer.Option(help="An orders file (CSV, CSV.gz, XLSX); else the database.", exists=True, dir_okay=False),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=3650,
            help="Days to look ahead from each cutoff; else the shop's ranking_horizon_days, of a file 90.",
        ),
    ] = None,
    cutoffs: Annotated[int, typer.Option(min=1, max=100, help="How many cutoffs, one horizon apart.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    chart: Annotated[Path | None, typer.Option(help="Draw the rankings into this file (PNG, SVG or PDF).")] = None,
) -> None:
    """Replay history: whom each ranking would have put first, what each list would have offered, and what came."""
    if chart is not None:
        _can_be_drawn(chart)

    async def work() -> tuple[Backtest, Rejects | None]:
        rejects = None
        if orders is None:
            history, usual = await _from_database()
        else:
            (history, rejects), usual = await _from_file(orders), _HORIZON
        days = usual if horizon is None else horizon
        with progress("replaying") as bar:
            found = await asyncio.to_thread(backtest, history, horizon=days, cutoffs=cutoffs, progress=bar)
        return found, rejects

    found, rejects = run(work())
    sentence = backtest_words.verdict(found, rejects)
    if as_json:
        print(json.dumps(to_json(found, sentence), ensure_ascii=False, indent=2))
    else:
        for table in backtest_words.tables(found):
            out.print(table)
        out.print(sentence, markup=False)
    if chart is not None:
        _draw(found, chart)


async def _from_file(path: Path) -> tuple[History, Rejects]:
    """The history, and the rows it was read without."""
    with progress(path.name) as bar:
        now, zone = Clock(config().zone).now(), config().zone
        history, rejects = await asyncio.to_thread(read_file, path, now=now, zone=zone, progress=bar)
    if rejects.faults:
        rows = rejects.faults.total()
        left_out = f"{rows:,} {'row' if rows == 1 else 'rows'} left out"
        err.print(f"[yellow]![/yellow] {left_out}: `cdm import orders --dry-run` tells all.")
    return history, rejects


async def _from_database() -> tuple[History, int]:
    """The history, and the days that the shop's own models look ahead."""
    async with engine_of(config(), purpose="backtest") as engine:
        if (await migrate.status(engine)).pending:
            fail("The database is behind this version: run `cdm db upgrade` first.")
        async with sessions(engine)() as session, session.begin():
            limits = await thresholds.load(session)
            await set_as_of(session, Clock(limits.zone, limits.clock_offset).now())
            return await read_database(session), limits.ranking_horizon_days


def _can_be_drawn(path: Path) -> None:
    """Fail before minutes of work whose chart could not be kept."""
    if path.suffix.lower() not in backtest_chart.FORMATS:
        fail(f"A chart is written as {', '.join(backtest_chart.FORMATS)}: --chart backtest.png")
    if not path.parent.is_dir():
        fail(f"There is no folder {path.parent} to write the chart into.")


def _draw(found: Backtest, path: Path) -> None:
    shares = []
    for ranker, numbers in ranker_numbers(found).items():
        share, low, high = (numbers[f"revenue_share_top10{which}"] for which in ("", "_low", "_high"))
        if share is not None and low is not None and high is not None:
            shares.append((backtest_words.NAMES[ranker], share, low, high))
    if not shares:
        fail("There is nothing to draw: no cutoff with revenue after it.")
    cutoffs = [replay.cutoff for replay in found.replays]
    ours = backtest_words.NAMES[Ranker.PRODUCTION]
    drawn = backtest_chart.draw(shares, ours=ours, horizon=found.horizon_days, cutoffs=cutoffs, kind=path.suffix)
    try:
        path.write_bytes(drawn)
    except OSError as error:
        fail(f"The chart cannot be written: {error}")
    err.print(f"[green]✓[/green] drawn into {path}")
