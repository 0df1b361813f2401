"""Results of a team to who leads it: whom a report of a day is due to, and what they are sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, duty, outbox, report_scope, reports, thresholds
from cdm_core import staff as people
from cdm_core.outbox import File, OutMessage
from cdm_core.recommend import uplift
from cdm_core.reports import Report, Span
from cdm_core.schedule import PLANS, JobName, Slot
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import MessageKind, Role, RunState
from jobs.job import Detail, Shop, daily_by_hand, daily_slots
from templates import payload
from templates import reports as words
from templates.actions import StatsSpan
from templates.keyboards import reports as keyboards
from templates.render import render
from templates.speech import Speech

_DAY, _WEEK = timedelta(days=1), 7


async def slots(session: AsyncSession, name: JobName, now: datetime, *, moved: bool = False) -> Sequence[Slot]:
    """Those of the readers who work on their day and are not away; none of a time before somebody joined.

    ``moved``: on a day off of theirs it is put off to the next day that they work.
    """
    limits = await thresholds.load(session)
    joined = await people.joined(session)
    readers = {str(person.id): person for person, _ in await report_scope.readers(session)}

    def theirs(key: str, day: date) -> bool:
        if moved:
            planned = next((one for one in _week_up_to(day) if PLANS[name].on(one, limits)), day)
            return day == duty.next_day(readers[key], planned - _DAY, limits)
        return PLANS[name].on(day, limits) and duty.works(readers[key], day, limits)

    found = await daily_slots(session, name, now, keys=list(readers), on=theirs)
    due = [slot for slot in found if slot.at >= joined[int(slot.key)]]
    days = [slot.local_date for slot in due]
    away = await absences.between(session, min(days), max(days)) if days else ()
    return [
        slot for slot in due if not any(one.staff_id == int(slot.key) and one.covers(slot.local_date) for one in away)
    ]


def _week_up_to(day: date) -> Sequence[date]:
    return [day - ahead * _DAY for ahead in range(_WEEK)]


async def by_hand(
    session: AsyncSession, name: JobName, asked: datetime, staff_id: int | None, now: datetime
) -> Sequence[Slot]:
    """One reader's, or all readers'."""
    readers = [person.id for person, _ in await report_scope.readers(session)]
    keys = [str(one) for one in readers if staff_id in (None, one)]
    return await daily_by_hand(session, name, asked, now, keys=keys)


async def send(
    session: AsyncSession, slot: Slot, shop: Shop, span: Span, limits: Thresholds, *, evening: bool, table: bool
) -> Detail:
    """Gather, judge whether it is worth sending, word it, draw it, queue it; tells ``sent`` and why not."""
    person = await people.get(session, int(slot.key))
    scope = await report_scope.scope(session, person) if person.active else None
    if scope is None:
        return {"sent": False, "why": "leads nobody"}
    chat_id = await people.private_chat(session, person.id)
    if chat_id is None:
        return {"sent": False, "why": "no chat"}
    report = await reports.report(session, scope, span, limits, now=slot.now)
    if report.idle:
        return {"sent": False, "why": "nothing done"}
    if table and scope.team_id is None:
        report = replace(report, lift=(await uplift.uplift(session, limits)).ordered)
    speech = Speech(person.language, limits.zone, slot.now, shop.currency)
    messages = [await _picture(person, chat_id, slot, report, speech, evening=evening)]
    if table:
        messages.append(_table(person, chat_id, slot, report, speech))
    ids = await outbox.put_all(session, messages)
    return {"sent": True, "outbox_ids": ids}


async def _picture(
    person: Staff, chat_id: int, slot: Slot, report: Report, speech: Speech, *, evening: bool
) -> OutMessage:
    """Drawn aside: the jobs of this minute go on."""
    drawn = await asyncio.to_thread(words.picture, report, speech)
    said = words.message(report, speech, evening=evening, late=slot.fate is RunState.LATE)
    buttons = None
    if person.role is not Role.AGENT:
        buttons = keyboards.stats(speech, StatsSpan.DAY if evening else StatsSpan.WEEK)
    return OutMessage(
        dedup_key=f"{slot.job}:{slot.name}:{slot.local_date}",
        chat_id=chat_id,
        kind=MessageKind.DIGEST,
        method="sendPhoto",
        payload=payload.caption(said, buttons, silent=True),
        staff_id=person.id,
        role=person.role,
        expires_at=slot.expires_at,
        again=render("again", speech),
        files=(File("photo", "results.png", drawn),),
    )


def _table(person: Staff, chat_id: int, slot: Slot, report: Report, speech: Speech) -> OutMessage:
    return OutMessage(
        dedup_key=f"{slot.job}:table:{slot.name}:{slot.local_date}",
        chat_id=chat_id,
        kind=MessageKind.EXPORT,
        method="sendDocument",
        payload=payload.caption(render("report_table", speech, span=report.span), silent=True),
        staff_id=person.id,
        role=person.role,
        expires_at=slot.expires_at,
        again=render("again", speech),
        files=(File("document", words.table_name(report.span.first, report.span.last), words.table(report, speech)),),
    )
