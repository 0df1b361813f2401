"""What people ask to run beside the plan: it is run within a minute, and whoever asked is told once what came of it.

What one person asks for of one job is one piece of work: marked as done, and told, only after it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import structlog

from cdm_core import at_work, outbox, runs, thresholds
from cdm_core import staff as people
from cdm_core.db.away import is_away
from cdm_core.faults import reason, where
from cdm_core.outbox import OutMessage
from cdm_core.runs import Request
from cdm_core.words import MessageKind, RunState
from jobs.job import Job
from jobs.runner import Outcome, Sessions, run_slot
from templates import payload
from templates.render import render
from templates.speech import Speech

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of what was asked for: to how many something was sent, of how many there was nothing to tell, how many
    slots were done ``before``, how many are ``busy``, being done by another, and how many other ones were done.
    ``error`` is why the first of the ``failed`` broke.
    """

    sent: int
    silent: int
    before: int
    busy: int
    done: int
    failed: int
    error: str | None = None

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Self:
        failed = [outcome for outcome in outcomes if outcome.state is RunState.FAILED]
        done = [outcome.detail for outcome in outcomes if outcome.state not in (None, RunState.FAILED)]
        told = [int(detail.get("sent", detail.get("told"))) for detail in done if "sent" in detail or "told" in detail]
        return cls(
            sent=sum(told),
            silent=sum(not number for number in told),
            before=sum(outcome.state is None and not outcome.busy for outcome in outcomes),
            busy=sum(outcome.busy for outcome in outcomes),
            done=len(done) - len(told),
            failed=len(failed),
            error=failed[0].detail["error"] if failed else None,
        )


async def run(sessions: Sessions, jobs: Mapping[str, Job], now: datetime) -> Sequence[Outcome]:
    """Do all that was asked for up to ``now``. What breaks keeps nothing else back."""
    outcomes: list[Outcome] = []
    try:
        async with sessions() as session:
            waiting = await runs.requests(session)
        for job, requested_by in dict.fromkeys((one.job, one.requested_by) for one in waiting):
            outcomes += await _run(sessions, jobs.get(job), job, requested_by, now)
    except Exception as error:  # most likely the database is away; the next tick does it
        log.error("run_requests_failed", error=where(error))
    return outcomes


async def _run(
    sessions: Sessions, job: Job | None, name: str, requested_by: int | None, now: datetime
) -> Sequence[Outcome]:
    async with at_work.requests_alone(sessions, name, requested_by) as taken:
        if not taken:
            return ()
        async with sessions() as session:
            asked = [one for one in await runs.requests(session) if (one.job, one.requested_by) == (name, requested_by)]
        outcomes: list[Outcome] = []
        broke: list[str] = []
        for request in asked if job is not None else ():
            assert job is not None
            try:
                outcomes += await _slots(sessions, job, request, now)
            except Exception as error:
                if is_away(error):
                    raise
                log.error("run_request_failed", job=name, request=request.request_id, error=where(error))
                broke.append(reason(error))
        came = Came.of(outcomes)
        if broke:
            came = replace(came, failed=came.failed + len(broke), error=came.error or broke[0])
        await _done(sessions, job, asked, came, now)
    return outcomes


async def _slots(sessions: Sessions, job: Job, request: Request, now: datetime) -> Sequence[Outcome]:
    async with sessions() as session:
        slots = await job.by_hand(session, request.at, request.staff_id, now)
    if request.beside:
        slots = [replace(slot, at=request.at, planned=False) for slot in slots]
    return [await run_slot(sessions, job, slot) for slot in slots]


async def _done(sessions: Sessions, job: Job | None, asked: Sequence[Request], came: Came, now: datetime) -> None:
    async with sessions() as session, session.begin():
        await runs.answered(session, asked, now=now)
        if not asked or job is None or (requested_by := asked[0].requested_by) is None:
            return
        person = await people.get(session, requested_by)
        chat_id = await people.private_chat(session, requested_by)
        if chat_id is None:
            return
        speech = Speech(person.language, (await thresholds.load(session)).zone, now)
        message = OutMessage(
            dedup_key=f"ran:{asked[0].request_id}",
            chat_id=chat_id,
            kind=MessageKind.REPLY,
            method="sendMessage",
            payload=payload.said(render("ran", speech, job=job.name, came=came), silent=True),
            staff_id=person.id,
            role=person.role,
            again=render("again", speech),
        )
        await outbox.put(session, message)
