"""The state of the running system in figures, for monitoring: queues, deliveries, jobs, alerts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import inbox, outbox, runs, summary
from cdm_core.backlog import Backlog
from cdm_core.words import AlertState, InboxState, OutboxState, RunState

_DELIVERIES = text(
    """
    SELECT coalesce(a.result, 'on the wire') AS result, count(*) AS number
    FROM delivery_attempts a JOIN outbox o ON o.id = a.outbox_id
    WHERE o.created_at > clock_timestamp() - interval '1 hour' GROUP BY a.result
    """
)
_SLOTS = text(
    "SELECT job, state, count(*) AS number FROM schedule_runs WHERE ran_at > :since AND key <> '*' GROUP BY job, state"
)
_ALERTS = text("SELECT state, count(*) AS number FROM alerts WHERE state <> 'closed' GROUP BY state")


@dataclass(frozen=True, slots=True)
class JobFigures:
    """Of the last run: when, how late and how long (seconds)."""

    ran_at: datetime
    lateness_seconds: float
    duration_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """``deliveries`` are attempts to send what was queued in the last hour, by result; ``slots`` those of the last
    day, by job and state."""

    inbox: dict[InboxState, Backlog] = field(default_factory=dict)
    outbox: dict[OutboxState, Backlog] = field(default_factory=dict)
    deliveries: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, JobFigures] = field(default_factory=dict)
    slots: dict[tuple[str, RunState], int] = field(default_factory=dict)
    alerts: dict[AlertState, int] = field(default_factory=dict)
    stale_customers: int = 0


async def figures(session: AsyncSession, *, now: datetime) -> Figures:
    """All of it, by reads of small partial indexes."""
    latest = await runs.latest(session)
    return Figures(
        inbox=await inbox.counts(session),
        outbox=await outbox.counts(session),
        deliveries={row.result: row.number for row in await session.execute(_DELIVERIES)},
        jobs={
            str(job): JobFigures(
                run.ran_at, run.lateness.total_seconds(), (run.duration or timedelta()).total_seconds()
            )
            for job, run in latest.items()
        },
        slots={
            (row.job, RunState(row.state)): row.number
            for row in await session.execute(_SLOTS, {"since": now - timedelta(days=1)})
        },
        alerts={AlertState(row.state): row.number for row in await session.execute(_ALERTS)},
        stale_customers=await summary.stale(session),
    )
