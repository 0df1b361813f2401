"""``cdm jobs list|run|start``: what happens unasked, when, and running it by hand."""

import calendar
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Column, Table

from cdm_core import runs, staff, thresholds
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.runs import Run
from cdm_core.schedule import EVERY_DAY, PLANS, JobName, next_moment
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import RunState
from cli import run_commands
from cli.config import Config
from cli.console import config, out, run
from cli.database import engine_of
from jobs.job import Job, Shop
from jobs.registry import all_jobs
from jobs.runner import Outcome, Sessions, run_slot

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
            last = await runs.latest(session)
            people = await staff.active(session)
        now = Clock(limits.zone, limits.clock_offset).now()
        table = Table(Column("job", no_wrap=True), "when", "next", "last run", "result", "late", "took")
        for name in JobName:
            when, following = _due(name, people, limits, now)
            table.add_row(name, when, _local(following, limits.zone), *_told(last.get(name), limits.zone))
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
    """Run a job now, as of a time. What was done for that day before is not done again."""

    async def work() -> bool:
        async with engine_of(config(), purpose=f"jobs run {name}") as engine:
            made = sessions(engine)
            job = _job(config(), name)
            async with made() as session:
                limits = await thresholds.load(session)
                moment = at or Clock(limits.zone, limits.clock_offset).now()
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=limits.zone)
                slots = await job.by_hand(session, moment, staff_id)
            if not slots:
                out.print("Nobody works on that day: nothing to do. (--staff ID runs it for one person anyway.)")
            outcomes = [await run_slot(made, job, slot, by_hand=True) for slot in slots]
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
    if outcome.state is None:
        async with made() as session:
            before = await runs.find(session, slot)
        when = f" at {_local(before.ran_at, zone)} ({before.state})" if before else " by another process just now"
        return f"[yellow]=[/yellow] {what}, {slot.local_date}: was run before{when}, not again"
    detail = ", ".join(f"{key} {value}" for key, value in outcome.detail.items())
    sign = "[red]✗[/red]" if outcome.state is RunState.FAILED else "[green]✓[/green]"
    return f"{sign} {what}, {slot.local_date}: {outcome.state}{f' ({detail})' if detail else ''}"


def _due(name: JobName, people: Sequence[Staff], limits: Thresholds, now: datetime) -> tuple[str, datetime | None]:
    plan = PLANS[name]
    if plan.each_minute:
        return "each minute", now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if plan.at is not None:
        at, weekdays = plan.at(limits), plan.weekdays(limits)
        days = "" if set(weekdays) == EVERY_DAY else ", ".join(calendar.day_abbr[day - 1] for day in sorted(weekdays))
        return f"{days} {at:%H:%M}".strip(), next_moment(at, limits.zone, now=now, weekdays=weekdays)
    due = [next_moment(person.digest_time, limits.zone, now=now, weekdays=person.working_days) for person in people]
    return "each person's hour", min((moment for moment in due if moment is not None), default=None)


def _told(last: Run | None, zone: ZoneInfo) -> tuple[str, str, str, str]:
    if last is None:
        return "never", "", "", ""
    late = last.lateness
    return (
        _local(last.ran_at, zone),
        last.state,
        str(timedelta(seconds=round(late.total_seconds()))) if last.state in (RunState.LATE, RunState.EXPIRED) else "",
        "" if last.duration is None else f"{last.duration.total_seconds():.2f} s",
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%a %d %b %H:%M}"
