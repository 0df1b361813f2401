"""Each person's morning list, at their hour on their working days (``cdm_core.digest``, ``jobs.digest_message``).

Who is away gets none; the first one after it carries what came meanwhile. The ledger keeps of each up to when it
carries, and whose occasions it told: ``cdm_core.untold`` reads that.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, audit, calls, digest, duty, outbox, runs, thresholds, untold
from cdm_core import staff as people
from cdm_core.clock import local_date
from cdm_core.outbox import OutMessage
from cdm_core.recommend import shown
from cdm_core.recommend.shown import ShownIn
from cdm_core.schedule import JobName, Slot, asked_for, slots
from cdm_core.staff import Staff
from cdm_core.words import MessageKind, RunState
from jobs import digest_message
from jobs.job import Detail, Job, Shop
from templates import payload
from templates.render import render
from templates.speech import Speech


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        """Gather, judge whether it is worth sending, word it, queue it; tells ``sent`` and why not."""
        person = await people.get(session, int(slot.key))
        chat_id = await people.private_chat(session, person.id) if person.active else None
        if chat_id is None:
            return {"sent": False, "why": "no chat"}
        limits = await thresholds.load(session)
        gathered = await digest.gather(session, person, limits, day=slot.local_date, now=slot.now)
        if gathered.empty:
            return {"sent": False, "why": "nothing to say"}
        speech = Speech(person.language, limits.zone, slot.now, shop.currency)
        said = digest_message.word(gathered, speech, late=slot.fate is RunState.LATE)
        outbox_id = await outbox.put(session, _message(person, chat_id, slot, said, render("again", speech)))
        suggested = calls.suggested(gathered.ranked, 0, said.places)
        await shown.record(session, person.id, ShownIn.DIGEST, suggested, now=slot.now, thresholds=limits)
        customers = sorted(set(said.numbers.values()))
        await audit.record(session, slot.now, JobName.MORNING_DIGEST, "digest", shown_to=person.id, customers=customers)
        detail = {"sent": True, "outbox_id": outbox_id, "numbers": len(said.numbers)}
        return {**detail, **untold.ledger(gathered)} if slot.planned else detail

    return Job(JobName.MORNING_DIGEST, slots=_slots, run=run, by_hand=_by_hand)


def _message(person: Staff, chat_id: int, slot: Slot, said: digest_message.Worded, again: str) -> OutMessage:
    return OutMessage(
        dedup_key=f"digest:{slot.name}:{slot.local_date}",
        chat_id=chat_id,
        kind=MessageKind.DIGEST,
        method="sendMessage",
        payload=payload.said(said.text, said.keyboard, silent=True),
        staff_id=person.id,
        context={"entries": said.numbers},
        expires_at=slot.expires_at,
        again=again,
        role=outbox.lasting(person.role),
    )


async def _slots(session: AsyncSession, now: datetime) -> Sequence[Slot]:
    limits = await thresholds.load(session)
    last = await runs.last_tick(session, JobName.MORNING_DIGEST)
    joined = await people.joined(session)
    due = [
        slot
        for person in sorted(await people.active(session), key=lambda person: (person.digest_time, person.id))
        for slot in slots(
            JobName.MORNING_DIGEST,
            str(person.id),
            person.digest_time,
            limits.zone,
            last=last,
            now=now,
            weekdays=person.working_days,
            since=joined[person.id],
        )
        if duty.works(person, slot.local_date, limits)
    ]
    days = [slot.local_date for slot in due]
    away = await absences.between(session, min(days), max(days)) if days else ()
    kept_from = {(str(one.staff_id), day) for one in away for day in days if one.covers(day)}
    return await runs.open_slots(session, [slot for slot in due if (slot.key, slot.local_date) not in kept_from])


async def _by_hand(session: AsyncSession, asked: datetime, staff_id: int | None, now: datetime) -> Sequence[Slot]:
    """One person's, or those of all who work on the day of ``asked`` and are not away.

    That of a day which is over tells what it would have told then: of that day's birthdays no other list does.
    """
    limits = await thresholds.load(session)
    day = local_date(asked, limits.zone)
    if staff_id is not None:
        whose = [await people.get(session, staff_id)]
    else:
        away = await absences.of(session, day)
        everybody = await people.active(session)
        whose = [person for person in everybody if duty.works(person, day, limits) and person.id not in away]
    hours = [(person, person.digest_time if duty.works(person, day, limits) else None) for person in whose]
    asked_slots = [
        asked_for(JobName.MORNING_DIGEST, str(person.id), at, limits.zone, asked=asked, now=now) for person, at in hours
    ]
    over = day < local_date(now, limits.zone)
    return [replace(slot, now=slot.at) for slot in asked_slots] if over else asked_slots
