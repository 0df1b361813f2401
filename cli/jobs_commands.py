"""``cdm jobs list|run|start``: what happens unasked, when, and running it by hand."""

import calendar
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Column, Table

from cdm_core import runs, schedule_board, thresholds
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.runs import Run
from cdm_core.schedule import EVERY_DAY, JobName
from cdm_core.schedule_board import Line
from cdm_core.words import RunState
from cli import run_commands
from cli.config import Config
from cli.console import config, out, run
from cli.database import engine_of
from jobs.job import Job, Shop
from jobs.registry import all_jobs
from jobs.runner import Outcome, Sessions, run_slot

_MANY_DAYS = 3

app = typer.Typer(help="What happens unasked: list it, run it by hand, start its clock.", no_args_is_help=True)
app.command("start")(run_commands.jobs)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write it like 2026-11-22T09:00:00+06:00") from error


@app.command("list")
def list_jobs() -> None:
    """The jobs, when they are due next, and how the last run went."""

    async def work() -> None:
        async with engine_of(config(), purpose="jobs list") as engine, sessions(engine)() as session:
            limits = await thresholds.load(session)
            now = Clock(limits.zone, limits.clock_offset).now()
            board = await schedule_board.board(session, limits, now=now)
        names = ("job", "when", "next", "last run", "result")
        table = Table(*(Column(name, no_wrap=True) for name in names), box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for line in board:
            coming, told = _near(line.next_at, now, limits.zone), _told(line.last, now, limits.zone)
            table.add_row(line.job, _when(line), coming, *told)
        out.print(table)

    run(work())


@app.command("run")
def run_job(
    name: Annotated[JobName, typer.Argument(help="As `cdm jobs list` shows it.")],
    at: Annotated[
        datetime | None, typer.Option(parser=_moment, metavar="ISO-TIME", help="As of then; else as of now.")
    ] = None,
    staff_id: Annotated[int | None, typer.Option("--staff", help="For this person alone (id).")] = None,
) -> None:
    """Run a job now, as of a time. What was done for that day is not done again; what is yet to come still comes."""

    async def work() -> bool:
        async with engine_of(config(), purpose=f"jobs run {name}") as engine:
            made = sessions(engine)
            job = _job(config(), name)
            async with made() as session:
                limits = await thresholds.load(session)
                now = Clock(limits.zone, limits.clock_offset).now()
                moment = at or now
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=limits.zone)
                asked = await job.by_hand(session, moment, staff_id, now)
                slots = [replace(slot, now=moment) for slot in asked]
            if not slots:
                out.print("Nobody works on that day: nothing to do. (--staff ID runs it for one person anyway.)")
            outcomes = [await run_slot(made, job, slot) for slot in slots]
            for outcome in outcomes:
                out.print(await _line(made, outcome, limits.zone))
        return all(outcome.state is not RunState.FAILED for outcome in outcomes)

    if not run(work()):
        raise typer.Exit(1)


def _job(settings: Config, name: JobName) -> Job:
    shop = Shop(country=settings.country, currency=settings.currency)
    return next(job for job in all_jobs(shop) if job.name is name)


async def _line(made: Sessions, outcome: Outcome, zone: ZoneInfo) -> str:
    slot = outcome.slot
    what = f"{slot.job} {slot.key}".strip() if slot.key != runs.TICK else str(slot.job)
    what += "" if slot.planned else " beside the plan"
    if outcome.state is None:
        async with made() as session:
            before = await runs.find(session, slot)
        when = f" at {_local(before.ran_at, zone)} ({before.state})" if before else " by another process just now"
        return f"[yellow]=[/yellow] {what}, {slot.local_date}: was run before{when}, not again"
    detail = ", ".join(f"{key} {value}" for key, value in outcome.detail.items())
    sign = "[red]✗[/red]" if outcome.state is RunState.FAILED else "[green]✓[/green]"
    return f"{sign} {what}, {slot.local_date}: {outcome.state}{f' ({detail})' if detail else ''}"


def _when(line: Line) -> str:
    if line.each_minute:
        return "each minute"
    if line.at is None:
        return "personal hour"
    days = "" if set(line.weekdays) == EVERY_DAY else _days(line.weekdays)
    return f"{days} {line.at:%H:%M}".strip()


def _days(weekdays: Collection[int]) -> str:
    """``Sun–Thu`` where the days follow each other, be it over the week's end; else each by name."""
    begins = [day for day in sorted(weekdays) if (day - 2) % 7 + 1 not in weekdays]
    if len(begins) != 1 or len(weekdays) < _MANY_DAYS:
        return ", ".join(calendar.day_abbr[day - 1] for day in sorted(weekdays))
    return f"{calendar.day_abbr[begins[0] - 1]}–{calendar.day_abbr[(begins[0] + len(weekdays) - 2) % 7]}"


def _told(last: Run | None, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """When it ran, and what came of it: "done in 0.12 s", "late by 0:31:00"."""
    if last is None:
        return "never", ""
    came = str(last.state)
    if last.state in (RunState.LATE, RunState.EXPIRED):
        came += f" by {timedelta(seconds=round(last.lateness.total_seconds()))}"
    elif last.duration is not None:
        came += f" in {last.duration.total_seconds():.2f} s"
    return _near(last.ran_at, now, zone), came


def _near(moment: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """``Mon 09:00``; a week away and more with its date."""
    if moment is not None and abs(moment - now) < timedelta(days=6):
        return f"{moment.astimezone(zone):%a %H:%M}"
    return _local(moment, zone)


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%a %d %b %H:%M}"
