"""``cdm jobs list``, and beside it ``run`` and ``start``: what happens unasked, and when."""

import calendar
from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer
from rich.table import Column, Table

from cdm_core import schedule_board, thresholds
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.schedule import EVERY_DAY
from cdm_core.schedule_board import Line
from cdm_core.words import RunState
from cli.console import config, out, run
from cli.database import engine_of
from cli.deferred import Deferred, beside

_MANY_DAYS = 3

COMMANDS = {
    "run": Deferred(
        "cli.jobs_run:run_job",
        "Run a job now, as of a time. Nobody is told twice what belongs to that day; what is yet to come still comes.",
    ),
    "start": Deferred(
        "cli.jobs_process:jobs",
        "Run the clock and the jobs alone: several may run at once, each slot still happens once.",
    ),
}

app = typer.Typer(
    help="What happens unasked: list it, run it by hand, start its clock.", cls=beside(COMMANDS), no_args_is_help=True
)


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
            table.add_row(line.job, _when(line), _near(line.next_at, now, limits.zone), *_told(line, now, limits.zone))
        out.print(table)

    run(work())


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


def _told(line: Line, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """When it ran, and what came of it: "done in 0.12 s", "late by 0:31:00"; or since when it runs."""
    if line.running is not None:
        return _near(line.running, now, zone), "running since then"
    last = line.last
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
    return local(moment, zone)


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """``Mon 22 Nov 09:00``; nothing for None."""
    return "" if moment is None else f"{moment.astimezone(zone):%a %d %b %H:%M}"
