"""``cdm jobs run``: a job by hand, as of a time."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cdm_core import runs, thresholds
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.schedule import JobName
from cdm_core.words import RunState
from cli.config import Config
from cli.console import config, out, run
from cli.database import engine_of
from cli.jobs_commands import local
from jobs.job import Job, Shop
from jobs.registry import all_jobs
from jobs.runner import Outcome, Sessions, run_slot


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write it like 2026-11-22T09:00:00+06:00") from error


def run_job(
    name: Annotated[JobName, typer.Argument(help="As `cdm jobs list` shows it.")],
    at: Annotated[
        datetime | None, typer.Option(parser=_moment, metavar="ISO-TIME", help="As of then; else as of now.")
    ] = None,
    staff_id: Annotated[int | None, typer.Option("--staff", help="For this person alone (id).")] = None,
) -> None:
    """Run a job now, as of a time. Nobody is told twice what belongs to that day; what is yet to come still comes."""

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
        when = f" at {local(before.ran_at, zone)} ({before.state})" if before else " by another process just now"
        return f"[yellow]=[/yellow] {what}, {slot.local_date}: was run before{when}, not again"
    detail = ", ".join(f"{key} {value}" for key, value in outcome.detail.items())
    sign = "[red]✗[/red]" if outcome.state is RunState.FAILED else "[green]✓[/green]"
    return f"{sign} {what}, {slot.local_date}: {outcome.state}{f' ({detail})' if detail else ''}"
