"""Each day when work begins: the birthdays and anniversaries that no morning list brings (``cdm_core.untold``), to
whoever is on duty, without sound."""

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, outbox, thresholds, untold
from cdm_core.outbox import OutMessage
from cdm_core.schedule import JobName, Slot
from cdm_core.untold import Untold
from cdm_core.words import MessageKind
from jobs import occasion_message
from jobs.job import Detail, Job, Shop, each_day
from jobs.occasion_message import Worded
from templates import payload
from templates.render import render
from templates.speech import Speech


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        told = 0
        for one in await untold.gather(session, limits, now=slot.now):
            speech = Speech(one.person.language, limits.zone, slot.now, shop.currency)
            said = occasion_message.word(one, speech)
            again = render("again", speech)
            messages = [_message(one, slot, worded, number, again) for number, worded in enumerate(said, 1)]
            put = await outbox.put_all(session, messages)
            new = [worded for worded, outbox_id in zip(said, put, strict=True) if outbox_id is not None]
            told += len(new)
            if new:
                await audit.record(
                    session,
                    slot.now,
                    JobName.OCCASION_REMINDERS,
                    "reminded",
                    shown_to=one.person.id,
                    customers=sorted({customer for worded in new for customer in worded.numbers.values()}),
                )
        return {"told": told}

    return each_day(JobName.OCCASION_REMINDERS, run)


def _message(one: Untold, slot: Slot, said: Worded, number: int, again: str) -> OutMessage:
    return OutMessage(
        dedup_key=f"occasions:{one.person.id}{slot.name}:{slot.local_date}:{number}",
        chat_id=one.chat_id,
        kind=MessageKind.REMINDER,
        method="sendMessage",
        payload=payload.said(said.text, said.keyboard, silent=True),
        staff_id=one.person.id,
        context={"entries": said.numbers},
        expires_at=slot.expires_at,
        again=again,
        role=outbox.lasting(one.person.role),
    )
